// Does for a child what its filter keeps it from (seccomp_unotify(2); Linux 5.9): opens files for
// writing, connects, sends datagrams; and decides whether it may start programs. Nothing is ever
// let through by what lies in the child's memory, which it could change in the meantime: the broker
// acts on its own copy and hands over the result.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
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

class Broker {
 public:
  /// `mounts`: in these (statx(2), stx_mnt_id) it may change modes, times and attributes.
  Broker(std::vector<Grant> grants, Destinations destinations, std::vector<std::uint64_t> mounts)
      : grants_(std::move(grants)),
        destinations_(std::move(destinations)),
        mounts_(std::move(mounts)) {}

  /// Whether this host has it, and we may look at a child's arguments.
  static bool available();

  const std::vector<Grant>& grants() const { return grants_; }

  /// `child` is the process whose filter this is.
  void listen(base::Fd listener, pid_t child);
  /// To poll for input; -1: there is no child (any more).
  int descriptor() const { return listener_.get(); }
  /// Answers what waits, but not without end; never blocks.
  void handle();
  /// Programs and processes are refused from now on.
  void close_doors() { doors_open_ = false; }

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
  base::Fd take(int number) const;
  base::Fd take_target(const seccomp_notif& request) const;
  base::Fd take_below(int number, const std::string& name) const;
  long long give(const seccomp_notif& request, int descriptor, int number) const;

  std::vector<Grant> grants_;
  Destinations destinations_;
  std::vector<std::uint64_t> mounts_;
  base::Fd listener_;
  base::Fd child_;  // a pidfd
  bool doors_open_ = true;
};

}  // namespace quiz::confinement
