#include "confinement/destinations.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <cstring>

namespace quiz::confinement {
namespace {

bool reaches(const std::string& text, std::uint16_t port, const Destinations& destinations = {}) {
  sockaddr_storage storage = {};
  sockaddr_in address = {};
  sockaddr_in6 address6 = {};
  if (::inet_pton(AF_INET, text.c_str(), &address.sin_addr) == 1) {
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    std::memcpy(&storage, &address, sizeof address);
    return may_reach(storage, sizeof address, destinations);
  }
  EXPECT_EQ(::inet_pton(AF_INET6, text.c_str(), &address6.sin6_addr), 1) << text;
  address6.sin6_family = AF_INET6;
  address6.sin6_port = htons(port);
  std::memcpy(&storage, &address6, sizeof address6);
  return may_reach(storage, sizeof address6, destinations);
}

TEST(MayReach, OtherMachines) {
  for (const char* address :
       {"192.0.2.1", "10.1.2.3", "172.16.0.1", "128.0.0.1", "2001:db8::1", "::ffff:192.0.2.1"}) {
    EXPECT_TRUE(reaches(address, 80)) << address;
  }
}

TEST(MayReach, NeitherThisMachineNorTheLink) {
  for (const char* address : {"127.0.0.1", "127.255.255.254", "0.0.0.0", "0.1.2.3",
                              "169.254.169.254", "::1", "::", "::127.0.0.1", "::ffff:127.0.0.1",
                              "::ffff:0.0.0.0", "::ffff:169.254.169.254", "fe80::1"}) {
    EXPECT_FALSE(reaches(address, 80)) << address;
    EXPECT_TRUE(reaches(address, 80, {.all = true, .resolvers = {}})) << address;
  }
}

TEST(MayReach, ResolversByTheirPortAlone) {
  const Destinations destinations{
      false, resolvers_in("# a comment\nnameserver 127.0.0.53\nsearch example\n"
                          "nameserver fe80::1%eth0\nnameserver nonsense\nnameserver\n")};
  EXPECT_EQ(destinations.resolvers.size(), 2U);
  EXPECT_TRUE(reaches("127.0.0.53", 53, destinations));
  EXPECT_TRUE(reaches("fe80::1", 53, destinations));
  EXPECT_FALSE(reaches("127.0.0.53", 80, destinations));
  EXPECT_FALSE(reaches("127.0.0.1", 53, destinations));
}

TEST(MayReach, NothingByAnAddressThatIsNone) {
  sockaddr_storage address = {};
  for (const int family : {AF_UNSPEC, AF_UNIX, AF_INET, AF_INET6, AF_NETLINK}) {
    address.ss_family = static_cast<sa_family_t>(family);
    for (const socklen_t size : {socklen_t{0}, socklen_t{2}, socklen_t{8}, socklen_t{15}}) {
      EXPECT_FALSE(may_reach(address, size, {})) << family << " " << size;
    }
  }
}

}  // namespace
}  // namespace quiz::confinement
