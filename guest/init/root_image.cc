#include "root_image.h"

#include <dirent.h>
#include <sys/mount.h>
#include <time.h>

#include <cerrno>
#include <memory>

#include "files.h"
#include "report.h"

namespace quiz::init {

namespace {

constexpr const char* kFileSystems[] = {"erofs", "ext4", "squashfs", "xfs", "btrfs"};

/// The name of the disk with this serial number; empty: there is none.
std::string find_disk(const std::string& serial) {
  const std::unique_ptr<DIR, int (*)(DIR*)> blocks(::opendir("/sys/block"), &::closedir);
  while (const dirent* const entry = blocks ? ::readdir(blocks.get()) : nullptr) {
    const std::string name = entry->d_name;
    if (read_line("/sys/block/" + name + "/serial") == serial) return name;
  }
  return {};
}

/// Its driver may take a moment to find it.
std::string wait_for_disk(const std::string& serial) {
  constexpr timespec kPause = {0, 5'000'000};
  constexpr int kTimes = 1000;
  for (int i = 0; i < kTimes; ++i) {
    if (std::string name = find_disk(serial); !name.empty()) return name;
    ::nanosleep(&kPause, nullptr);
  }
  return {};
}

}  // namespace

void mount_root_image(const std::string& serial, const std::string& target) {
  const std::string name = wait_for_disk(serial);
  if (name.empty()) fail_without_errno("the disk of the root image does not appear");
  make_directories(target);
  const std::string device = "/dev/" + name;
  for (const char* type : kFileSystems) {
    if (::mount(device.c_str(), target.c_str(), type, MS_RDONLY, nullptr) == 0) return;
    // EINVAL: another file system; ENODEV: one that this kernel does not know.
    if (errno != EINVAL && errno != ENODEV) {
      fail("cannot mount the root image as " + std::string(type));
    }
  }
  fail_without_errno(
      "the root image has no file system that this kernel knows (erofs, ext4, squashfs, xfs, "
      "btrfs)");
}

}  // namespace quiz::init
