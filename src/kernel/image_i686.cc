#include "kernel/image_i686.h"

#include <cstring>

#include "base/error.h"
#include "boot/bzimage.h"

namespace quiz::kernel {

namespace {

// boot.rst, "Details of Header Fields".
constexpr std::size_t kProtocol = 0x206;
constexpr std::size_t kVersion = 0x20E;
constexpr std::size_t kFlags = 0x236;  // xloadflags, since protocol 2.12
constexpr std::size_t kPreferredAddress = 0x258;
constexpr std::size_t kNeeded = 0x260;  // init_size
constexpr std::size_t kHeaderEnd = 0x268;
constexpr std::uint64_t kProtocolOfFlags = 0x020C;
constexpr std::uint64_t kHas64BitEntry = 1;
/// The version's place is told relative to that.
constexpr std::size_t kSetup = 0x200;
constexpr std::size_t kLongestVersion = 256;

std::uint64_t number_at(std::string_view bytes, std::size_t offset, std::size_t size) {
  std::uint64_t value = 0;
  for (std::size_t i = size; i > 0; --i) {
    value = value << 8 | static_cast<unsigned char>(bytes[offset + i - 1]);
  }
  return value;
}

}  // namespace

bool looks_like_i686(std::string_view bytes) {
  return boot::looks_like_bzimage(bytes) && bytes.size() >= kHeaderEnd &&
         number_at(bytes, kProtocol, 2) >= kProtocolOfFlags &&
         (number_at(bytes, kFlags, 2) & kHas64BitEntry) == 0;
}

ImageI686 parse_i686(std::string_view bytes) {
  if (!looks_like_i686(bytes)) throw base::Error("its header is cut off");
  const std::uint64_t version = number_at(bytes, kVersion, 2) + kSetup;
  if (version == kSetup || version >= bytes.size()) {
    throw base::Error("it does not say which release of Linux it is");
  }
  const std::string_view text = bytes.substr(static_cast<std::size_t>(version), kLongestVersion);
  ImageI686 image;
  image.version = text.substr(0, text.find('\0'));
  image.memory = number_at(bytes, kPreferredAddress, 8) + number_at(bytes, kNeeded, 4);
  if (image.memory > std::uint64_t{1} << 32) throw base::Error("it claims an impossible size");
  return image;
}

}  // namespace quiz::kernel
