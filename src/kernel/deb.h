// The parts of a Debian kernel package that a virtual machine needs, unpacked without installing
// anything. A .deb is an ar archive with data.tar.* inside (deb(5)); libarchive reads both, one
// stream in the other.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

namespace quiz::kernel {

/// Called now and then with the fraction (0 to 1) of the package that has been read.
using UnpackProgress = std::function<void(double)>;

/// Unpacks into `target`: boot/vmlinuz-*, boot/config-*, lib/modules/** (from usr/lib/modules too).
/// Only regular files and directories are made; links such as lib/modules/X/build are left out. A
/// package with an absolute path or a ".." in it is refused as a whole. Throws base::Error
/// (SystemError for a full disk); what was written stays, the caller owns `target`.
void unpack_deb(const std::filesystem::path& deb, const std::filesystem::path& target,
                const UnpackProgress& progress = {});

}  // namespace quiz::kernel
