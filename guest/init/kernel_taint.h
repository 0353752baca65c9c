// What has tainted the kernel: its file is opened before the machine is saved, since a path below
// /proc/sys costs an emulated guest that was resumed some milliseconds.
#pragma once

#include <cstdint>

#include "base/fd.h"

namespace quiz::init {

class KernelTaint {
 public:
  KernelTaint();
  /// Documentation/admin-guide/tainted-kernels.rst; 0 if they cannot be read.
  std::uint64_t flags() const;

 private:
  base::Fd file_;
};

}  // namespace quiz::init
