#include "boot/plan.h"

#include <fmt/format.h>

namespace quiz::boot {

Board usual_board(Protocol protocol) {
  return protocol == Protocol::linux64 || protocol == Protocol::pvh ? Board::microvm : Board::q35;
}

std::string_view name_of(Protocol protocol) {
  switch (protocol) {
    case Protocol::linux64:
      return "linux";
    case Protocol::freebsd:
      return "freebsd";
    case Protocol::pvh:
      return "pvh";
    case Protocol::multiboot2:
      return "multiboot2";
    case Protocol::multiboot1:
      return "multiboot1";
  }
  return {};
}

std::string address_text(std::uint64_t address) { return fmt::format("0x{:x}", address); }

std::string size_text(std::uint64_t bytes) {
  constexpr double kKiB = 1024;
  if (bytes < 1024) return fmt::format("{} bytes", bytes);
  if (bytes < std::uint64_t{1024} * 1024) {
    return fmt::format("0x{:x} ({:.1f} KiB)", bytes, static_cast<double>(bytes) / kKiB);
  }
  return fmt::format("0x{:x} ({:.1f} MiB)", bytes, static_cast<double>(bytes) / (kKiB * kKiB));
}

}  // namespace quiz::boot
