// A guest's driver against each of the monitor's virtio devices (src/vmm): arbitrary memory, then
// arbitrary accesses to the registers, with what the devices do in between. Checked by the
// sanitizers: nothing outside of the guest's memory is touched; and by what is expected of the
// disk: it stays as large as it is, and the read-only one as it was.
//
// The input: two bytes with a length, so many bytes for the memory's beginning (the queues of the
// tests' seeds lie there), then commands of six bytes: a device, an offset in its registers by 4,
// and a value.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "base/pipe.h"
#include "expect.h"
#include "files/request.h"
#include "vmm/serial.h"
#include "vmm/virtio_blk.h"
#include "vmm/virtio_console.h"
#include "vmm/virtio_fs.h"
#include "vmm/virtio_rng.h"

namespace {

using namespace quiz;
using namespace quiz::vmm;
using fuzz::expect;

constexpr std::uint64_t kDiskSize = 64 << 10;

base::Fd make_disk() {
  base::Fd file(::memfd_create("disk", MFD_CLOEXEC));
  expect(::ftruncate(file.get(), kDiskSize) == 0, "there is a disk");
  return file;
}

DiskOrder disk_order(bool read_only) {
  DiskOrder order{};
  order.bytes = kDiskSize;
  order.sector = 512;
  order.read_only = read_only ? 1 : 0;
  std::memcpy(order.name, "disk", 4);
  return order;
}

constexpr std::size_t kMemory = 64 << 10;

/// Made once: what a driver forgets is forgotten.
struct Machine {
  // On the heap, so that what is beyond is noticed.
  const std::unique_ptr<std::uint8_t[]> bytes{new std::uint8_t[kMemory]()};
  const GuestMemory memory{bytes.get(), kMemory, kMemory};
  const VirtioDevice::Connections to = {&memory, [] {}, [] {}};
  base::SocketPair wire = base::make_socket_pair();
  base::SocketPair packets = base::make_packet_pair();
  const base::Fd disk_file = make_disk();
  const base::Fd kept_file = make_disk();
  const char tag[VirtioFs::kTagSize] = "host";
  VirtioConsole console{wire.first.get(), to};
  VirtioRng entropy{to};
  VirtioFs share{packets.first.get(), tag, to};
  VirtioBlk disk{disk_file.get(), disk_order(false), to};
  VirtioBlk kept{kept_file.get(), disk_order(true), to};
  const std::array<VirtioDevice*, 5> devices = {&console, &entropy, &share, &disk, &kept};

  Machine() {
    for (const int fd :
         {wire.first.get(), wire.second.get(), packets.first.get(), packets.second.get()}) {
      base::set_nonblocking(fd, true);
    }
  }
  void begin(const std::uint8_t* content, std::size_t size) {
    constexpr std::uint64_t kStatus = 0x70;
    const std::uint8_t zero[4] = {};
    for (VirtioDevice* const device : devices) device->write(kStatus, zero, sizeof zero);
    std::memset(bytes.get(), 0, kMemory);
    std::memcpy(bytes.get(), content, std::min(size, kMemory));
    (void)!::send(wire.second.get(), "from the host", 13, 0);
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Machine machine;
  auto& [bytes, memory, to, wire, packets, disk_file, kept_file, tag, console, entropy, share, disk,
         kept, devices] = machine;
  if (size < 2) return 0;
  const std::size_t length = std::min<std::size_t>(data[0] | data[1] << 8, size - 2);
  machine.begin(data + 2, length);
  data += 2 + length;
  size -= 2 + length;
  for (; size >= 6; data += 6, size -= 6) {
    VirtioDevice& device = *devices[data[0] % devices.size()];
    const std::uint64_t offset = (data[1] * 4U) % VirtioDevice::kRegisters;
    std::uint8_t value[4];
    device.read(offset, value, sizeof value);
    std::memcpy(value, data + 2, sizeof value);
    device.write(offset, value, sizeof value);
    console.serve();
    entropy.serve();
    share.serve();
    disk.work();
    kept.work();
    // Whoever is at the other ends: the wire's answers with what it got, the server with as much.
    std::array<char, 4096> chunk;
    const ssize_t got = ::recv(wire.second.get(), chunk.data(), chunk.size(), 0);
    if (got > 0) (void)!::send(wire.second.get(), chunk.data(), static_cast<std::size_t>(got), 0);
    const ssize_t asked = ::recv(packets.second.get(), chunk.data(), chunk.size(), 0);
    if (asked > 0) {
      expect(asked >= static_cast<ssize_t>(sizeof(files::Envelope)), "there is an envelope");
      (void)!::send(packets.second.get(), chunk.data(), static_cast<std::size_t>(asked), 0);
    }
  }
  static unsigned runs = 0;
  if (++runs % 100 != 0) return 0;
  struct stat status = {};
  expect(::fstat(disk_file.get(), &status) == 0 && status.st_size == kDiskSize,
         "it keeps its size");
  std::vector<char> content(kDiskSize);
  expect(::pread(kept_file.get(), content.data(), content.size(), 0) == kDiskSize, "it is there");
  expect(std::all_of(content.begin(), content.end(), [](char c) { return c == 0; }),
         "what is read-only stays as it is");
  return 0;
}
