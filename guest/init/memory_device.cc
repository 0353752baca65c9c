#include "memory_device.h"

#include <fcntl.h>
#include <linux/loop.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "base/fd.h"
#include "files.h"

namespace quiz::init {

std::string MemoryDevices::make(const wire::MemoryDevice& device) {
  switch (device.backend) {
    case wire::MemoryBackend::brd:
      return make_brd(device);
    case wire::MemoryBackend::loop:
      return make_loop(device);
    case wire::MemoryBackend::zram:
      return make_zram(device);
  }
  return {};
}

std::string MemoryDevices::make_brd(const wire::MemoryDevice& device) {
  const std::string name = "ram" + std::to_string(brd_++);
  constexpr std::uint64_t kSector = 512;
  const std::string sectors = read_line("/sys/block/" + name + "/size");
  if (sectors.empty()) {
    problem_ = "the RAM disk driver has no " + name;
    return {};
  }
  if (std::strtoull(sectors.c_str(), nullptr, 10) * kSector != device.bytes) {
    problem_ = "the RAM disk driver made " + name + " of " + sectors + " sectors";
    return {};
  }
  return name;
}

std::string MemoryDevices::make_loop(const wire::MemoryDevice& device) {
  problem_ = "memory file";
  const base::Fd file(::memfd_create(device.name.c_str(), MFD_CLOEXEC));
  if (!file || ::ftruncate(file.get(), static_cast<off_t>(device.bytes)) != 0) return {};
  problem_ = "loop device";
  const base::Fd control(::open("/dev/loop-control", O_RDWR | O_CLOEXEC));
  if (!control) return {};
  const int number = ::ioctl(control.get(), LOOP_CTL_GET_FREE);
  if (number < 0) return {};
  const std::string name = "loop" + std::to_string(number);
  const base::Fd loop(::open(("/dev/" + name).c_str(), O_RDWR | O_CLOEXEC));
  if (!loop || ::ioctl(loop.get(), LOOP_SET_FD, file.get()) != 0) return {};
  loop_info64 info = {};
  device.name.copy(reinterpret_cast<char*>(info.lo_file_name), sizeof info.lo_file_name - 1);
  info.lo_flags = LO_FLAGS_PARTSCAN;
  ::ioctl(loop.get(), LOOP_SET_STATUS64, &info);
  constexpr std::uint32_t kUsual = 512;
  problem_ = "sector size";
  if (device.sector != kUsual &&
      ::ioctl(loop.get(), LOOP_SET_BLOCK_SIZE, static_cast<unsigned long>(device.sector)) != 0) {
    return {};
  }
  return name;
}

std::string MemoryDevices::make_zram(const wire::MemoryDevice& device) {
  const std::string name = "zram" + std::to_string(zram_++);
  problem_ = "zram's disksize";
  if (!write_file("/sys/block/" + name + "/disksize", std::to_string(device.bytes))) return {};
  return name;
}

}  // namespace quiz::init
