// Devices that are there before their module is: whoever opens one of them has the kernel load it
// (`losetup -f`, FUSE, tun, btrfs). Elsewhere `kmod static-nodes` makes them when a system boots.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

namespace quiz::init {

struct StaticDevice {
  std::string name;  ///< below /dev, as in "net/tun"
  mode_t mode = 0;   ///< its kind and who may open it
  dev_t number = 0;
};

/// A line of modules.devname, as in "tun net/tun c10:200"; nullopt for anything else.
std::optional<StaticDevice> read_static_device(const std::string& line);

/// Makes those of the initramfs' list which devtmpfs does not have. What cannot be made is not
/// there.
void make_static_devices();

}  // namespace quiz::init
