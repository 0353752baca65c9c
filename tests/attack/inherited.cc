#include <fcntl.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstring>

#include "attempt.h"

namespace quiz::attack {

namespace {

std::string hexadecimal(std::uint64_t value) {
  std::array<char, 24> text{};
  std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(value));
  return text.data();
}

struct Capabilities {
  std::uint64_t effective = 0;
  std::uint64_t permitted = 0;
  std::uint64_t inheritable = 0;
};

Capabilities capabilities() {
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2] = {};
  ::syscall(SYS_capget, &header, data);
  const auto whole = [&](std::uint32_t __user_cap_data_struct::* part) {
    return std::uint64_t{data[1].*part} << 32 | data[0].*part;
  };
  return {whole(&__user_cap_data_struct::effective), whole(&__user_cap_data_struct::permitted),
          whole(&__user_cap_data_struct::inheritable)};
}

/// Whether a set-id program or a file's capabilities could give any back.
std::uint64_t bounding_set() {
  std::uint64_t set = 0;
  for (unsigned long capability = 0; capability < 64; ++capability) {
    if (::prctl(PR_CAPBSET_READ, capability, 0, 0, 0) == 1) set |= std::uint64_t{1} << capability;
  }
  return set;
}

std::string limit_of(__rlimit_resource_t resource) {
  rlimit limit = {};
  ::getrlimit(resource, &limit);
  return limit.rlim_max == RLIM_INFINITY ? "unlimited" : std::to_string(limit.rlim_max);
}

/// Only names: the values may be secrets.
std::string environment_names() {
  std::string names;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    names += (names.empty() ? "" : " ") + std::string(*entry, std::strcspn(*entry, "="));
  }
  return names;
}

const char* kind_of(mode_t mode) {
  if (S_ISREG(mode)) return "file";
  if (S_ISDIR(mode)) return "directory";
  if (S_ISCHR(mode)) return "device";
  if (S_ISFIFO(mode)) return "pipe";
  if (S_ISSOCK(mode)) return "socket";
  return "other";
}

std::string descriptors() {
  std::string text;
  constexpr int kMost = 1024;
  for (int fd = 0; fd < kMost; ++fd) {
    struct stat status = {};
    if (::fstat(fd, &status) != 0) continue;
    const int access = ::fcntl(fd, F_GETFL) & O_ACCMODE;
    const char* const way = access == O_RDONLY ? "r" : access == O_WRONLY ? "w" : "rw";
    text +=
        (text.empty() ? "" : " ") + std::to_string(fd) + ":" + kind_of(status.st_mode) + ":" + way;
  }
  return text;
}

}  // namespace

std::vector<std::string> inherited_state() {
  const Capabilities own = capabilities();
  std::array<char, 4096> directory{};
  const char* const found = ::getcwd(directory.data(), directory.size());
  return {
      "state.effective " + hexadecimal(own.effective),
      "state.permitted " + hexadecimal(own.permitted),
      "state.inheritable " + hexadecimal(own.inheritable),
      "state.bounding " + hexadecimal(bounding_set()),
      "state.no-new-privileges " + std::to_string(::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0)),
      "state.seccomp " + std::to_string(::prctl(PR_GET_SECCOMP)),
      "state.dumpable " + std::to_string(::prctl(PR_GET_DUMPABLE)),
      "state.user " + std::to_string(::geteuid()),
      "state.groups " + std::to_string(::getgroups(0, nullptr)),
      "state.process " + std::to_string(::getpid()),
      "state.parent " + std::to_string(::getppid()),
      "state.directory " + std::string(found == nullptr ? "?" : found),
      "state.memory-limit " + limit_of(RLIMIT_DATA),
      "state.core-limit " + limit_of(RLIMIT_CORE),
      "state.file-limit " + limit_of(RLIMIT_FSIZE),
      "state.descriptor-limit " + limit_of(RLIMIT_NOFILE),
      "state.process-limit " + limit_of(RLIMIT_NPROC),
      "state.environment " + environment_names(),
      "state.descriptors " + descriptors(),
  };
}

}  // namespace quiz::attack
