#include "vmm/virtio_blk.h"

#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <utility>

#include "vmm/jail.h"

namespace quiz::vmm {

namespace {

constexpr std::uint32_t kKind = 2;
constexpr std::uint64_t kSector = 512;
constexpr std::uint32_t kMostSegments = kLargestQueue - 2;

// Features.
constexpr std::uint64_t kSegMax = 1 << 2;
constexpr std::uint64_t kReadOnly = 1 << 5;
constexpr std::uint64_t kBlockSize = 1 << 6;
constexpr std::uint64_t kFlush = 1 << 9;
constexpr std::uint64_t kDiscard = 1 << 13;
constexpr std::uint64_t kWriteZeroes = 1 << 14;

enum Type : std::uint32_t {
  kIn = 0,
  kOut = 1,
  kFlushType = 4,
  kGetId = 8,
  kDiscardType = 11,
  kWriteZeroesType = 13,
};

enum Status : std::uint8_t { kOk = 0, kError = 1, kUnsupported = 2 };

/// The device's registers.
struct Configuration {
  std::uint64_t capacity;  // in sectors
  std::uint32_t size_max;
  std::uint32_t seg_max;
  std::uint8_t geometry[4];
  std::uint32_t blk_size;
  std::uint8_t topology[8];
  std::uint8_t writeback;
  std::uint8_t unused0;
  std::uint16_t num_queues;
  std::uint32_t max_discard_sectors;
  std::uint32_t max_discard_seg;
  std::uint32_t discard_sector_alignment;
  std::uint32_t max_write_zeroes_sectors;
  std::uint32_t max_write_zeroes_seg;
  std::uint8_t write_zeroes_may_unmap;
  std::uint8_t unused1[3];
};
static_assert(offsetof(Configuration, write_zeroes_may_unmap) == 56);

/// What discards and zeroes are about.
struct Range {
  std::uint64_t sector;
  std::uint32_t sectors;
  std::uint32_t flags;
};
static_assert(sizeof(Range) == 16);

std::uint64_t features_of(const DiskOrder& order) {
  return kSegMax | kBlockSize | kFlush |
         (order.read_only != 0 ? kReadOnly : kDiscard | kWriteZeroes);
}

}  // namespace

struct VirtioBlk::Request {
  std::uint32_t type;
  std::uint32_t reserved;
  std::uint64_t sector;
};

VirtioBlk::VirtioBlk(int file, const DiskOrder& order, Connections to)
    : VirtioDevice(kKind, features_of(order), 1,
                   {to.memory, std::move(to.interrupt), [this] { wake(); }}),
      file_(file),
      order_(order) {}

std::uint8_t VirtioBlk::configuration(std::size_t offset) const {
  Configuration values{};
  values.capacity = order_.bytes / kSector;
  values.seg_max = kMostSegments;
  values.blk_size = order_.sector;
  values.max_discard_sectors = values.max_write_zeroes_sectors = 0x3FFFFF;
  values.max_discard_seg = values.max_write_zeroes_seg = 1;
  values.discard_sector_alignment = order_.sector / kSector;
  values.write_zeroes_may_unmap = 1;
  return offset < sizeof values ? reinterpret_cast<const std::uint8_t*>(&values)[offset] : 0;
}

void VirtioBlk::start(bool filter, Control& control) {
  filter_ = filter;
  control_ = &control;
  const int error = ::pthread_create(&thread_, nullptr, thread, this);
  if (error != 0) control.give_up("no thread for a disk", error);
}

void VirtioBlk::wake() {
  const std::scoped_lock guard(waking_);
  awake_ = true;
  woken_.notify_one();
}

void* VirtioBlk::thread(void* self) {
  auto& disk = *static_cast<VirtioBlk*>(self);
  if (disk.filter_) allow_calls_of_disk(*disk.control_);
  disk.run();
}

void VirtioBlk::run() {
  for (;;) {
    {
      std::unique_lock waiting(waking_);
      woken_.wait(waiting, [this] { return awake_; });
      awake_ = false;
    }
    work();
  }
}

/// Who has reset a device may give its buffers to others.
void VirtioBlk::reset() {
  ++generation_;
  while (moving_) moving_.wait(true);
}

void VirtioBlk::work() {
  Chain chain;
  std::unique_lock guard(lock());
  while (ready() && queue(0).pop(chain)) {
    const unsigned generation = generation_;
    moving_ = true;
    guard.unlock();
    std::uint32_t written = 0;
    carry_out(chain, written);
    moving_ = false;
    moving_.notify_all();
    guard.lock();
    if (generation != generation_) break;
    queue(0).push(chain.head, written + 1);
    tell_driver(queue(0));
  }
  guard.unlock();
  serve();  // tells a driver that its queue is broken
}

void VirtioBlk::carry_out(const Chain& chain, std::uint32_t& written) const {
  Request request{};
  std::uint8_t status = kError;
  const std::size_t room = chain.writable_size();
  if (chain.read(&request, sizeof request) == sizeof request && room > 0) {
    switch (request.type) {
      case kIn:
      case kOut:
        status = transfer(request, chain, written);
        break;
      case kFlushType:
        status = order_.kept == 0 || ::fdatasync(file_) == 0 ? kOk : kError;
        break;
      case kGetId:
        written = static_cast<std::uint32_t>(
            chain.write(order_.name, std::min(sizeof order_.name, room - 1)));
        status = kOk;
        break;
      case kDiscardType:
      case kWriteZeroesType:
        status = clear(request, chain);
        break;
      default:
        status = kUnsupported;
        break;
    }
  }
  if (room > 0) chain.write(&status, 1, room - 1);  // the last byte
}

std::uint8_t VirtioBlk::transfer(const Request& request, const Chain& chain,
                                 std::uint32_t& written) const {
  const bool in = request.type == kIn;
  if (!in && order_.read_only != 0) return kError;
  // Without the request itself in front, or the status behind.
  std::array<iovec, kLargestQueue> parts;
  const iovec* const from = in ? chain.outputs() : chain.inputs();
  const std::size_t count = in ? chain.writable : chain.readable;
  std::size_t skip = in ? 0 : sizeof request;
  std::size_t left = in ? chain.writable_size() - 1 : chain.readable_size() - sizeof request;
  const std::size_t bytes = left;
  std::size_t used = 0;
  for (std::size_t i = 0; i < count && left > 0; ++i) {
    if (skip >= from[i].iov_len) {
      skip -= from[i].iov_len;
      continue;
    }
    const std::size_t part = std::min(from[i].iov_len - skip, left);
    parts[used++] = {static_cast<char*>(from[i].iov_base) + skip, part};
    left -= part;
    skip = 0;
  }
  const std::uint64_t capacity = order_.bytes / kSector;
  if (bytes % kSector != 0 || request.sector > capacity ||
      bytes / kSector > capacity - request.sector) {
    return kError;
  }
  auto offset = static_cast<off_t>(request.sector * kSector);
  iovec* next = parts.data();
  std::size_t done = 0;
  while (done < bytes) {
    const int vectors = static_cast<int>(parts.data() + used - next);
    const ssize_t moved =
        in ? ::preadv(file_, next, vectors, offset) : ::pwritev(file_, next, vectors, offset);
    if (moved < 0 && errno == EINTR) continue;
    if (moved <= 0) return kError;
    done += static_cast<std::size_t>(moved);
    offset += moved;
    for (auto rest = static_cast<std::size_t>(moved); rest > 0;) {
      const std::size_t part = std::min(rest, next->iov_len);
      next->iov_base = static_cast<char*>(next->iov_base) + part;
      next->iov_len -= part;
      rest -= part;
      if (next->iov_len == 0) ++next;
    }
  }
  if (in) written = static_cast<std::uint32_t>(bytes);
  return kOk;
}

/// A hole reads as zeros, which is what both ask for.
std::uint8_t VirtioBlk::clear(const Request& request, const Chain& chain) const {
  if (order_.read_only != 0) return kError;
  Range range{};
  if (chain.readable_size() != sizeof request + sizeof range ||
      chain.read(&range, sizeof range, sizeof request) != sizeof range) {
    return kUnsupported;
  }
  const std::uint64_t capacity = order_.bytes / kSector;
  if (range.sector > capacity || range.sectors > capacity - range.sector) return kError;
  if (range.sectors == 0) return kOk;
  const int result = ::fallocate(file_, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                                 static_cast<off_t>(range.sector * kSector),
                                 static_cast<off_t>(range.sectors * kSector));
  if (result == 0) return kOk;
  return errno == EOPNOTSUPP ? kUnsupported : kError;
}

}  // namespace quiz::vmm
