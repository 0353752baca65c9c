// Opening what lies below a directory whose content somebody else may have made (a guest's output,
// what a QEMU could write): by the descriptor of that directory, never through a symbolic link,
// never out of it. Who owns what was found, and whether it is a file at all, is the caller's
// question (fstat).
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>

#include "base/fd.h"

namespace quiz::base {

namespace fs = std::filesystem;

/// Opens `relative` below `directory` with O_CLOEXEC; `mode` counts for what O_CREAT makes. Throws
/// SystemError: ELOOP where any part of the path is a symbolic link (the last one too), EXDEV for
/// an absolute path and for "..", even one that would not leave. "." is the directory itself. A
/// FIFO or a device in a file's place is opened like one: O_NONBLOCK and fstat are the remedy.
Fd open_beneath(int directory, const fs::path& relative, int flags, mode_t mode = 0600);

/// The same for what may be missing: none, and errno tells why.
Fd open_beneath_quietly(int directory, const fs::path& relative, int flags, mode_t mode = 0600);

/// The same where there is no openat2(2) (Linux before 5.6, sandboxes): one component after the
/// other. Called by the ones above.
Fd open_beneath_by_steps(int directory, const fs::path& relative, int flags, mode_t mode = 0600);

/// Opens an absolute path in which no part is a symbolic link (ELOOP), so that nobody who may write
/// above it can lead elsewhere; -1 with errno. With O_CLOEXEC. Where there is no openat2(2) links
/// are followed. Only system calls.
int open_itself(const char* path, int flags) noexcept;

/// rm -rf of one name in `directory`: a link goes itself, and none in a tree is followed, whoever
/// exchanges what meanwhile. False where something is left.
bool remove_beneath(int directory, const std::string& name) noexcept;

}  // namespace quiz::base
