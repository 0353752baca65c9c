#include "device_mapper.h"

#include <fcntl.h>
#include <linux/dm-ioctl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "files.h"

namespace quiz::init {

namespace {

constexpr char kControl[] = "/dev/mapper/control";
constexpr std::size_t kAlignment = 8;

template <typename Value>
void append(std::string& bytes, const Value& value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

}  // namespace

bool DeviceMapper::open() {
  if (control_) return true;
  control_.reset(::open(kControl, O_RDWR | O_CLOEXEC));
  if (control_) return true;
  // Without udev nobody made it: a miscellaneous device with a number of its own.
  const std::string misc = read_file("/sys/class/misc/device-mapper/dev");
  const std::size_t colon = misc.find(':');
  problem_ = "the kernel has no device mapper";
  if (colon == std::string::npos) return false;
  make_directories("/dev/mapper");
  const auto number = makedev(static_cast<unsigned>(std::atoi(misc.c_str())),
                              static_cast<unsigned>(std::atoi(misc.c_str() + colon + 1)));
  ::mknod(kControl, S_IFCHR | 0600, number);
  control_.reset(::open(kControl, O_RDWR | O_CLOEXEC));
  return static_cast<bool>(control_);
}

bool DeviceMapper::make(const wire::MapperDevice& device) {
  errno = 0;
  if (!open()) return false;
  std::uint64_t number = 0;
  problem_ = "it cannot be created";
  if (!request(DM_DEV_CREATE, device.name, 0, {}, &number)) return false;
  bool good = load(device);
  if (good) {
    problem_ = "it cannot be activated";
    good = request(DM_DEV_SUSPEND, device.name, 0, {});  // without DM_SUSPEND_FLAG: resume
  }
  for (const std::string& message : device.messages) good = good && send(device, message);
  if (!good) {
    const int error = errno;
    request(DM_DEV_REMOVE, device.name, 0, {});
    errno = error;
    return false;
  }
  const auto known = static_cast<dev_t>(number);
  const std::string kernel_name = "dm-" + std::to_string(minor(known));
  for (const std::string& path : {"/dev/" + device.name, "/dev/mapper/" + device.name}) {
    ::unlink(path.c_str());
    ::symlink(("/dev/" + kernel_name).c_str(), path.c_str());
  }
  return true;
}

bool DeviceMapper::load(const wire::MapperDevice& device) {
  std::string table;
  for (const wire::MapperTarget& target : device.targets) {
    dm_target_spec row = {};
    row.sector_start = target.start;
    row.length = target.length;
    target.type.copy(row.target_type, sizeof row.target_type - 1);
    std::string text = target.parameters + '\0';
    text.resize((text.size() + kAlignment - 1) / kAlignment * kAlignment);
    row.next = static_cast<std::uint32_t>(sizeof row + text.size());
    append(table, row);
    table += text;
  }
  problem_ = "the kernel refuses its table; `dmesg` in the guest says more (--kmsg=all)";
  return request(DM_TABLE_LOAD, device.name, static_cast<std::uint32_t>(device.targets.size()),
                 table);
}

bool DeviceMapper::send(const wire::MapperDevice& device, const std::string& message) {
  std::string payload;
  append(payload, dm_target_msg{});  // sector 0: the first target
  payload += message + '\0';
  problem_ = "the message \"" + message + "\" is refused";
  return request(DM_TARGET_MSG, device.name, 0, payload);
}

bool DeviceMapper::request(unsigned long command, const std::string& name, std::uint32_t targets,
                           const std::string& payload, std::uint64_t* number) {
  // The answer takes the same place: a status is not asked for, so a page is enough.
  constexpr std::size_t kAnswer = 4096;
  std::vector<std::uint64_t> buffer((sizeof(dm_ioctl) + payload.size() + kAnswer) /
                                    sizeof(std::uint64_t));
  dm_ioctl header = {};
  header.version[0] = DM_VERSION_MAJOR;
  header.data_size = static_cast<std::uint32_t>(buffer.size() * sizeof(std::uint64_t));
  header.data_start = sizeof(dm_ioctl);
  header.target_count = targets;
  name.copy(header.name, sizeof header.name - 1);
  std::memcpy(buffer.data(), &header, sizeof header);
  std::memcpy(reinterpret_cast<char*>(buffer.data()) + sizeof header, payload.data(),
              payload.size());
  if (::ioctl(control_.get(), command, buffer.data()) != 0) return false;
  std::memcpy(&header, buffer.data(), sizeof header);
  if (number != nullptr) *number = header.dev;
  return true;
}

}  // namespace quiz::init
