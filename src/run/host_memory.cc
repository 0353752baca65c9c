#include "run/host_memory.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/error.h"

namespace quiz::run {

namespace {

constexpr std::uint64_t kMiB = 1 << 20;

/// What the kernel says to a mapping as QEMU makes it: 0 or errno. Nothing of it is touched.
int try_to_map(std::uint64_t bytes) {
  void* const memory =
      ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return errno;
  ::munmap(memory, bytes);
  return 0;
}

}  // namespace

void check_host_memory(std::uint64_t mebibytes) {
  const std::string wish = fmt::format("the machine cannot have {} MiB of memory", mebibytes);
  rlimit limit = {};
  const bool limited = ::getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
  if (limited && limit.rlim_max != RLIM_INFINITY && limit.rlim_max / kMiB <= mebibytes) {
    throw base::Error(fmt::format("{}: the limit of address space (ulimit -v) is {} MiB", wish,
                                  limit.rlim_max / kMiB),
                      "raise it, or give less with --memory=SIZE");
  }
  // A soft limit of ours is none of QEMU's.
  const int error = limited ? 0 : try_to_map(mebibytes * kMiB);
  if (error == 0) return;
  const auto pages = static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES));
  const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  throw base::Error(
      fmt::format("{}: {}", wish, std::strerror(error)),
      fmt::format("this host has {} MiB: --memory=SIZE gives less", pages * page / kMiB));
}

}  // namespace quiz::run
