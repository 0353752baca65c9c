#include "host_changes.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <time.h>

#include <thread>
#include <utility>

#include "base/fd.h"
#include "files.h"

namespace quiz::init {

namespace {

constexpr timespec kInterval = {1, 0};

/// Reconfiguring with nothing changed is what makes a file system, and no other, drop its unused
/// names (shrink_dcache_sb() in the kernel, from Linux 5.2 on); the flags of the mount stay as they
/// are. One that is frozen or gone is left alone.
void forget_unused_names(const std::string& overlay) {
  const base::Fd context(::fspick(AT_FDCWD, overlay.c_str(), FSPICK_CLOEXEC));
  if (context) ::fsconfig(context.get(), FSCONFIG_CMD_RECONFIGURE, nullptr, nullptr, 0);
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
