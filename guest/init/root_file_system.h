// Builds the guest's `/` from what the host exports and switches to it.
#pragma once

#include <vector>

#include "base/fd.h"
#include "wire/messages.h"

namespace quiz::init {

/// The shares that were mounted for writing; sync() makes the host see what was written.
class RootFileSystem {
 public:
  /// Makes what does not depend on the host: the tmpfs that takes all writes, and what is in it.
  /// Both switch the machine off with a reason when something fails.
  RootFileSystem();
  /// Mounts the layers below that tmpfs as an overlay, places the bundle, moves the kernel's file
  /// systems in, makes it `/`, and mounts the other shares.
  void build(const wire::Setup& setup);

  /// syncfs on every writable share.
  void sync() const;

 private:
  std::vector<base::Fd> writable_;
};

}  // namespace quiz::init
