// Opens files for a child that may open none for writing itself: the filter stops the child at such
// a call, and the broker hands over a descriptor of ours, or an error. It also decides whether the
// child may start programs. (seccomp_unotify(2); Linux 5.9.)
#pragma once

#include <filesystem>
#include <vector>

#include "base/fd.h"

namespace quiz::confinement {

/// What a child gets that opens `path` for writing: a duplicate of that descriptor, be it readable
/// only. The descriptor belongs to the caller and must stay open while the child may ask.
struct Grant {
  std::filesystem::path path;
  int descriptor = -1;
};

class Broker {
 public:
  explicit Broker(std::vector<Grant> grants) : grants_(std::move(grants)) {}

  /// Whether this host has it, and we may look at a child's arguments.
  static bool available();

  void listen(base::Fd listener) { listener_ = std::move(listener); }
  const std::vector<Grant>& grants() const { return grants_; }

  /// To poll for input; -1: there is no child (any more).
  int descriptor() const { return listener_.get(); }
  /// Answers all that waits; never blocks.
  void handle();
  /// Programs and processes are refused from now on.
  void close_doors() { doors_open_ = false; }

 private:
  void answer();
  const Grant* find(const std::filesystem::path& path) const;

  std::vector<Grant> grants_;
  base::Fd listener_;
  bool doors_open_ = true;
};

}  // namespace quiz::confinement
