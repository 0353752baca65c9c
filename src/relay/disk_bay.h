// Where disks of a running machine come from and go to (src/run has one). The relay asks the guest
// about them.
#pragma once

#include <cstdint>
#include <string>

#include "machine/machine.h"

namespace quiz::relay {

/// What somebody wants to be plugged: an empty disk.
struct NewDisk {
  std::uint64_t bytes = 0;
  unsigned sector = 512;  ///< 512 or 4096
  bool read_only = false;
};

class DiskBay {
 public:
  virtual ~DiskBay() = default;
  /// Returns its name. Throws base::Error where that cannot be: the machine has no slots, the host
  /// no room.
  virtual std::string plug(machine::Machine& machine, const NewDisk& wanted) = 0;
  /// Throws base::Error: there is no such disk.
  virtual void unplug(machine::Machine& machine, const std::string& name) = 0;
};

}  // namespace quiz::relay
