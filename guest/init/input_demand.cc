#include "input_demand.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "base/fd.h"

namespace quiz::init {

namespace {

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

/// Calls `visit` with each number among the names of a directory of /proc, until it returns true.
template <typename Visit>
bool any_number(const std::string& path, Visit visit) {
  const std::unique_ptr<DIR, CloseDirectory> directory(::opendir(path.c_str()));
  if (!directory) return false;
  while (const dirent* const entry = ::readdir(directory.get())) {
    if (entry->d_name[0] < '0' || entry->d_name[0] > '9') continue;
    if (visit(std::string(entry->d_name))) return true;
  }
  return false;
}

/// One process, and the pipe that is looked for.
class Process {
 public:
  Process(std::string id, ino_t pipe)
      : directory_("/proc/" + std::move(id)), pipe_("pipe:[" + std::to_string(pipe) + "]") {}

  bool awaits() const {
    const bool has = any_number(directory_ + "/fd", [&](const std::string& fd) {
      return is_pipe(std::strtoul(fd.c_str(), nullptr, 10));
    });
    if (!has) return false;
    return any_number(directory_ + "/task",
                      [&](const std::string& thread) { return thread_awaits(thread); });
  }

 private:
  bool is_pipe(unsigned long long fd) const {
    std::array<char, 64> target;
    const std::string link = directory_ + "/fd/" + std::to_string(fd);
    const ssize_t count = ::readlink(link.c_str(), target.data(), target.size());
    return count > 0 && std::string_view(target.data(), static_cast<std::size_t>(count)) == pipe_;
  }

  std::string read(const std::string& name) const {
    const base::Fd file(::open((directory_ + name).c_str(), O_RDONLY | O_CLOEXEC));
    std::array<char, 4096> text;
    const ssize_t count = file ? ::read(file.get(), text.data(), text.size()) : 0;
    return {text.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0))};
  }

  bool copy_memory(std::uint64_t address, void* target, std::size_t size) const {
    const base::Fd memory(::open((directory_ + "/mem").c_str(), O_RDONLY | O_CLOEXEC));
    return memory && ::pread(memory.get(), target, size, static_cast<off_t>(address)) ==
                         static_cast<ssize_t>(size);
  }

  /// "NUMBER 0xARGUMENT …", or "running": Documentation/filesystems/proc.rst.
  bool thread_awaits(const std::string& thread) const {
    const std::string text = read("/task/" + thread + "/syscall");
    long number = -1;
    std::array<unsigned long long, 3> arguments{};
    if (std::sscanf(text.c_str(), "%ld %llx %llx %llx", &number, &arguments[0], &arguments[1],
                    &arguments[2]) != 4) {
      return false;
    }
    switch (number) {
      case SYS_read:
      case SYS_readv:
#ifdef SYS_preadv2
      case SYS_preadv2:
#endif
      case SYS_splice:
      case SYS_tee:
        return is_pipe(arguments[0]);
      case SYS_sendfile:
#ifdef SYS_sendfile64  // of 32 bits, as the others with a number in their names
      case SYS_sendfile64:
#endif
        return is_pipe(arguments[1]);
#ifdef SYS_poll
      case SYS_poll:
#endif
      case SYS_ppoll:
#ifdef SYS_ppoll_time64
      case SYS_ppoll_time64:
#endif
        return polls(arguments[0], arguments[1]);
#ifdef SYS_select
      case SYS_select:
#endif
      case SYS_pselect6:
#ifdef SYS__newselect
      case SYS__newselect:
#endif
#ifdef SYS_pselect6_time64
      case SYS_pselect6_time64:
#endif
        return selects(arguments[0], arguments[1]);
#ifdef SYS_epoll_wait
      case SYS_epoll_wait:
#endif
      case SYS_epoll_pwait:
#ifdef SYS_epoll_pwait2
      case SYS_epoll_pwait2:
#endif
        return watches(arguments[0]);
#ifdef SYS_io_uring_enter
      case SYS_io_uring_enter:  // what it waits for is not told
        return true;
#endif
      default:
        return false;
    }
  }

  bool polls(std::uint64_t address, std::uint64_t count) const {
    constexpr std::uint64_t kMost = 1024;
    std::vector<pollfd> entries(static_cast<std::size_t>(std::min(count, kMost)));
    if (entries.empty() || !copy_memory(address, entries.data(), entries.size() * sizeof(pollfd))) {
      return false;
    }
    return std::any_of(entries.begin(), entries.end(), [this](const pollfd& entry) {
      return entry.fd >= 0 && (entry.events & (POLLIN | POLLRDNORM)) != 0 &&
             is_pipe(static_cast<unsigned long long>(entry.fd));
    });
  }

  bool selects(std::uint64_t count, std::uint64_t address) const {
    fd_set set;
    const auto most = static_cast<std::size_t>(std::min<std::uint64_t>(count, FD_SETSIZE));
    constexpr std::size_t kBits = 8 * sizeof(long);
    FD_ZERO(&set);
    if (address == 0 || !copy_memory(address, &set, (most + kBits - 1) / kBits * sizeof(long))) {
      return false;
    }
    for (std::size_t fd = 0; fd < most; ++fd) {
      if (FD_ISSET(fd, &set) && is_pipe(fd)) return true;
    }
    return false;
  }

  /// Of an epoll descriptor, "tfd: FD events: …" for each that it watches.
  bool watches(std::uint64_t epoll) const {
    const std::string text = read("/fdinfo/" + std::to_string(epoll));
    for (std::size_t at = 0; (at = text.find("tfd:", at)) != std::string::npos;) {
      at += std::strlen("tfd:");
      if (is_pipe(std::strtoul(text.c_str() + at, nullptr, 10))) return true;
    }
    return false;
  }

  std::string directory_;
  std::string pipe_;
};

}  // namespace

bool is_awaited(ino_t pipe, pid_t from) {
  return any_number("/proc", [&](const std::string& id) {
    return std::strtol(id.c_str(), nullptr, 10) >= from && Process(id, pipe).awaits();
  });
}

}  // namespace quiz::init
