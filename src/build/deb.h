// The files of a Debian package, unpacked without installing anything. A .deb is an ar archive with
// data.tar.* inside (deb(5)); libarchive reads both, one stream in the other. Which files are
// wanted is the caller's business.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>

namespace quiz::build {

/// Called now and then with the fraction (0 to 1) of the package that has been read.
using UnpackProgress = std::function<void(double)>;

/// Where a file of the package goes, below the target; nullopt: it is not wanted. Both are
/// relative, without "." and "..".
using UnpackPlace =
    std::function<std::optional<std::filesystem::path>(const std::filesystem::path&)>;

/// Unpacks what `place` wants into `target`. Only regular files are made, and the directories above
/// them; links such as lib/modules/X/build are left out. A package with an absolute path or a ".."
/// in it is refused as a whole. Throws base::Error (SystemError for a full disk); what was written
/// stays, the caller owns `target`.
void unpack_deb(const std::filesystem::path& deb, const std::filesystem::path& target,
                const UnpackPlace& place, const UnpackProgress& progress = {});

/// The same for a tree that programs are to work with: what may be executed stays so, and symbolic
/// links are made, after the files and never over one that is there. Each link is relative and
/// leads to where `place` has what it names, so that it holds wherever the tree lies. A package is
/// refused, too, if a link leads out of it or a file would lie behind a link.
void unpack_deb_tree(const std::filesystem::path& deb, const std::filesystem::path& target,
                     const UnpackPlace& place);

}  // namespace quiz::build
