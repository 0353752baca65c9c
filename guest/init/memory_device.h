// Block devices in the guest's own memory: null_blk's, which bear the names that quiz gives, brd's
// RAM disks, loop devices on memory files, zram.
#pragma once

#include <string>

#include "wire/messages.h"

namespace quiz::init {

class MemoryDevices {
 public:
  /// The kernel's name of the new device ("ram0"); empty if it cannot be made (errno may say why).
  std::string make(const wire::MemoryDevice& device);
  /// What it was that failed.
  const std::string& problem() const { return problem_; }

 private:
  std::string make_brd(const wire::MemoryDevice& device);
  std::string make_loop(const wire::MemoryDevice& device);
  std::string make_zram(const wire::MemoryDevice& device);
  std::string make_null_blk(const wire::MemoryDevice& device);

  int brd_ = 0;   // how many have been used
  int zram_ = 0;  // "
  std::string problem_;
};

}  // namespace quiz::init
