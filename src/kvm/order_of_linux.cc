#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <string_view>

#include "base/error.h"
#include "base/files.h"
#include "kvm/order_of.h"
#include "kvm/registers.h"

namespace quiz::kvm {

namespace {

template <typename Value>
std::string_view bytes_of(const Value& value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

/// The text and a NUL behind it, where there is room.
template <std::size_t Size>
void put(char (&to)[Size], const std::string& text) {
  std::copy_n(text.begin(), std::min(text.size(), Size), to);
}

vmm::Order head_of(const machine::MachineSpec& spec, const boot::BootPlan& plan, bool filter) {
  vmm::Order order{};
  order.memory = plan.platform.memory;
  order.low_memory = plan.platform.low_memory;
  order.cpus = plan.platform.cpus;
  order.pieces = static_cast<std::uint32_t>(plan.segments.size());
  order.filter = filter ? 1 : 0;
  order.registers = registers_of(plan.cpu);
  order.system_registers = system_registers_of(plan.cpu);
  if (spec.plan != nullptr) return order;  // a bare kernel's machine has no devices
  order.wire = 1;
  order.disks = static_cast<std::uint32_t>(disks_of(spec).size());
  order.shares = static_cast<std::uint32_t>(spec.shares.size());
  return order;
}

vmm::DiskOrder disk_order(const machine::Disk& disk) {
  vmm::DiskOrder order{};
  order.bytes = disk.bytes;
  order.sector = disk.sector;
  order.read_only = disk.read_only ? 1 : 0;
  order.kept = disk.kept ? 1 : 0;
  put(order.name, disk.name);
  return order;
}

vmm::ShareOrder share_order(const machine::Share& share) {
  vmm::ShareOrder order{};
  put(order.tag, share.tag);
  return order;
}

}  // namespace

std::vector<machine::Disk> disks_of(const machine::MachineSpec& spec) {
  std::vector<machine::Disk> disks;
  if (!spec.root_image.empty()) {
    const std::uint64_t bytes = std::filesystem::file_size(spec.root_image);
    disks.push_back({machine::kRootDisk, spec.root_image, bytes, 512, true, false});
  }
  disks.insert(disks.end(), spec.disks.begin(), spec.disks.end());
  return disks;
}

std::size_t device_count(const machine::MachineSpec& spec) {
  constexpr std::size_t kWireAndEntropy = 2;
  return kWireAndEntropy + spec.shares.size() + spec.disks.size() +
         (spec.root_image.empty() ? 0 : 1);
}

base::Fd make_order(const machine::MachineSpec& spec, const boot::BootPlan& plan, bool filter) {
  constexpr char kName[] = "quiz-order";
  base::Fd file(::memfd_create(kName, MFD_CLOEXEC));
  if (!file) throw base::SystemError("there is no room for what the machine boots");
  if (plan.segments.size() > vmm::kMostPieces) {
    throw base::Error(fmt::format("the kernel has {} parts, more than {}", plan.segments.size(),
                                  vmm::kMostPieces));
  }
  const auto write = [&](std::string_view bytes) { base::write_all(file.get(), bytes, kName); };
  const vmm::Order order = head_of(spec, plan, filter);
  write(bytes_of(order));
  for (const boot::Segment& segment : plan.segments) {
    write(bytes_of(vmm::Piece{segment.address, segment.bytes().size()}));
  }
  if (order.wire != 0) {
    for (const machine::Disk& disk : disks_of(spec)) write(bytes_of(disk_order(disk)));
    for (const machine::Share& share : spec.shares) write(bytes_of(share_order(share)));
  }
  for (const boot::Segment& segment : plan.segments) write(segment.bytes());
  ::lseek(file.get(), 0, SEEK_SET);
  return file;
}

}  // namespace quiz::kvm
