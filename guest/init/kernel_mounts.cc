#include "kernel_mounts.h"

#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "files.h"
#include "report.h"

namespace quiz::init {

namespace {

constexpr unsigned long kUsual = MS_NOSUID | MS_NODEV | MS_NOEXEC;

struct KernelMount {
  const char* type;
  const char* target;
  unsigned long flags;
  const char* options;
  bool required;
};

// In the order of mounting: a line may lie on a file system of a line above it.
constexpr KernelMount kMounts[] = {
    {"proc", "/proc", kUsual, nullptr, true},
    {"sysfs", "/sys", kUsual, nullptr, true},
    {"devtmpfs", "/dev", MS_NOSUID, nullptr, true},
    {"devpts", "/dev/pts", MS_NOSUID | MS_NOEXEC, "gid=5,mode=620,ptmxmode=666", false},
    {"tmpfs", "/dev/shm", MS_NOSUID | MS_NODEV, "mode=1777", false},
    {"mqueue", "/dev/mqueue", kUsual, nullptr, false},
    {"hugetlbfs", "/dev/hugepages", MS_NOSUID | MS_NODEV, nullptr, false},
    {"tmpfs", "/run", MS_NOSUID | MS_NODEV, "mode=755", true},
    {"debugfs", "/sys/kernel/debug", kUsual, nullptr, false},
    {"tracefs", "/sys/kernel/tracing", kUsual, nullptr, false},
    {"securityfs", "/sys/kernel/security", kUsual, nullptr, false},
    {"configfs", "/sys/kernel/config", kUsual, nullptr, false},
    {"cgroup2", "/sys/fs/cgroup", kUsual, nullptr, false},
    {"pstore", "/sys/fs/pstore", kUsual, nullptr, false},
    {"bpf", "/sys/fs/bpf", kUsual, "mode=700", false},
};

constexpr const char* kTops[] = {"/proc", "/sys", "/dev", "/run"};

void add_links() {
  ::symlink("/proc/self/fd", "/dev/fd");
  ::symlink("/proc/self/fd/0", "/dev/stdin");
  ::symlink("/proc/self/fd/1", "/dev/stdout");
  ::symlink("/proc/self/fd/2", "/dev/stderr");
  ::mkdir("/run/lock", 01777);
}

}  // namespace

void mount_kernel_file_systems() {
  for (const KernelMount& mount : kMounts) {
    // Below /sys the kernel makes the mount points of what it has: mkdir fails there, and so does
    // the mount.
    ::mkdir(mount.target, 0755);
    if (::mount(mount.type, mount.target, mount.type, mount.flags, mount.options) != 0 &&
        mount.required && errno != EBUSY) {
      fail(std::string("cannot mount ") + mount.target);
    }
  }
  add_links();
}

void move_kernel_file_systems(const std::string& new_root) {
  for (const char* top : kTops) {
    const std::string target = new_root + top;
    make_directories(target);
    if (::mount(top, target.c_str(), nullptr, MS_MOVE, nullptr) != 0) {
      fail("cannot move " + std::string(top) + " into the new root");
    }
  }
}

}  // namespace quiz::init
