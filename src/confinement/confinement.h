// How a child process that may be taken over (QEMU) is shut in, in layers of which each holds by
// itself: a read-only view of the file system, Landlock, a filter of system calls with a broker,
// namespaces, capabilities and limits. A Confinement is what one run asks for and this host offers;
// a Guard applies it to one child. SECURITY.md says what each layer promises.
//
// src/base starts the child and calls the Guard (base::ChildGuard); src/run says what the child may
// have; src/qemu serves the Guard while its child lives.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/child.h"
#include "base/fd.h"
#include "confinement/broker.h"

namespace quiz::confinement {

/// Which layers are asked for. All of them, but for tests and for who debugs the child.
struct Layers {
  bool view = true;        ///< what it sees of the file system is read-only, and hides the hidden
  bool landlock = true;    ///< files, TCP, abstract sockets and signals, by the newest version
  bool filter = true;      ///< seccomp: the system calls it needs, and files opened by the broker
  bool namespaces = true;  ///< pid, ipc, uts and, without a network, net
  bool limits = true;      ///< memory, size of files, core dumps; capabilities
  bool readonly = true;    ///< what QEMU itself refuses: for its owner to ask for, not for us

  bool operator==(const Layers&) const = default;
};

/// "all", "none", or names of them with commas between. Throws base::Error for others.
Layers read_layers(std::string_view text);

/// For a child that is only to be kept from writing elsewhere by accident.
constexpr Layers landlock_alone() { return {false, true, false, false, false, false}; }

/// What the child shall see and may do; input of Confinement.
struct Request {
  /// Absolute files and directories that stay out of sight: /proc, /sys, ~/.ssh …
  std::vector<std::filesystem::path> hidden;
  std::vector<std::filesystem::path> readable;  ///< exceptions below hidden ones
  /// What it reads by its name although it sees all else through the view only: its program's own
  /// files, and those that it is started with. Absolute; `/` is everything but the hidden.
  std::vector<std::filesystem::path> needed;
  /// Directories in which files may be made, written and removed, hidden ones' exceptions or not.
  /// Without a symbolic link in them: what has become one since is not written to.
  std::vector<std::filesystem::path> writable;
  /// Files and directories in writable ones that stay as they are; see keeps_read_only().
  std::vector<std::filesystem::path> read_only;
  /// A directory of the caller's alone with two in it, `root` (a mount point) and `empty`. Empty:
  /// no view.
  std::filesystem::path scratch;
  bool network = false;            ///< it may use the host's
  Destinations destinations;       ///< where there
  std::uint64_t memory = 0;        ///< bytes of writable memory it may have; 0: no limit
  std::uint64_t largest_file = 0;  ///< bytes; what it may write beyond is refused; 0: no limit
  Layers layers;
};

/// One layer as it is on this host.
struct LayerReport {
  std::string name;      ///< "view", "Landlock" …
  std::string state;     ///< "version 7", "none: …"
  std::string weakness;  ///< what is weaker than it could be, for a person; empty: nothing
};

class Guard;

class Confinement {
 public:
  /// Prepares what the host offers; never throws for lack of a mechanism (see reports()).
  explicit Confinement(const Request& request);
  ~Confinement();
  Confinement(const Confinement&) = delete;
  Confinement& operator=(const Confinement&) = delete;

  /// What the child has to put before an absolute path to see it through the view: "" or
  /// "/proc/self/fd/N" with descriptors().
  const std::string& root() const;
  /// To be passed to the child.
  std::vector<base::FdMapping> descriptors() const;

  const Layers& layers() const;

  std::vector<LayerReport> reports() const;
  /// For -v: "view; Landlock 7; filter with broker; …".
  std::string describe() const;
  /// Each as a sentence; empty: everything that this quiz knows is in force.
  std::vector<std::string> weaknesses() const;
  /// Promises that nothing keeps on this host, each as a sentence.
  std::vector<std::string> breaches() const;
  bool has_landlock() const;
  /// Whether what is read_only in writable directories can neither be changed nor give its name to
  /// something else. Landlock knows no such exceptions: it takes a view.
  bool keeps_read_only() const;
  /// True when files of other users look as if nobody owned them (user namespace).
  bool hides_owners() const;

  /// For one child, which gets the granted files and no others for writing. The Confinement must
  /// outlive it.
  std::unique_ptr<Guard> guard(std::vector<Grant> grants) const;

 private:
  friend class Guard;
  struct State;
  std::unique_ptr<State> state_;
};

/// Shuts in one child; then answers what it asks the broker for.
class Guard final : public base::ChildGuard {
 public:
  ~Guard() override;

  unsigned long clone_flags() const noexcept override;
  const char* confine() noexcept override;
  const char* seal() noexcept override;
  void accompany(pid_t child, int started) override;

  /// To poll for input; -1: there is nothing to serve.
  int descriptor() const;
  /// Answers what the child has asked for.
  void handle();
  /// Asked at each that it wants to start.
  void ask_at_doors(std::function<bool()> may_start);

 private:
  friend class Confinement;
  Guard(const Confinement& confinement, std::vector<Grant> grants);

  struct Prepared;
  std::unique_ptr<Prepared> prepared_;
};

}  // namespace quiz::confinement
