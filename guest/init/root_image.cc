#include "root_image.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

#include "base/fd.h"
#include "files.h"
#include "report.h"

namespace quiz::init {

namespace {

constexpr const char* kFileSystems[] = {"erofs", "ext4", "squashfs", "xfs", "btrfs"};

/// What nearly every program needs first: read before the machine is saved, it need not be read and
/// unpacked in every run.
constexpr const char* kReadAhead[] = {
    "/etc/ld.so.cache", "/usr/bin/sh", "/usr/bin/bash", "/usr/bin/true",
    "/usr/bin/cat",     "/usr/bin/ls", "/usr/bin/env",  "/usr/bin/uname",
};

/// Of the libraries' directory: these, and the dynamic linker, whose name differs by architecture.
constexpr std::string_view kLibrariesReadAhead[] = {
    "libc.so.6", "libm.so.6", "libtinfo.so.6", "libselinux.so.1", "libpcre2-8.so.0",
};

void read_whole(const std::string& path) {
  static char buffer[64 * 1024];
  const base::Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  while (file && ::read(file.get(), buffer, sizeof buffer) > 0) {
  }
}

/// Calls `visit` with each name in a directory; with none if it cannot be read.
template <typename Visit>
void for_each_name(const std::string& directory, const Visit& visit) {
  const std::unique_ptr<DIR, int (*)(DIR*)> names(::opendir(directory.c_str()), &::closedir);
  while (const dirent* const entry = names ? ::readdir(names.get()) : nullptr) {
    visit(std::string(entry->d_name));
  }
}

/// Links inside the image that are absolute lead elsewhere; such files are left out.
void read_ahead(const std::string& root) {
  for (const char* path : kReadAhead) read_whole(root + path);
  for_each_name(root + "/usr/lib", [&](const std::string& triplet) {
    if (triplet.find("-linux-gnu") == triplet.npos) return;
    const std::string directory = root + "/usr/lib/" + triplet + "/";
    for (const std::string_view name : kLibrariesReadAhead) {
      read_whole(directory + std::string(name));
    }
    for_each_name(directory, [&](const std::string& name) {
      if (name.starts_with("ld-") || name.starts_with("ld64")) read_whole(directory + name);
    });
  });
}

/// The name of the disk with this serial number; empty: there is none.
std::string find_disk(const std::string& serial) {
  std::string found;
  for_each_name("/sys/block", [&](const std::string& name) {
    if (found.empty() && read_line("/sys/block/" + name + "/serial") == serial) found = name;
  });
  return found;
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
    if (::mount(device.c_str(), target.c_str(), type, MS_RDONLY, nullptr) == 0) {
      return read_ahead(target);
    }
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
