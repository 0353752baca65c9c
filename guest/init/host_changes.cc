#include "host_changes.h"

#include <dirent.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <time.h>

#include <string_view>
#include <thread>
#include <utility>

#include "base/fd.h"
#include "files.h"
#include "report.h"

namespace quiz::init {

namespace {

constexpr timespec kInterval = {1, 0};

/// Remounting with nothing changed is what makes a file system, and no other, drop its unused names
/// (shrink_dcache_sb() in the kernel). One that is frozen or gone is left alone.
void forget_unused_names(const std::string& overlay) {
  struct statvfs status = {};
  if (::statvfs(overlay.c_str(), &status) != 0) return;
  // These bits are the same in both interfaces, but for ST_RELATIME, which mount(2) takes as usual.
  constexpr unsigned long kKept =
      ST_RDONLY | ST_NOSUID | ST_NODEV | ST_NOEXEC | ST_SYNCHRONOUS | ST_NOATIME | ST_NODIRATIME;
  ::mount(nullptr, overlay.c_str(), nullptr, MS_REMOUNT | (status.f_flag & kKept), nullptr);
}

}  // namespace

void follow_host_changes(std::vector<std::string> overlays) {
  // A thread of its own: a name that is forgotten is a question to the host, and a thousand of them
  // must not hold up the program's output.
  std::thread([overlays = std::move(overlays)] {
    for (;;) {
      ::nanosleep(&kInterval, nullptr);
      for (const std::string& overlay : overlays) forget_unused_names(overlay);
    }
  }).detach();
}

void read_mapped_files_ahead() {
  constexpr char kDevices[] = "/sys/class/bdi";
  DIR* const directory = ::opendir(kDevices);
  if (directory == nullptr) return;
  while (const dirent* const entry = ::readdir(directory)) {
    const std::string name = entry->d_name;
    if (!name.starts_with("9p-")) continue;
    // As much as one message carries.
    write_file(std::string(kDevices) + "/" + name + "/read_ahead_kb", "496");
  }
  ::closedir(directory);
}

}  // namespace quiz::init
