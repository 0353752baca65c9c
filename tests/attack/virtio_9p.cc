#include "virtio_9p.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "base/fd.h"

namespace quiz::attack {

namespace fs = std::filesystem;

namespace {

// Virtio 1.1, 4.1.4: the capabilities that say where the structures are, each followed by bar,
// offset and length.
constexpr std::uint8_t kVendorCapability = 9;
constexpr std::uint8_t kCommonStructure = 1;
constexpr std::uint8_t kNotifyStructure = 2;
constexpr std::uint8_t kDeviceStructure = 4;
// 4.1.4.3: the common structure.
constexpr std::size_t kDriverFeatureSelect = 8;
constexpr std::size_t kDriverFeature = 12;
constexpr std::size_t kStatus = 20;
constexpr std::size_t kQueueSelect = 22;
constexpr std::size_t kQueueSize = 24;
constexpr std::size_t kQueueEnable = 28;
constexpr std::size_t kQueueNotifyOffset = 30;
constexpr std::size_t kQueueDescriptors = 32;
constexpr std::size_t kQueueAvailable = 40;
constexpr std::size_t kQueueUsed = 48;
// 2.1: the status.
constexpr std::uint8_t kAcknowledge = 1;
constexpr std::uint8_t kDriver = 2;
constexpr std::uint8_t kDriverOk = 4;
constexpr std::uint8_t kFeaturesOk = 8;
// 2.6: the queue. Ours has two entries and all of it is in one page.
constexpr std::uint16_t kEntries = 2;
constexpr std::size_t kAvailable = 1024;
constexpr std::size_t kUsed = 2048;
constexpr std::uint16_t kHasNext = 1;
constexpr std::uint16_t kDeviceWrites = 2;
constexpr std::uint16_t kNoInterrupt = 1;

constexpr std::size_t kRing = 0;
constexpr std::size_t kRequest = 1;
constexpr std::size_t kAnswer = 2;

struct Descriptor {
  std::uint64_t address;
  std::uint32_t length;
  std::uint16_t flags;
  std::uint16_t next;
};
static_assert(sizeof(Descriptor) == 16);

template <typename Number>
Number number_at(const std::string& bytes, std::size_t offset) {
  Number value = 0;
  if (offset + sizeof value > bytes.size()) return 0;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

std::string content(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::uint8_t* map_region(const std::string& device, unsigned bar, std::size_t size) {
  const base::Fd file(
      ::open((device + "/resource" + std::to_string(bar)).c_str(), O_RDWR | O_SYNC | O_CLOEXEC));
  void* const memory =
      file ? ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0) : MAP_FAILED;
  if (memory == MAP_FAILED) {
    throw std::runtime_error("cannot map the registers of " + device +
                             " (is iomem=relaxed on the kernel's command line?)");
  }
  return static_cast<std::uint8_t*>(memory);
}

}  // namespace

DeviceMemory::DeviceMemory(std::size_t pages) : size_(pages * kPage) {
  void* const memory = ::mmap(nullptr, size_, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED | MAP_POPULATE, -1, 0);
  if (memory == MAP_FAILED) throw std::runtime_error("no memory that stays in its place");
  begin_ = static_cast<std::uint8_t*>(memory);
  std::memset(begin_, 0, size_);
}

DeviceMemory::~DeviceMemory() { ::munmap(begin_, size_); }

std::uint64_t DeviceMemory::physical(std::size_t index) const {
  // Documentation/admin-guide/mm/pagemap.rst
  constexpr std::uint64_t kFrame = (std::uint64_t{1} << 55) - 1;
  const base::Fd map(::open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC));
  std::uint64_t entry = 0;
  const auto at = reinterpret_cast<std::uintptr_t>(page(index)) / kPage * sizeof entry;
  if (!map || ::pread(map.get(), &entry, sizeof entry, static_cast<off_t>(at)) != sizeof entry ||
      (entry & kFrame) == 0) {
    throw std::runtime_error("cannot find out a physical address");
  }
  return (entry & kFrame) * kPage;
}

Virtio9p::Virtio9p(const std::string& tag) : memory_(3) {
  if (::mlockall(MCL_CURRENT | MCL_FUTURE) != 0) throw std::runtime_error("cannot lock the memory");
  find(tag);
  start();
}

Virtio9p::~Virtio9p() { put<std::uint8_t>(kStatus, 0); }

void Virtio9p::find(const std::string& tag) {
  for (const auto& entry : fs::directory_iterator("/sys/bus/pci/devices")) {
    const std::string vendor = content(entry.path() / "vendor");
    const std::string model = content(entry.path() / "device");
    const bool is_9p = model == "0x1009\n" || model == "0x1049\n";
    if (vendor == "0x1af4\n" && is_9p && open(entry.path().string(), tag)) return;
  }
  throw std::runtime_error("there is no 9p device on the PCI bus with the tag " + tag);
}

bool Virtio9p::open(const std::string& device, const std::string& tag) {
  const std::string config = content(device + "/config");
  std::uint8_t* tag_structure = nullptr;
  std::uint8_t at = number_at<std::uint8_t>(config, 0x34);
  for (; at != 0; at = number_at<std::uint8_t>(config, at + 1U)) {
    if (number_at<std::uint8_t>(config, at) != kVendorCapability) continue;
    const auto type = number_at<std::uint8_t>(config, at + 3U);
    if (type != kCommonStructure && type != kNotifyStructure && type != kDeviceStructure) continue;
    const auto offset = number_at<std::uint32_t>(config, at + 8U);
    const auto length = number_at<std::uint32_t>(config, at + 12U);
    std::uint8_t* const structure =
        map_region(device, number_at<std::uint8_t>(config, at + 4U), offset + length) + offset;
    if (type == kCommonStructure) common_ = structure;
    if (type == kDeviceStructure) tag_structure = structure;
    if (type == kNotifyStructure) {
      notify_ = structure;
      notify_step_ = number_at<std::uint32_t>(config, at + 16U);
    }
  }
  if (common_ == nullptr || notify_ == nullptr || tag_structure == nullptr) return false;
  std::string found;
  for (std::size_t index = 0; index < tag_structure[0]; ++index) {
    found += static_cast<char>(tag_structure[2 + index]);
  }
  return found == tag;
}

template <typename Number>
void Virtio9p::put(std::size_t offset, Number value) {
  *reinterpret_cast<volatile Number*>(common_ + offset) = value;
}

template <typename Number>
Number Virtio9p::get(std::size_t offset) const {
  return *reinterpret_cast<const volatile Number*>(common_ + offset);
}

/// Virtio 1.1, 3.1.1
void Virtio9p::start() {
  put<std::uint8_t>(kStatus, 0);
  while (get<std::uint8_t>(kStatus) != 0) ::sched_yield();
  put<std::uint8_t>(kStatus, kAcknowledge | kDriver);
  // Of the features only "virtio 1": bit 32.
  put<std::uint32_t>(kDriverFeatureSelect, 0);
  put<std::uint32_t>(kDriverFeature, 0);
  put<std::uint32_t>(kDriverFeatureSelect, 1);
  put<std::uint32_t>(kDriverFeature, 1);
  put<std::uint8_t>(kStatus, kAcknowledge | kDriver | kFeaturesOk);
  if ((get<std::uint8_t>(kStatus) & kFeaturesOk) == 0) {
    throw std::runtime_error("the device refuses virtio 1");
  }
  const auto put_address = [&](std::size_t offset, std::uint64_t address) {
    put<std::uint32_t>(offset, static_cast<std::uint32_t>(address));
    put<std::uint32_t>(offset + 4, static_cast<std::uint32_t>(address >> 32));
  };
  put<std::uint16_t>(kQueueSelect, 0);
  put<std::uint16_t>(kQueueSize, kEntries);
  const std::uint64_t ring = memory_.physical(kRing);
  put_address(kQueueDescriptors, ring);
  put_address(kQueueAvailable, ring + kAvailable);
  put_address(kQueueUsed, ring + kUsed);
  notify_ += get<std::uint16_t>(kQueueNotifyOffset) * notify_step_;
  put<std::uint16_t>(kQueueEnable, 1);
  put<std::uint8_t>(kStatus, kAcknowledge | kDriver | kFeaturesOk | kDriverOk);
}

std::string Virtio9p::exchange(const std::string& request) {
  if (request.size() > kMessageSize) throw std::runtime_error("too long a request");
  std::uint8_t* const ring = memory_.page(kRing);
  std::memcpy(memory_.page(kRequest), request.data(), request.size());
  std::memset(memory_.page(kAnswer), 0, kMessageSize);
  const Descriptor chain[kEntries] = {
      {memory_.physical(kRequest), static_cast<std::uint32_t>(request.size()), kHasNext, 1},
      {memory_.physical(kAnswer), kMessageSize, kDeviceWrites, 0}};
  std::memcpy(ring, chain, sizeof chain);
  auto* const available = reinterpret_cast<volatile std::uint16_t*>(ring + kAvailable);
  const auto* const used = reinterpret_cast<const volatile std::uint16_t*>(ring + kUsed);
  available[0] = kNoInterrupt;
  available[2 + sent_ % kEntries] = 0;  // the chain begins with the first descriptor
  std::atomic_thread_fence(std::memory_order_seq_cst);
  available[1] = ++sent_;
  std::atomic_thread_fence(std::memory_order_seq_cst);
  *reinterpret_cast<volatile std::uint16_t*>(notify_) = 0;

  const auto limit = std::chrono::steady_clock::now() + std::chrono::minutes(2);
  while (used[1] != sent_) {
    if (std::chrono::steady_clock::now() > limit) throw std::runtime_error("no answer comes");
    // A virtual CPU that spins takes from QEMU the time to answer, where there are few of them.
    constexpr useconds_t kPause = 50;
    ::usleep(kPause);
  }
  std::atomic_thread_fence(std::memory_order_seq_cst);
  const std::uint8_t* const answer = memory_.page(kAnswer);
  std::uint32_t size = 0;
  std::memcpy(&size, answer, sizeof size);
  if (size < 7 || size > kMessageSize) throw std::runtime_error("an answer of no sensible size");
  return {reinterpret_cast<const char*>(answer), size};
}

}  // namespace quiz::attack
