// What a child process may see and touch of the host's file system, decided before fork and applied
// before exec.
//
// Two mechanisms, each where it helps. Landlock (Linux 5.13, for every user) limits which files can
// be opened for reading and writing. A mount namespace of its own shows a copy of `/` whose pseudo
// file systems are empty; it is used where the caller may make one without a user namespace (root),
// because in a user namespace the files of all other users would appear to belong to nobody, or as
// the last resort where Landlock is missing.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace quiz::base {

/// What the child shall see; input of Confinement.
struct ConfinementRequest {
  /// Directories of `/` that stay out of sight: /proc, /sys …
  std::vector<std::filesystem::path> hidden;
  std::vector<std::filesystem::path> readable;  ///< exceptions below hidden ones
  std::vector<std::filesystem::path> writable;  ///< files and directories that may be written
  /// An empty directory: where a mount namespace shows its copy of `/`.
  std::filesystem::path view;
};

class Confinement {
 public:
  /// Prepares what the host offers; never throws for lack of a mechanism (see strength()).
  explicit Confinement(const ConfinementRequest& request);
  ~Confinement();
  Confinement(const Confinement&) = delete;
  Confinement& operator=(const Confinement&) = delete;

  /// Where the child finds `/`: request.view inside a mount namespace, else "/".
  const std::string& root() const;
  /// For doctor and -v: "landlock 7, mount namespace" …
  std::string describe() const;
  /// False when neither mechanism is there: then only QEMU's read-only export protects the host.
  bool effective() const;
  /// True when files of other users look as if nobody owned them (user namespace).
  bool hides_owners() const;

  /// Called between fork and exec: only system calls. Returns nullptr, or what failed (errno is
  /// set).
  const char* apply() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace quiz::base
