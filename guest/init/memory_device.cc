#include "memory_device.h"

#include <fcntl.h>
#include <linux/loop.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <utility>

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
    case wire::MemoryBackend::null_blk:
      return make_null_blk(device);
  }
  return {};
}

std::string MemoryDevices::make_brd(const wire::MemoryDevice& device) {
  std::string name = "ram" + std::to_string(brd_++);
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
  std::string name = "loop" + std::to_string(number);
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
  std::string name = "zram" + std::to_string(zram_++);
  problem_ = "zram's disksize";
  if (!write_file("/sys/block/" + name + "/disksize", std::to_string(device.bytes))) return {};
  return name;
}

/// Documentation/block/null_blk.rst: a device is a directory of configfs.
std::string MemoryDevices::make_null_blk(const wire::MemoryDevice& device) {
  constexpr char kConfig[] = "/sys/kernel/config";
  // Where configfs is a module it is here only now; it may be mounted already.
  ::mount("configfs", kConfig, "configfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr);
  const std::string directory = std::string(kConfig) + "/nullb/" + device.name;
  problem_ = directory;
  if (::mkdir(directory.c_str(), 0755) != 0) return {};
  constexpr std::uint64_t kMiB = 1 << 20;
  const std::pair<const char*, std::string> settings[] = {
      {"size", std::to_string(device.bytes / kMiB)},
      {"blocksize", std::to_string(device.sector)},
      {"memory_backed", "1"},
      {"discard", "1"},
      {"power", "1"}};
  for (const auto& [setting, value] : settings) {
    problem_ = directory + "/" + setting;
    if (!write_file(problem_, value)) return {};
  }
  // Linux before 5.19 gives it a name of its own.
  if (::access(("/sys/block/" + device.name).c_str(), F_OK) == 0) return device.name;
  return "nullb" + read_line(directory + "/index");
}

}  // namespace quiz::init
