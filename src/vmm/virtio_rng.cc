#include "vmm/virtio_rng.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace quiz::vmm {

void VirtioRng::serve_queues() {
  Virtqueue& requests = queue(0);
  Chain chain;
  bool some = false;
  for (int i = 0; i < kMostAtOnce && requests.pop(chain); ++i) {
    // As many as one call gives without a signal's leave (getrandom(2)). The call itself: the C
    // library's maps memory of its own for it.
    std::array<std::uint8_t, 256> bytes;
    const long count = ::syscall(SYS_getrandom, bytes.data(), bytes.size(), 0);
    const std::size_t size =
        count > 0 ? chain.write(bytes.data(), static_cast<std::size_t>(count)) : 0;
    requests.push(chain.head, static_cast<std::uint32_t>(size));
    some = true;
  }
  if (some) tell_driver(requests);
  if (requests.has_some()) serve_again();
}

}  // namespace quiz::vmm
