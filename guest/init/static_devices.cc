#include "static_devices.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <cstdio>
#include <string_view>

#include "files.h"

namespace quiz::init {

namespace {

/// As udev's rules have it: these are made to be opened by everybody.
bool is_for_everybody(std::string_view name) { return name == "fuse" || name == "net/tun"; }

}  // namespace

std::optional<StaticDevice> read_static_device(const std::string& line) {
  char name[64] = {};
  char kind = 0;
  unsigned major = 0;
  unsigned minor = 0;
  if (std::sscanf(line.c_str(), "%*s %63s %c%u:%u", name, &kind, &major, &minor) != 4 ||
      (kind != 'c' && kind != 'b') || line.starts_with('#')) {
    return std::nullopt;
  }
  StaticDevice device;
  device.name = name;
  if (device.name.starts_with('/') || device.name.find("..") != std::string::npos) {
    return std::nullopt;
  }
  const mode_t permissions = is_for_everybody(device.name) ? 0666 : 0600;
  device.mode = permissions | (kind == 'c' ? S_IFCHR : S_IFBLK);
  device.number = ::makedev(major, minor);
  return device;
}

void make_static_devices() {
  const std::string list = read_file("/modules/devname");
  std::size_t begin = 0;
  while (begin < list.size()) {
    const std::size_t end = std::min(list.find('\n', begin), list.size());
    const auto device = read_static_device(list.substr(begin, end - begin));
    begin = end + 1;
    if (!device) continue;
    const std::string path = "/dev/" + device->name;
    make_directories(path.substr(0, path.rfind('/')));
    // Without regard to the umask; an existing one stays.
    if (::mknod(path.c_str(), device->mode, device->number) == 0) {
      ::chmod(path.c_str(), device->mode & 07777);
    }
  }
}

}  // namespace quiz::init
