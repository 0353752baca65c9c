#include "boot/mp_table.h"

#include <algorithm>
#include <cstring>
#include <numeric>

#include "boot/layout.h"
#include "boot/layout_mp_table.h"

namespace quiz::boot {

namespace {

constexpr std::uint8_t kRevision = 4;  // 1.4
constexpr std::uint8_t kApicVersion = 0x14;
constexpr std::uint8_t kIoApicVersion = 0x11;
constexpr std::uint32_t kCpuSignature = 0x600;  // any P6
constexpr std::uint32_t kCpuFeatures = 0x201;   // FPU and APIC
constexpr unsigned kPins = 24;
constexpr unsigned kCascade = 2;  // the 8259s' own line; the I/O APIC has the timer there
constexpr std::uint8_t kAllApics = 0xFF;

template <typename Layout>
void append(std::string& bytes, const Layout& layout) {
  bytes.append(reinterpret_cast<const char*>(&layout), sizeof layout);
}

/// What makes the sum of all bytes 0.
std::uint8_t checksum(std::string_view bytes) {
  const auto sum = std::accumulate(bytes.begin(), bytes.end(), 0U, [](unsigned total, char byte) {
    return total + static_cast<unsigned char>(byte);
  });
  return static_cast<std::uint8_t>(0U - sum);
}

MpInterrupt interrupt(std::uint8_t type, std::uint8_t kind, unsigned line, unsigned apic,
                      unsigned pin) {
  MpInterrupt entry{};
  entry.type = type;
  entry.kind = kind;
  entry.line = static_cast<std::uint8_t>(line);
  entry.apic = static_cast<std::uint8_t>(apic);
  entry.pin = static_cast<std::uint8_t>(pin);
  return entry;
}

std::string entries(unsigned cpus, std::uint16_t& count) {
  std::string bytes;
  for (unsigned cpu = 0; cpu < cpus; ++cpu) {
    MpProcessor processor{};
    processor.apic = static_cast<std::uint8_t>(cpu);
    processor.apic_version = kApicVersion;
    processor.flags = cpu == 0 ? 3 : 1;
    processor.signature = kCpuSignature;
    processor.features = kCpuFeatures;
    append(bytes, processor);
  }
  append(bytes, MpBus{1, 0, {'I', 'S', 'A', ' ', ' ', ' '}});
  // The I/O APIC's number must be one that no CPU has.
  const auto io_apic = static_cast<std::uint8_t>(std::min(cpus, 255U));
  MpIoApic controller{};
  controller.type = 2;
  controller.apic = io_apic;
  controller.version = kIoApicVersion;
  controller.flags = 1;
  controller.address = static_cast<std::uint32_t>(kIoApicAddress);
  append(bytes, controller);
  count = static_cast<std::uint16_t>(cpus + 2);
  for (unsigned line = 0; line < kPins; ++line) {
    if (line == kCascade) continue;
    append(bytes, interrupt(3, 0, line, io_apic, line == 0 ? kCascade : line));
    ++count;
  }
  append(bytes, interrupt(4, 3, 0, 0, 0));          // the 8259 to LINT0 of the boot CPU
  append(bytes, interrupt(4, 1, 0, kAllApics, 1));  // NMI to LINT1 of all
  count = static_cast<std::uint16_t>(count + 2);
  return bytes;
}

std::string table(unsigned cpus) {
  MpTable header{};
  std::uint16_t count = 0;
  const std::string content = entries(cpus, count);
  std::memcpy(header.signature, "PCMP", 4);
  std::memcpy(header.oem, "QUIZ    ", 8);
  std::memcpy(header.product, "MICROVM     ", 12);
  header.length = static_cast<std::uint16_t>(sizeof header + content.size());
  header.revision = kRevision;
  header.entries = count;
  header.local_apic = static_cast<std::uint32_t>(kLocalApicAddress);
  std::string bytes;
  append(bytes, header);
  bytes += content;
  bytes[offsetof(MpTable, checksum)] = static_cast<char>(checksum(bytes));
  return bytes;
}

std::string pointer() {
  MpPointer header{};
  std::memcpy(header.signature, "_MP_", 4);
  header.table = static_cast<std::uint32_t>(kMpTableAddress);
  header.length = 1;
  header.revision = kRevision;
  std::string bytes;
  append(bytes, header);
  bytes[offsetof(MpPointer, checksum)] = static_cast<char>(checksum(bytes));
  return bytes;
}

}  // namespace

void add_mp_table(MemoryLayout& layout, const Platform& platform) {
  if (platform.has_acpi()) return;
  Segment configuration;
  configuration.name = "MP table";
  configuration.address = kMpTableAddress;
  configuration.owned = table(platform.cpus);
  layout.add_reserved(std::move(configuration));
  Segment floating;
  floating.name = "MP floating pointer";
  floating.address = kMpPointerAddress;
  floating.owned = pointer();
  layout.add_reserved(std::move(floating));
}

}  // namespace quiz::boot
