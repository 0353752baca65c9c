#include "confinement/destinations.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <sstream>

namespace quiz::confinement {

namespace {

constexpr std::uint16_t kDns = 53;

/// ::ffff:a.b.c.d
in6_addr mapped(const in_addr& address) {
  in6_addr result = {};
  result.s6_addr[10] = result.s6_addr[11] = 0xff;
  std::memcpy(&result.s6_addr[12], &address, sizeof address);
  return result;
}

bool equal(const in6_addr& one, const in6_addr& other) {
  return std::memcmp(&one, &other, sizeof one) == 0;
}

struct Target {
  in6_addr address;
  std::uint16_t port;
};

template <typename T>
std::optional<T> as(const sockaddr_storage& address, socklen_t size) {
  T result = {};
  if (size < sizeof result) return std::nullopt;
  std::memcpy(&result, &address, sizeof result);
  return result;
}

std::optional<Target> read_target(const sockaddr_storage& address, socklen_t size) {
  if (address.ss_family == AF_INET) {
    const auto found = as<sockaddr_in>(address, size);
    if (found) return Target{mapped(found->sin_addr), ntohs(found->sin_port)};
  } else if (address.ss_family == AF_INET6) {
    // The scope at its end may be left out (Linux's SIN6_LEN_RFC2133).
    constexpr socklen_t kLeast = offsetof(sockaddr_in6, sin6_scope_id);
    sockaddr_in6 found = {};
    if (size < kLeast) return std::nullopt;
    std::memcpy(&found, &address, kLeast);
    return Target{found.sin6_addr, ntohs(found.sin6_port)};
  }
  return std::nullopt;
}

/// Of this machine itself, or of the link.
bool is_local(const in6_addr& address) {
  if (IN6_IS_ADDR_V4MAPPED(&address) || IN6_IS_ADDR_V4COMPAT(&address)) {
    const std::uint8_t* const bytes = &address.s6_addr[12];
    return bytes[0] == 127 || bytes[0] == 0 || (bytes[0] == 169 && bytes[1] == 254);
  }
  return IN6_IS_ADDR_LOOPBACK(&address) || IN6_IS_ADDR_UNSPECIFIED(&address) ||
         IN6_IS_ADDR_LINKLOCAL(&address);
}

}  // namespace

std::vector<in6_addr> resolvers_in(const std::string& configuration) {
  std::vector<in6_addr> found;
  std::istringstream lines(configuration);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string keyword;
    std::string text;
    if (!(words >> keyword >> text) || keyword != "nameserver") continue;
    text = text.substr(0, text.find('%'));
    in_addr address = {};
    in6_addr address6 = {};
    if (::inet_pton(AF_INET, text.c_str(), &address) == 1) found.push_back(mapped(address));
    if (::inet_pton(AF_INET6, text.c_str(), &address6) == 1) found.push_back(address6);
  }
  return found;
}

bool may_reach(const sockaddr_storage& address, socklen_t size, const Destinations& destinations) {
  const auto target = read_target(address, size);
  if (!target) return false;
  if (destinations.all || !is_local(target->address)) return true;
  return target->port == kDns &&
         std::any_of(destinations.resolvers.begin(), destinations.resolvers.end(),
                     [&](const in6_addr& resolver) { return equal(resolver, target->address); });
}

}  // namespace quiz::confinement
