// Where on the network a child may send: everywhere, but not to services of this machine that
// listen on its loopback only, nor to link-local addresses, where clouds keep their credentials.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <string>
#include <vector>

namespace quiz::confinement {

struct Destinations {
  bool all = false;  ///< no such limits
  /// Of DNS: they may be asked wherever they are.
  std::vector<in6_addr> resolvers;
};

/// From the text of a resolv.conf(5). Pure.
std::vector<in6_addr> resolvers_in(const std::string& configuration);

/// Whether the address, which is a hostile guest's, may be reached. Pure.
bool may_reach(const sockaddr_storage& address, socklen_t size, const Destinations& destinations);

}  // namespace quiz::confinement
