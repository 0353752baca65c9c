#include "network.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <net/route.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/fd.h"
#include "files.h"
#include "report.h"

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

constexpr int kCardBytes = 6;

std::uint64_t card_of(const ifreq& card) {
  std::uint64_t number = 0;
  for (int i = 0; i < kCardBytes; ++i) {
    number = number << 8 | static_cast<unsigned char>(card.ifr_hwaddr.sa_data[i]);
  }
  return number;
}

/// Its name; false if there is none.
bool find_card(int socket, std::uint64_t wanted, ifreq& card) {
  constexpr int kMostInterfaces = 64;
  for (int index = 1; index <= kMostInterfaces; ++index) {
    card = {};
    card.ifr_ifindex = index;
    if (::ioctl(socket, SIOCGIFNAME, &card) != 0) continue;
    if (::ioctl(socket, SIOCGIFHWADDR, &card) != 0) continue;
    if (card.ifr_hwaddr.sa_family == ARPHRD_ETHER && card_of(card) == wanted) return true;
  }
  errno = ENODEV;
  return false;
}

bool take_on(int socket, std::uint64_t own_card, ifreq& card) {
  if (own_card == 0) return true;
  card.ifr_hwaddr.sa_family = ARPHRD_ETHER;
  for (int i = 0; i < kCardBytes; ++i) {
    card.ifr_hwaddr.sa_data[i] = static_cast<char>(own_card >> (8 * (kCardBytes - 1 - i)));
  }
  return ::ioctl(socket, SIOCSIFHWADDR, &card) == 0;
}

}  // namespace

bool bring_up_network(const wire::NetworkAddress& address) {
  const base::Fd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket) return false;
  ifreq card = {};
  if (!find_card(socket.get(), address.card, card)) return false;
  if (!take_on(socket.get(), address.own_card, card)) return false;
  const auto set = [&](unsigned long command, std::uint32_t value) {
    card.ifr_addr = internet_address(value);
    return ::ioctl(socket.get(), command, &card) == 0;
  };
  const std::uint32_t mask = address.prefix == 0 ? 0 : ~std::uint32_t{0} << (32 - address.prefix);
  if (!set(SIOCSIFADDR, address.address) || !set(SIOCSIFNETMASK, mask)) return false;
  card.ifr_flags = IFF_UP | IFF_RUNNING | IFF_BROADCAST | IFF_MULTICAST;
  if (::ioctl(socket.get(), SIOCSIFFLAGS, &card) != 0) return false;
  if (address.gateway == 0) return true;
  rtentry route = {};
  route.rt_dst = internet_address(0);
  route.rt_genmask = internet_address(0);
  route.rt_gateway = internet_address(address.gateway);
  route.rt_flags = RTF_UP | RTF_GATEWAY;
  return ::ioctl(socket.get(), SIOCADDRT, &route) == 0;
}

void set_hosts(const std::string& lines) {
  constexpr char kHosts[] = "/etc/hosts";
  constexpr char kNew[] = "/etc/.hosts.quiz";
  static const std::string own = read_file(kHosts);
  // At once, for whoever just reads it.
  if (!write_file(kNew, own + lines) || ::rename(kNew, kHosts) != 0) {
    report("cannot name the other machines in /etc/hosts");
  }
}

}  // namespace quiz::init
