#include "root_file_system.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <string>

#include "files.h"
#include "kernel_mounts.h"
#include "report.h"

namespace quiz::init {

namespace {

constexpr char kNewRoot[] = "/new-root";
constexpr char kTop[] = "/top";  // the tmpfs that takes all writes

std::string nine_p_options(const wire::Share& share) {
  // 512000 is the most that virtio takes in one message.
  std::string options = "trans=virtio,version=9p2000.L,msize=512000";
  if (!share.options.empty()) options += "," + share.options;
  return options;
}

void mount_share(const wire::Share& share, const std::string& target) {
  const unsigned long flags = share.mode == wire::ShareMode::read_write ? 0 : MS_RDONLY;
  if (::mount(share.tag.c_str(), target.c_str(), "9p", flags, nine_p_options(share).c_str()) != 0) {
    fail("cannot mount the host's share " + share.tag);
  }
}

std::string layer_path(const std::string& tag) { return "/layers/" + tag; }

/// `lower` are directories, topmost first, joined by colons; upper and work directory are made in
/// `top`.
void mount_overlay(const std::string& lower, const std::string& top, const std::string& target) {
  const std::string upper = top + "/upper";
  const std::string work = top + "/work";
  make_directories(upper);
  make_directories(work);
  // redirect_dir: rename(2) of a directory of the host works as anywhere else.
  const std::string options = "lowerdir=" + lower + ",upperdir=" + upper + ",workdir=" + work;
  if (::mount("quiz", target.c_str(), "overlay", 0, (options + ",redirect_dir=on").c_str()) != 0 &&
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
    const std::string path = upper + "/" + file.path;
    make_directories(path.substr(0, path.rfind('/')));
    if (!write_file(path, file.content, file.mode)) fail("cannot write /" + file.path);
  }
}

void mount_layers(const wire::Setup& setup) {
  std::string lower;
  for (const wire::Share& layer : setup.layers) {
    const std::string path = layer_path(layer.tag);
    make_directories(path);
    mount_share(layer, path);
    lower += (lower.empty() ? "" : ":") + path;
  }
  const std::string upper = std::string(kTop) + "/root/upper";
  place_bundle(setup.bundle, upper);
  // Made here a mount point costs nothing; made in the overlay, all directories above it are
  // copied up.
  for (const wire::Share& share : setup.shares) {
    if (!share.source.empty()) make_directories(upper + share.path);
  }
  mount_overlay(lower, std::string(kTop) + "/root", kNewRoot);
}

void switch_root() {
  // The root of an initramfs cannot be pivoted away: the new root is moved over it.
  if (::chdir(kNewRoot) != 0 || ::mount(".", "/", nullptr, MS_MOVE, nullptr) != 0 ||
      ::chroot(".") != 0 || ::chdir("/") != 0) {
    fail("cannot switch to the new root");
  }
}

}  // namespace

RootFileSystem::RootFileSystem() {
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
  mount_layers(setup);
  move_kernel_file_systems(kNewRoot);
  // After the switch the tmpfs has no path any more; through this descriptor it still has one.
  const base::Fd top(::open(kTop, O_PATH | O_CLOEXEC));
  const std::string top_path = "/proc/self/fd/" + std::to_string(top.get());
  switch_root();

  for (const wire::Share& share : setup.shares) {
    if (!share.source.empty()) {
      // Seen through the overlay, which takes what is written.
      const std::string source = "/" + share.source;
      if (::mount(source.c_str(), share.path.c_str(), nullptr, MS_BIND, nullptr) != 0) {
        fail("cannot show " + source + " at " + share.path);
      }
      continue;
    }
    if (!make_directories(share.path)) fail("cannot make the mount point " + share.path);
    if (share.mode == wire::ShareMode::copy_on_write) {
      const std::string place = top_path + "/" + share.tag;
      const std::string lower = place + "/lower";
      make_directories(lower);
      mount_share(share, lower);
      mount_overlay(lower, place, share.path);
      continue;
    }
    mount_share(share, share.path);
    if (share.mode == wire::ShareMode::read_write) {
      writable_.emplace_back(::open(share.path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    }
  }
}

void RootFileSystem::sync() const {
  for (const base::Fd& share : writable_) ::syncfs(share.get());
}

}  // namespace quiz::init
