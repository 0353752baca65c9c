#include <linux/if_alg.h>
#include <linux/netlink.h>
#include <linux/vm_sockets.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "attempt.h"
#include "base/fd.h"

namespace quiz::attack {

namespace {

using base::Fd;

Fd make_socket(int family, int type, int protocol = 0) {
  return Fd(::socket(family, type | SOCK_CLOEXEC, protocol));
}

Outcome try_socket(int family, int type, int protocol = 0) {
  return make_socket(family, type, protocol) ? 0 : errno;
}

/// The name of a socket of the caller's; an abstract one begins with a zero byte.
Outcome reach(const std::string& name, int type, bool abstract) {
  if (name.empty()) return kAbsent;
  const Fd socket = make_socket(AF_UNIX, type);
  if (!socket) return errno;
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  const std::size_t begin = abstract ? 1 : 0;
  std::snprintf(address.sun_path + begin, sizeof address.sun_path - begin, "%s", name.c_str());
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + begin + name.size() +
                                           (abstract ? 0 : 1));
  const auto* const place = reinterpret_cast<const sockaddr*>(&address);
  if (type == SOCK_DGRAM) return outcome_of(::sendto(socket.get(), "x", 1, 0, place, size));
  return outcome_of(::connect(socket.get(), place, size));
}

sockaddr_in loopback(const std::string& port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(std::atoi(port.c_str())));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

Outcome connect_tcp(const Targets& t) {
  if (t.port.empty()) return kAbsent;
  const Fd socket = make_socket(AF_INET, SOCK_STREAM);
  if (!socket) return errno;
  const sockaddr_in address = loopback(t.port);
  return outcome_of(
      ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address));
}

Outcome send_udp(const Targets& t) {
  if (t.port.empty()) return kAbsent;
  const Fd socket = make_socket(AF_INET, SOCK_DGRAM);
  if (!socket) return errno;
  const sockaddr_in address = loopback(t.port);
  return outcome_of(::sendto(socket.get(), "x", 1, 0, reinterpret_cast<const sockaddr*>(&address),
                             sizeof address));
}

Outcome listen_tcp(const Targets& /*unused*/) {
  const Fd socket = make_socket(AF_INET, SOCK_STREAM);
  if (!socket) return errno;
  const sockaddr_in address = loopback("0");
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return errno;
  }
  return outcome_of(::listen(socket.get(), 1));
}

}  // namespace

std::vector<Attempt> network_attempts() {
  return {
      {"socket.unix", [](const Targets& t) { return reach(t.socket, SOCK_STREAM, false); }},
      {"socket.abstract", [](const Targets& t) { return reach(t.abstract, SOCK_STREAM, true); }},
      {"socket.datagram", [](const Targets& t) { return reach(t.datagrams, SOCK_DGRAM, false); }},
      {"socket.tcp-connect", connect_tcp},
      {"socket.tcp-listen", listen_tcp},
      {"socket.udp-send", send_udp},
      {"socket.ipv6", [](const Targets&) { return try_socket(AF_INET6, SOCK_STREAM); }},
      {"socket.raw", [](const Targets&) { return try_socket(AF_INET, SOCK_RAW, IPPROTO_ICMP); }},
      {"socket.packet", [](const Targets&) { return try_socket(AF_PACKET, SOCK_RAW); }},
      {"socket.netlink-route",
       [](const Targets&) { return try_socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE); }},
      {"socket.netlink-uevent",
       [](const Targets&) { return try_socket(AF_NETLINK, SOCK_RAW, NETLINK_KOBJECT_UEVENT); }},
      {"socket.netlink-audit",
       [](const Targets&) { return try_socket(AF_NETLINK, SOCK_RAW, NETLINK_AUDIT); }},
      {"socket.vsock", [](const Targets&) { return try_socket(AF_VSOCK, SOCK_STREAM); }},
      {"socket.crypto", [](const Targets&) { return try_socket(AF_ALG, SOCK_SEQPACKET); }},
      {"socket.xdp", [](const Targets&) { return try_socket(AF_XDP, SOCK_RAW); }},
      {"socket.bluetooth", [](const Targets&) { return try_socket(AF_BLUETOOTH, SOCK_RAW, 1); }},
  };
}

}  // namespace quiz::attack
