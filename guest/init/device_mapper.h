// Devices of the device mapper, by its ioctls (<linux/dm-ioctl.h>): what dmsetup would do, without
// a program in the guest that does it.
#pragma once

#include <cstdint>
#include <string>

#include "base/fd.h"
#include "wire/messages.h"

namespace quiz::init {

class DeviceMapper {
 public:
  /// Creates the device, loads its table, makes it live, sends its messages. False if one of these
  /// failed (errno); the device is gone then.
  bool make(const wire::MapperDevice& device);
  /// What it was that failed.
  const std::string& problem() const { return problem_; }

 private:
  bool open();
  bool load(const wire::MapperDevice& device);
  bool send(const wire::MapperDevice& device, const std::string& message);
  bool request(unsigned long command, const std::string& name, std::uint32_t targets,
               const std::string& payload, std::uint64_t* number = nullptr);

  base::Fd control_;
  std::string problem_;
};

}  // namespace quiz::init
