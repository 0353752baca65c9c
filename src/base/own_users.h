// A child in namespaces of users and of mounts of its own, in which everybody has the number that
// he has outside: what is mounted or registered there ends with it. For root alone; others have
// such a namespace by their subordinate users (mmdebstrap, newuidmap).
#pragma once

#include "base/child.h"
#include "base/pipe.h"

namespace quiz::base {

/// Of one child.
class OwnUsers : public ChildGuard {
 public:
  OwnUsers();

  unsigned long clone_flags() const noexcept override;
  const char* confine() noexcept override;
  const char* seal() noexcept override { return nullptr; }
  /// Throws SystemError if the numbers cannot be given.
  void accompany(pid_t child, int started) override;

 private:
  Pipe numbered_;  ///< a byte: they are
};

}  // namespace quiz::base
