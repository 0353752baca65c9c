// A host that offers less: runs a command as on a kernel without what is named.
//
//   without WHAT[,WHAT…] COMMAND…
//
// WHAT: landlock (as before Linux 5.13), user-namespaces and namespaces (as in a container).
//
// A seccomp filter answers the system calls. What a kernel lacks cannot be shown otherwise on one
// that has it; on real old kernels tests/e2e/host_kernels.sh looks.
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <sstream>
#include <string>
#include <vector>

namespace {

constexpr std::uint32_t kAllNamespaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS |
                                         CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;

class Filter {
 public:
  Filter() { load(offsetof(seccomp_data, nr)); }

  void refuse(long number, int error) {
    add(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(number), 0, 1);
    add(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(error));
  }

  /// Where one of these bits is set in the first argument.
  void refuse_flags(long number, std::uint32_t bits, int error) {
    add(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(number), 0, 4);
    load(offsetof(seccomp_data, args));
    add(BPF_JMP | BPF_JSET | BPF_K, bits, 0, 1);
    add(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(error));
    load(offsetof(seccomp_data, nr));
  }

  void refuse_namespaces(std::uint32_t bits) {
    refuse_flags(SYS_unshare, bits, EPERM);
    refuse_flags(SYS_clone, bits, EPERM);
    refuse(SYS_clone3, ENOSYS);  // its flags are in memory; the C library then uses clone
  }

  bool install() {
    add(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    sock_fprog program = {static_cast<unsigned short>(code_.size()), code_.data()};
    return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0;
  }

 private:
  void add(int code, std::uint32_t value, std::uint8_t if_true = 0, std::uint8_t if_false = 0) {
    code_.push_back({static_cast<std::uint16_t>(code), if_true, if_false, value});
  }
  void load(std::size_t offset) {
    add(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset));
  }

  std::vector<sock_filter> code_;
};

bool add(Filter& filter, const std::string& what) {
  if (what == "landlock") {
    filter.refuse(SYS_landlock_create_ruleset, ENOSYS);
  } else if (what == "user-namespaces") {
    filter.refuse_namespaces(CLONE_NEWUSER);
  } else if (what == "namespaces") {
    filter.refuse_namespaces(kAllNamespaces);
    for (const long call : {SYS_mount, SYS_fsopen, SYS_fsmount, SYS_open_tree, SYS_move_mount}) {
      filter.refuse(call, EPERM);
    }
  } else {
    return false;
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  Filter filter;
  std::istringstream words(argc > 2 ? argv[1] : "?");
  for (std::string what; std::getline(words, what, ',');) {
    if (add(filter, what)) continue;
    std::fputs("usage: without landlock|user-namespaces|namespaces[,…] COMMAND…\n", stderr);
    return 2;
  }
  if (filter.install()) ::execvp(argv[2], argv + 2);
  std::perror("without");
  return 126;
}
