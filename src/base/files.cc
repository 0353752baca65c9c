#include "base/files.h"

#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <system_error>
#include <vector>

#include "base/error.h"

namespace quiz::base {

Fd open_file(const fs::path& path, int flags, mode_t mode) {
  Fd fd(::open(path.c_str(), flags | O_CLOEXEC, mode));
  if (!fd) {
    const bool writes = (flags & O_ACCMODE) != O_RDONLY;
    throw SystemError(std::string(writes ? "cannot write " : "cannot open ") + path.string());
  }
  return fd;
}

void make_sparse(const fs::path& path, std::uint64_t bytes) {
  const Fd file = open_file(path, O_RDWR | O_CREAT, 0600);
  if (::ftruncate(file.get(), static_cast<off_t>(bytes)) != 0) {
    throw SystemError("cannot make a file of " + std::to_string(bytes) +
                      " bytes: " + path.string());
  }
}

std::string read_all(int fd, const std::string& what, std::uint64_t limit) {
  const auto refuse_more_than_limit = [&](std::uint64_t size) {
    if (size <= limit) return;
    throw Error(what + " is larger than the " + std::to_string(limit) +
                " bytes that are expected there");
  };
  std::string content;
  struct stat status = {};
  if (::fstat(fd, &status) == 0 && S_ISREG(status.st_mode)) {
    const auto size = static_cast<std::uint64_t>(status.st_size);
    refuse_more_than_limit(size);
    content.reserve(size);
  }
  char buffer[65536];
  for (;;) {
    const ssize_t count = ::read(fd, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw SystemError("cannot read " + what);
    if (count == 0) return content;
    content.append(buffer, static_cast<std::size_t>(count));
    refuse_more_than_limit(content.size());
  }
}

std::string read_file(const fs::path& path, std::uint64_t limit) {
  return read_all(open_file(path, O_RDONLY).get(), path.string(), limit);
}

std::optional<std::string> read_file_if_exists(const fs::path& path) {
  Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd && (errno == ENOENT || errno == ENOTDIR)) return std::nullopt;
  if (!fd) throw SystemError("cannot open " + path.string());
  return read_all(fd.get(), path.string(), std::uint64_t{1} << 32);
}

void write_all(int fd, std::string_view data, const std::string& what) {
  while (!data.empty()) {
    const ssize_t count = ::write(fd, data.data(), data.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw SystemError("cannot write " + what);
    data.remove_prefix(static_cast<std::size_t>(count));
  }
}

void write_file_atomically(const fs::path& path, std::string_view data, mode_t mode) {
  std::string temporary = path.string() + ".XXXXXX";
  Fd fd(::mkostemp(temporary.data(), O_CLOEXEC));
  if (!fd) throw SystemError("cannot write " + path.string());
  try {
    write_all(fd.get(), data, path.string());
    if (::fchmod(fd.get(), mode) != 0 || ::fsync(fd.get()) != 0 ||
        ::rename(temporary.c_str(), path.c_str()) != 0) {
      throw SystemError("cannot write " + path.string());
    }
  } catch (...) {
    ::unlink(temporary.c_str());
    throw;
  }
}

namespace {

/// What helps where nothing can be made in a directory; nothing if we do not know.
std::string remedy_for(const fs::path& directory, int error_number) {
  struct stat status = {};
  if (error_number == EACCES && ::stat(directory.c_str(), &status) == 0 &&
      status.st_uid == ::geteuid() && (status.st_mode & S_IRWXU) != S_IRWXU) {
    return "chmod u+rwx " + directory.string();
  }
  if (error_number != EACCES && error_number != EROFS) return {};
  return "HOME, or XDG_DATA_HOME, XDG_CACHE_HOME and XDG_CONFIG_HOME, say where quiz keeps its "
         "files: let them name directories that you can write";
}

}  // namespace

void make_directories(const fs::path& path, mode_t mode) {
  std::error_code ignored;  // mkdir says it better
  if (path.empty() || fs::is_directory(path, ignored)) return;
  make_directories(path.parent_path(), mode);
  if (::mkdir(path.c_str(), mode) != 0 && errno != EEXIST) {
    const int error_number = errno;
    throw SystemError("cannot make the directory " + path.string(), error_number,
                      remedy_for(path.parent_path(), error_number));
  }
  if (!fs::is_directory(path, ignored)) throw SystemError("cannot use " + path.string(), ENOTDIR);
}

void remove_all_quietly(const fs::path& path) noexcept {
  try {
    std::error_code error;
    fs::remove_all(path, error);
    if (!error) return;
    // Directories unpacked from packages or written by a guest may lack write permission.
    if (fs::is_directory(fs::symlink_status(path, error))) {
      fs::permissions(path, fs::perms::owner_all, fs::perm_options::add, error);
    }
    for (fs::recursive_directory_iterator it(path, error), end; !error && it != end;
         it.increment(error)) {
      std::error_code ignored;
      if (it->is_directory(ignored) && !it->is_symlink(ignored)) {
        fs::permissions(it->path(), fs::perms::owner_all, fs::perm_options::add, ignored);
      }
    }
    fs::remove_all(path, error);
  } catch (...) {  // Out of memory while cleaning up: nothing sensible is left to do.
  }
}

void remove_stale(const fs::path& directory, const std::string& prefix) noexcept try {
  std::error_code error;
  const auto limit = fs::file_time_type::clock::now() - std::chrono::hours(24);
  for (const auto& entry : fs::directory_iterator(directory, error)) {
    if (!entry.path().filename().string().starts_with(prefix)) continue;
    if (entry.last_write_time(error) < limit && !error) remove_all_quietly(entry.path());
  }
} catch (const std::exception&) {
  return;  // another time
}

TempDir::TempDir(const fs::path& parent, const std::string& prefix) {
  std::string pattern = (parent / (prefix + "XXXXXX")).string();
  if (::mkdtemp(pattern.data()) == nullptr) {
    throw SystemError("cannot make a directory in " + parent.string());
  }
  path_ = pattern;
}

TempDir& TempDir::operator=(TempDir&& other) noexcept {
  if (this != &other) {
    if (!path_.empty()) remove_all_quietly(path_);
    path_ = std::exchange(other.path_, {});
  }
  return *this;
}

TempDir::~TempDir() {
  if (!path_.empty()) remove_all_quietly(path_);
}

void TempDir::rename_to(const fs::path& target) {
  if (::rename(path_.c_str(), target.c_str()) != 0) {
    throw SystemError("cannot rename " + path_.string() + " to " + target.string());
  }
  path_.clear();
}

namespace {

constexpr int kMadeIfMissing = O_RDWR | O_CREAT;

std::optional<Fd> lock_file(const fs::path& path, int operation, int flags = kMadeIfMissing) {
  for (;;) {
    Fd fd = open_file(path, flags, 0600);
    while (::flock(fd.get(), operation) != 0) {
      if (errno == EWOULDBLOCK) return std::nullopt;
      if (errno != EINTR) throw SystemError("cannot lock " + path.string());
    }
    // The holder before us may have removed the file: then our lock is on a file that nobody else
    // can see.
    struct stat ours = {};
    struct stat current = {};
    if (::fstat(fd.get(), &ours) == 0 && ::stat(path.c_str(), &current) == 0 &&
        ours.st_ino == current.st_ino && ours.st_dev == current.st_dev) {
      return fd;
    }
  }
}

}  // namespace

FileLock FileLock::acquire(const fs::path& path) {
  return FileLock(std::move(*lock_file(path, LOCK_EX)));
}

FileLock FileLock::acquire_directory(const fs::path& path) {
  return FileLock(std::move(*lock_file(path, LOCK_EX, O_RDONLY | O_DIRECTORY)));
}

std::optional<FileLock> FileLock::try_acquire(const fs::path& path) {
  auto fd = lock_file(path, LOCK_EX | LOCK_NB);
  if (!fd) return std::nullopt;
  return FileLock(std::move(*fd));
}

std::uint64_t free_bytes(const fs::path& path) {
  fs::path existing = fs::absolute(path);
  std::error_code ignored;
  while (!fs::exists(existing, ignored) && existing.has_relative_path())
    existing = existing.parent_path();
  struct statvfs status = {};
  if (::statvfs(existing.c_str(), &status) != 0) {
    throw SystemError("cannot examine the file system of " + existing.string());
  }
  return std::uint64_t{status.f_bavail} * status.f_frsize;
}

}  // namespace quiz::base
