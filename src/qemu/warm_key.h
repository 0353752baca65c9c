// Under which name a saved machine is kept: everything that shapes it, and nothing that does not.
#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <vector>

#include "machine/machine_spec.h"

namespace quiz::qemu {

/// A file as it is now: "PATH INODE SIZE MTIME CTIME", or "PATH -" if it is not there. Whoever
/// writes to it or replaces it changes this.
std::string file_identity(const std::filesystem::path& file);

/// The part of it without the path, of a file that is open.
std::string file_identity(const struct stat& status);

/// The files beside the spec that shape a machine: QEMU itself, its modules and firmware. Programs
/// are of the host's architecture.
std::vector<std::filesystem::path> files_of_qemu(const std::filesystem::path& program,
                                                 const base::Architecture& host);

/// The processor that a guest sees through KVM: model, flags and microcode, from /proc/cpuinfo.
/// Pure.
std::string processor_identity(const std::string& cpuinfo);

/// The text behind the key: the command line without what differs from run to run (the paths of the
/// shares and whether they may be written), and the identities of all files. Two machines with the
/// same text may be resumed from each other's image.
std::string warm_key_text(const std::string& program, const machine::MachineSpec& spec);

/// Its SHA-256, shortened: 32 hexadecimal digits.
std::string warm_key(const std::string& program, const machine::MachineSpec& spec);

}  // namespace quiz::qemu
