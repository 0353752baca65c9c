// Whole-file operations with clear errors, and the temporary things that remove themselves.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/fd.h"

namespace quiz::base {

namespace fs = std::filesystem;

/// Opens with O_CLOEXEC. Throws SystemError naming the path.
Fd open_file(const fs::path& path, int flags, mode_t mode = 0666);
/// A sparse file of 0600; what was there stays, as far as it goes. Throws base::Error.
void make_sparse(const fs::path& path, std::uint64_t bytes);

/// The whole content. Throws SystemError; refuses more than `limit` bytes with an Error.
std::string read_file(const fs::path& path, std::uint64_t limit = std::uint64_t{1} << 32);
/// As read_file, but nullopt where the file does not exist.
std::optional<std::string> read_file_if_exists(const fs::path& path);

/// What is left of an open file. Throws SystemError; refuses more than `limit` bytes with an Error.
/// `what` names it in the message.
std::string read_all(int fd, const std::string& what, std::uint64_t limit);

/// Writes all of `data`; throws SystemError (a full disk among others). `what` names the target in
/// the message.
void write_all(int fd, std::string_view data, const std::string& what);

/// Writes a temporary file beside `path`, syncs it, and renames it over `path`: readers see the old
/// or the new content, never a part. Throws SystemError and leaves nothing behind.
void write_file_atomically(const fs::path& path, std::string_view data, mode_t mode = 0644);

/// mkdir -p; new directories get `mode`. Throws SystemError.
void make_directories(const fs::path& path, mode_t mode = 0755);

/// rm -rf that also enters directories without write permission; errors are ignored (used by
/// destructors).
void remove_all_quietly(const fs::path& path) noexcept;

/// Removes from `directory` what begins with `prefix` and was not touched for a day: a TempDir
/// whose process was killed.
void remove_stale(const fs::path& directory, const std::string& prefix = ".tmp-") noexcept;

/// A directory of one's own, removed with all its content by the destructor unless keep()ed or
/// renamed away.
class TempDir {
 public:
  /// Makes `parent/prefixXXXXXX`, mode 0700. Throws SystemError.
  explicit TempDir(const fs::path& parent, const std::string& prefix = ".tmp-");
  TempDir(TempDir&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  TempDir& operator=(TempDir&& other) noexcept;
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  ~TempDir();

  const fs::path& path() const { return path_; }
  /// Renames the directory to `target` (same file system) and gives up ownership. Throws
  /// SystemError.
  void rename_to(const fs::path& target);

 private:
  fs::path path_;
};

/// An advisory lock (flock) on a file, made if missing. Released by the destructor or by the death
/// of the process.
class FileLock {
 public:
  /// Waits for the lock. Throws SystemError.
  static FileLock acquire(const fs::path& path);
  /// The same on a directory, which must exist: a lock without a file of its own.
  static FileLock acquire_directory(const fs::path& path);
  /// nullopt if someone else holds it. Throws SystemError on other errors.
  static std::optional<FileLock> try_acquire(const fs::path& path);

 private:
  explicit FileLock(Fd fd) : fd_(std::move(fd)) {}
  Fd fd_;
};

/// Bytes that an ordinary user may still write on the file system that holds `path` (or its nearest
/// parent).
std::uint64_t free_bytes(const fs::path& path);

}  // namespace quiz::base
