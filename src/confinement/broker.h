// Does for a child what its filter keeps it from (seccomp_unotify(2); Linux 5.9): opens files for
// writing, connects, sends datagrams; and decides whether it may start programs. Nothing is ever
// let through by what lies in the child's memory, which it could change in the meantime: the broker
// acts on its own copy and hands over the result.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "confinement/destinations.h"

struct seccomp_notif;

namespace quiz::confinement {

/// The mount that a file was reached by; 0 where the kernel does not tell (Linux 5.8).
std::uint64_t mount_of(int fd);

/// What a child gets that opens `path` for writing: a duplicate of that descriptor, be it readable
/// only. The descriptor belongs to the caller and must stay open while the child may ask.
struct Grant {
  std::filesystem::path path;
  int descriptor = -1;
};

/// By mounts (statx(2), stx_mnt_id), where there are some of their own for it; else by the names of
/// directories, which only who may write there could change meanwhile.
struct Changeable {
  std::vector<std::uint64_t> mounts;
  std::vector<std::filesystem::path> directories;
};

class Broker {
 public:
  /// `changeable`: where it may change modes, times and attributes.
  Broker(std::vector<Grant> grants, Destinations destinations, Changeable changeable)
      : grants_(std::move(grants)),
        destinations_(std::move(destinations)),
        changeable_(std::move(changeable)) {}

  /// Whether this host has it, and we may look at a child's arguments.
  static bool available();

  const std::vector<Grant>& grants() const { return grants_; }

  /// `child` is the process whose filter this is.
  void listen(base::Fd listener, pid_t child);
  /// To poll for input; -1: there is no child (any more).
  int descriptor() const { return listener_.get(); }
  /// Answers what waits, but not without end; never blocks.
  void handle();
  /// Asked when it wants to start one, with the request in hand: what it said before that has been
  /// said.
  void ask_at_doors(std::function<bool()> may_start) { may_start_ = std::move(may_start); }

 private:
  void answer();
  /// What the child gets for its call: a value, or an error as -errno.
  long long open(const seccomp_notif& request);
  long long connect(const seccomp_notif& request);
  long long send(const seccomp_notif& request);
  long long change(const seccomp_notif& request);

  const Grant* find(const std::filesystem::path& path) const;
  bool read_destination(const seccomp_notif& request, std::size_t argument,
                        sockaddr_storage& address, socklen_t& size) const;
  base::Fd take(const seccomp_notif& request, int number) const;
  bool may_change(const base::Fd& target) const;
  base::Fd take_target(const seccomp_notif& request) const;
  base::Fd take_below(const seccomp_notif& request, int number, const std::string& name) const;
  long long give(const seccomp_notif& request, int descriptor, int number) const;

  std::vector<Grant> grants_;
  Destinations destinations_;
  Changeable changeable_;
  base::Fd listener_;
  base::Fd child_;  // a pidfd
  std::function<bool()> may_start_;
};

}  // namespace quiz::confinement
