#include "identity.h"

#include <fcntl.h>
#include <linux/random.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cstring>
#include <vector>

#include "base/fd.h"
#include "report.h"

namespace quiz::init {

namespace {

void add_entropy(const base::Fd& random, const std::string& bytes) {
  std::vector<int> request(2 + (bytes.size() + sizeof(int) - 1) / sizeof(int));
  request[0] = static_cast<int>(bytes.size() * 8);  // rand_pool_info::entropy_count, in bits
  request[1] = static_cast<int>(bytes.size());      // rand_pool_info::buf_size
  std::memcpy(&request[2], bytes.data(), bytes.size());
  if (!random || ::ioctl(random.get(), RNDADDENTROPY, request.data()) != 0) {
    report(std::string("cannot add entropy: ") + std::strerror(errno));
    return;
  }
  ::ioctl(random.get(), RNDRESEEDCRNG);
}

void set_host_name(const std::string& name) {
  if (::sethostname(name.data(), name.size()) != 0) report("cannot set the host name");
}

void bring_up_loopback() {
  const base::Fd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request = {};
  std::strncpy(request.ifr_name, "lo", sizeof request.ifr_name - 1);
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  // The kernel gives 127.0.0.1 and ::1 to "lo" by itself.
  if (socket) ::ioctl(socket.get(), SIOCSIFFLAGS, &request);
}

}  // namespace

Identity::Identity() : random_(::open("/dev/urandom", O_WRONLY | O_CLOEXEC)) {
  set_host_name(wire::kHostName);
  bring_up_loopback();
}

void Identity::take(const wire::Setup& setup) {
  const timespec now = {static_cast<time_t>(setup.realtime_ns / 1'000'000'000),
                        static_cast<long>(setup.realtime_ns % 1'000'000'000)};
  if (::clock_settime(CLOCK_REALTIME, &now) != 0) report("cannot set the clock");
  if (!setup.entropy.empty()) add_entropy(random_, setup.entropy);
  if (!setup.hostname.empty()) set_host_name(setup.hostname);
}

}  // namespace quiz::init
