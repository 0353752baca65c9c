#include "kernel/image_s390x.h"

#include "base/error.h"

namespace quiz::kernel {

namespace {

// arch/s390/include/asm/setup.h: the mark (arch/s390/boot/head.S), and of struct parmarea the
// address of the version, which is an offset in the file, for that is loaded at 0.
constexpr std::string_view kMark = "S390EP";
constexpr std::size_t kMarkOffset = 0x10008;
constexpr std::size_t kVersionField = 0x10428;
constexpr std::size_t kLongestVersion = 256;

/// A number as the machine has it: the most significant byte first.
std::uint64_t number_at(std::string_view bytes, std::size_t offset) {
  std::uint64_t value = 0;
  for (const char c : bytes.substr(offset, sizeof value)) {
    value = value << 8 | static_cast<unsigned char>(c);
  }
  return value;
}

}  // namespace

bool looks_like_s390x(std::string_view bytes) {
  return bytes.size() > kMarkOffset && bytes.substr(kMarkOffset).starts_with(kMark);
}

ImageS390x parse_s390x(std::string_view bytes) {
  if (!looks_like_s390x(bytes) || bytes.size() < kVersionField + sizeof(std::uint64_t)) {
    throw base::Error("its header is cut off");
  }
  const std::uint64_t address = number_at(bytes, kVersionField);
  if (address == 0 || address >= bytes.size()) {
    throw base::Error("it does not say which release of Linux it is");
  }
  const std::string_view version = bytes.substr(static_cast<std::size_t>(address), kLongestVersion);
  return {std::string(version.substr(0, version.find('\0')))};
}

}  // namespace quiz::kernel
