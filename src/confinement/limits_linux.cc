#include <linux/capability.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "confinement/limits.h"

namespace quiz::confinement {

namespace {

using Sets = std::array<__user_cap_data_struct, 2>;

__user_cap_header_struct own_header() noexcept { return {_LINUX_CAPABILITY_VERSION_3, 0}; }

bool lower(__rlimit_resource resource, std::uint64_t value) noexcept {
  rlimit limit = {};
  if (::getrlimit(resource, &limit) != 0) return false;
  limit.rlim_max = std::min<rlim_t>(limit.rlim_max, value);
  limit.rlim_cur = limit.rlim_max;  // a soft one is meant for the program
  return ::setrlimit(resource, &limit) == 0;
}

}  // namespace

const char* set_limits(const Limits& limits) noexcept {
  constexpr std::uint64_t kDescriptors = 4096;  // its 9p server closes what it has not used lately
  for (const auto resource : {RLIMIT_AS, RLIMIT_CPU, RLIMIT_NPROC}) lower(resource, RLIM_INFINITY);
  const bool done = lower(RLIMIT_CORE, 0) && lower(RLIMIT_NOFILE, kDescriptors) &&
                    (limits.memory == 0 || lower(RLIMIT_DATA, limits.memory)) &&
                    (limits.largest_file == 0 || lower(RLIMIT_FSIZE, limits.largest_file));
  // A file that would grow too large is an error of the write, not the child's end.
  if (limits.largest_file != 0) ::signal(SIGXFSZ, SIG_IGN);
  return done ? nullptr : "limit the resources of";
}

const char* drop_privileges(const Limits& limits) noexcept {
  const char* const problem = "take capabilities from";
  std::uint64_t kept = std::uint64_t{1} << CAP_DAC_READ_SEARCH;
  if (limits.writes_files) kept |= std::uint64_t{1} << CAP_DAC_OVERRIDE;
  Sets sets = {};
  auto header = own_header();
  if (::syscall(SYS_capget, &header, sets.data()) != 0) return problem;
  if (sets[0].permitted == 0 && sets[1].permitted == 0) return nullptr;
  // In a user namespace that is not to be had. Not the function of the C library: it would wait for
  // threads of quiz that are not in this process.
  ::syscall(SYS_setgroups, 0, nullptr);
  for (unsigned capability = 0; capability < 64; ++capability) {
    if ((kept >> capability & 1) != 0) continue;
    // Beyond the last one that the kernel knows it fails; without CAP_SETPCAP, too.
    if (::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0 && errno != EINVAL && errno != EPERM) {
      return problem;
    }
  }
  for (std::size_t word = 0; word < sets.size(); ++word) {
    const auto mask = static_cast<__u32>(kept >> (word * 32));
    sets[word].permitted &= mask;
    sets[word].effective &= mask;
    sets[word].inheritable = 0;
  }
  return ::syscall(SYS_capset, &header, sets.data()) == 0 ? nullptr : problem;
}

bool may_make_namespaces() noexcept {
  Sets sets = {};
  auto header = own_header();
  return ::syscall(SYS_capget, &header, sets.data()) == 0 &&
         (sets[0].effective >> CAP_SYS_ADMIN & 1) != 0;
}

}  // namespace quiz::confinement
