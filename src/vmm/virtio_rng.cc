#include "vmm/virtio_rng.h"

#include <sys/random.h>

#include <algorithm>
#include <array>

namespace quiz::vmm {

void VirtioRng::serve_queues() {
  Virtqueue& requests = queue(0);
  Chain chain;
  bool some = false;
  while (requests.pop(chain)) {
    // As many as one call gives without a signal's leave (getrandom(2)).
    std::array<std::uint8_t, 256> bytes;
    const ssize_t count = ::getrandom(bytes.data(), bytes.size(), 0);
    const std::size_t size =
        count > 0 ? chain.write(bytes.data(), static_cast<std::size_t>(count)) : 0;
    requests.push(chain.head, static_cast<std::uint32_t>(size));
    some = true;
  }
  if (some) tell_driver(requests);
}

}  // namespace quiz::vmm
