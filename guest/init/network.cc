#include "network.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <net/route.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "base/fd.h"

namespace quiz::init {

namespace {

sockaddr internet_address(std::uint32_t address) {
  sockaddr_in internet = {};
  internet.sin_family = AF_INET;
  internet.sin_addr.s_addr = htonl(address);
  sockaddr plain = {};
  std::memcpy(&plain, &internet, sizeof plain);
  return plain;
}

}  // namespace

bool bring_up_network(const wire::NetworkAddress& address) {
  const base::Fd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket) return false;
  ifreq card = {};
  for (int index = 1;; ++index) {
    card = {};
    card.ifr_ifindex = index;
    if (::ioctl(socket.get(), SIOCGIFNAME, &card) != 0) {
      if (index > 64) {
        errno = ENODEV;
        return false;
      }
      continue;
    }
    if (::ioctl(socket.get(), SIOCGIFHWADDR, &card) == 0 && card.ifr_hwaddr.sa_family == 1) break;
  }
  const auto set = [&](unsigned long command, std::uint32_t value) {
    card.ifr_addr = internet_address(value);
    return ::ioctl(socket.get(), command, &card) == 0;
  };
  const std::uint32_t mask = address.prefix == 0 ? 0 : ~std::uint32_t{0} << (32 - address.prefix);
  if (!set(SIOCSIFADDR, address.address) || !set(SIOCSIFNETMASK, mask)) return false;
  card.ifr_flags = IFF_UP | IFF_RUNNING | IFF_BROADCAST | IFF_MULTICAST;
  if (::ioctl(socket.get(), SIOCSIFFLAGS, &card) != 0) return false;
  rtentry route = {};
  route.rt_dst = internet_address(0);
  route.rt_genmask = internet_address(0);
  route.rt_gateway = internet_address(address.gateway);
  route.rt_flags = RTF_UP | RTF_GATEWAY;
  return ::ioctl(socket.get(), SIOCADDRT, &route) == 0;
}

}  // namespace quiz::init
