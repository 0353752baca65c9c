#include "root_file_system.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>

#include "command_line.h"
#include "files.h"
#include "host_changes.h"
#include "kernel_mounts.h"
#include "report.h"
#include "root_image.h"

namespace quiz::init {

namespace {

constexpr char kNewRoot[] = "/new-root";
constexpr char kTop[] = "/top";  // the tmpfs that takes all writes

constexpr char kLayers[] = "/layers";  // below it what the host exports, by its tag

std::string mount_options(const wire::Export& exported) {
  if (exported.virtio_fs) return {};
  // 512000 is the most that virtio takes in one message.
  std::string options = "trans=virtio,version=9p2000.L,msize=512000";
  if (!exported.options.empty()) options += "," + exported.options;
  return options;
}

void mount_export(const wire::Export& exported) {
  const std::string target = std::string(kLayers) + "/" + exported.tag;
  make_directories(target);
  const unsigned long flags = exported.writable ? 0 : MS_RDONLY;
  if (::mount(exported.tag.c_str(), target.c_str(), exported.virtio_fs ? "virtiofs" : "9p", flags,
              mount_options(exported).c_str()) != 0) {
    fail("cannot mount the host's export " + exported.tag);
  }
}

/// `layers` is where kLayers is now.
std::string path_of(const wire::Place& place, const std::string& layers) {
  const std::string top = place.tag.empty() ? std::string() : layers + "/" + place.tag;
  return place.path.empty() && !top.empty() ? top : top + "/" + place.path;
}

/// Colons and backslashes are escaped as the overlay wants it; commas, which end an option, too.
std::string escaped(const std::string& path) {
  std::string result;
  for (const char c : path) {
    if (c == ':' || c == '\\' || c == ',') result += '\\';
    result += c;
  }
  return result;
}

std::string lower_directories(const std::vector<wire::Place>& places, const std::string& layers) {
  std::string lower;
  for (const wire::Place& place : places) {
    lower += (lower.empty() ? "" : ":") + escaped(path_of(place, layers));
  }
  return lower;
}

bool is_seen_in_root(const wire::Mount& mount) {
  return mount.from.size() == 1 && mount.from[0].tag.empty();
}

/// `lower` are directories, topmost first, joined by colons; upper and work directory are made in
/// `top`.
void mount_overlay(const std::string& lower, const std::string& top, const std::string& target) {
  const std::string upper = top + "/upper";
  const std::string work = top + "/work";
  make_directories(upper);
  make_directories(work);
  // redirect_dir: rename(2) of a directory of the host works as anywhere else. metacopy: another
  // mode, owner or name of a large file does not bring its content into memory. xino: files and
  // directories are on one device, and a directory keeps its number although the kernel forgets it.
  const std::string options = "lowerdir=" + lower + ",upperdir=" + upper + ",workdir=" + work;
  const std::string all = options + ",redirect_dir=on,metacopy=on,xino=on";
  if (::mount("quiz", target.c_str(), "overlay", 0, all.c_str()) != 0 &&
      ::mount("quiz", target.c_str(), "overlay", 0, options.c_str()) != 0) {
    fail("cannot mount the overlay for " + target);
  }
}

/// The directories where the kernel's file systems are mounted show nothing of the host's, not even
/// when a guest unmounts them: whatever the layers have there is covered.
void cover_pseudo_directories(const std::string& upper) {
  for (const char* name : {"/proc", "/sys", "/dev", "/run"}) {
    const std::string path = upper + name;
    make_directories(path);
    if (::setxattr(path.c_str(), "trusted.overlay.opaque", "y", 1, 0) != 0) {
      report("cannot cover the host's " + std::string(name));
    }
  }
}

void place_bundle(const std::vector<wire::BundleFile>& bundle, const std::string& upper) {
  for (const wire::BundleFile& file : bundle) {
    // /run has a file system of its own.
    const std::string path = (file.path.starts_with("run/") ? "" : upper) + "/" + file.path;
    make_directories(path.substr(0, path.rfind('/')));
    if (file.mode == wire::kSymbolicLink) {
      if (::symlink(file.content.c_str(), path.c_str()) != 0 && errno != EEXIST) {
        fail("cannot make the link /" + file.path);
      }
      continue;
    }
    if (!write_file(path, file.content, file.mode)) fail("cannot write /" + file.path);
  }
}

void mount_layers(const wire::Setup& setup) {
  for (const wire::Export& exported : setup.exports) mount_export(exported);
  read_mapped_files_ahead();
  const std::string upper = std::string(kTop) + "/root/upper";
  place_bundle(setup.bundle, upper);
  // Made here a mount point costs nothing; made in the overlay, all directories above it are
  // copied up.
  for (const wire::Mount& mount : setup.mounts) {
    if (is_seen_in_root(mount)) make_directories(upper + mount.path);
  }
  mount_overlay(lower_directories(setup.layers, kLayers), std::string(kTop) + "/root", kNewRoot);
}

void switch_root() {
  // The root of an initramfs cannot be pivoted away: the new root is moved over it.
  if (::chdir(kNewRoot) != 0 || ::mount(".", "/", nullptr, MS_MOVE, nullptr) != 0 ||
      ::chroot(".") != 0 || ::chdir("/") != 0) {
    fail("cannot switch to the new root");
  }
}

void limit_size(std::uint64_t bytes) {
  const std::string options = "mode=755,size=" + std::to_string(bytes);
  if (::mount(nullptr, kTop, nullptr, MS_REMOUNT, options.c_str()) != 0) {
    fail("cannot set the size of the tmpfs");
  }
}

void bind(const std::string& source, const std::string& target) {
  if (::mount(source.c_str(), target.c_str(), nullptr, MS_BIND, nullptr) != 0) {
    fail("cannot show " + source + " at " + target);
  }
}

}  // namespace

RootFileSystem::RootFileSystem(const std::string& kernel_command_line) {
  const std::string image = parameter(kernel_command_line, "quiz.root");
  if (!image.empty()) mount_root_image(image, std::string(kLayers) + "/" + wire::kRootImage);
  make_directories(kTop);
  if (::mount("quiz", kTop, "tmpfs", 0, "mode=755") != 0) fail("cannot mount a tmpfs");
  const std::string upper = std::string(kTop) + "/root/upper";
  make_directories(upper);
  cover_pseudo_directories(upper);
  const std::string name = wire::kHostName;
  place_bundle(
      {{"etc/hostname", 0644, name + "\n"},
       {"etc/hosts", 0644, "127.0.0.1 localhost\n::1 localhost\n127.0.1.1 " + name + "\n"}},
      upper);
  make_directories(kNewRoot);
}

void RootFileSystem::build(const wire::Setup& setup) {
  if (setup.size != 0) limit_size(setup.size);
  mount_layers(setup);
  move_kernel_file_systems(kNewRoot);
  // After the switch these have no path any more; through descriptors they still have one.
  top_.reset(::open(kTop, O_PATH | O_CLOEXEC));
  const base::Fd layers(::open(kLayers, O_PATH | O_CLOEXEC));
  switch_root();
  for (const wire::Mount& mount : setup.mounts) {
    add(mount, "/proc/self/fd/" + std::to_string(layers.get()));
  }
  // Only the attribute comes into the overlay (metacopy). Where a file is not there, or not in the
  // overlay, there is nothing to set.
  for (const wire::FileCapability& capability : setup.capabilities) {
    ::setxattr(capability.path.c_str(), "security.capability", capability.value.data(),
               capability.value.size(), 0);
  }
  if (!setup.exports.empty()) follow_host_changes(std::move(overlays_));
}

void RootFileSystem::add(const wire::Mount& mount, const std::string& layers) {
  if (mount.from.empty()) fail_without_errno("nothing to mount at " + mount.path);
  if (is_seen_in_root(mount)) {
    // Through the overlay, which takes what is written.
    return bind(path_of(mount.from[0], layers), mount.path);
  }
  if (!make_directories(mount.path)) fail("cannot make the mount point " + mount.path);
  if (mount.mode == wire::ShareMode::copy_on_write) {
    const std::string place =
        "/proc/self/fd/" + std::to_string(top_.get()) + "/mount" + std::to_string(mount_count_++);
    mount_overlay(lower_directories(mount.from, layers), place, mount.path);
    overlays_.push_back(mount.path);
    return;
  }
  bind(path_of(mount.from[0], layers), mount.path);
  if (mount.mode == wire::ShareMode::read_write) {
    writable_.emplace_back(::open(mount.path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  }
}

std::uint64_t RootFileSystem::full_size() const {
  struct statfs status = {};
  if (!top_ || ::fstatfs(top_.get(), &status) != 0) return 0;
  const bool full = status.f_bavail == 0 || (status.f_files != 0 && status.f_ffree == 0);
  return full ? static_cast<std::uint64_t>(status.f_blocks) *
                    static_cast<std::uint64_t>(status.f_bsize)
              : 0;
}

void RootFileSystem::sync_shares() const {
  for (const base::Fd& share : writable_) ::syncfs(share.get());
}

}  // namespace quiz::init
