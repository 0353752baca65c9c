// A root directory of its own with all that the host's has, read-only, without set-id programs and
// devices, in which hidden places are empty. Made in a mount namespace of its own, either by a
// child that then lives in it, or (an ordinary user) by a short-lived process in a user namespace
// whose view others use through a descriptor: a mount is read-only for whoever comes through it,
// and who does not live in the user namespace still sees the owners of files as they are.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"

namespace quiz::confinement {

struct ViewRequest {
  std::filesystem::path mount_point;  ///< a directory of the caller's
  std::vector<std::filesystem::path> hidden;
  std::vector<std::filesystem::path> readable;  ///< exceptions below hidden ones
  std::vector<std::filesystem::path> writable;  ///< stay as they are; files and directories
  /// There is a /proc/self/fd, and nothing else in /proc: QEMU's 9p server names files by it. Not
  /// for a held view, whose users have theirs.
  bool descriptors = false;
  std::vector<std::filesystem::path> read_only = {};  ///< exceptions below writable ones
};

/// Everything that is needed after fork, when only system calls are allowed.
class ViewPlan {
 public:
  explicit ViewPlan(const ViewRequest& request);
  ~ViewPlan();
  ViewPlan(ViewPlan&&) noexcept;
  ViewPlan& operator=(ViewPlan&&) noexcept;

  /// In a mount namespace of one's own: makes the view. Returns nullptr, or what failed (errno is
  /// set).
  const char* make() const noexcept;
  /// Thereafter: makes it the root directory, and the way back unreachable.
  const char* enter() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// A user and group of the caller's mapped to themselves: what a new user namespace needs.
class IdentityMap {
 public:
  IdentityMap();
  /// In the namespace. nullptr, or what failed.
  const char* write() const noexcept;

 private:
  std::string user_;
  std::string group_;
};

/// A view that others made and hold for us.
struct HeldView {
  base::Fd root;        ///< its root directory (O_PATH)
  base::Fd name_space;  ///< keeps its mounts
};

/// As an ordinary user; nullopt where the host allows no user namespaces.
std::optional<HeldView> hold_view(const ViewPlan& plan);

/// Whether a child in these new namespaces (clone(2)) could make the view and live in it.
bool can_enter_view(const ViewPlan& plan, unsigned long name_spaces);

/// Whether rules of a container are in force for us, which may forbid what our capabilities allow.
bool in_container();

/// False in a chroot that is no mount point: there the propagation of mounts cannot be cut off, and
/// what we mounted could appear outside. (Unknown before Linux 5.8: then it is.)
bool root_is_a_mount();

}  // namespace quiz::confinement
