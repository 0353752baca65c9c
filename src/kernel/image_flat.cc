#include "kernel/image_flat.h"

#include <cstddef>
#include <cstring>

#include "base/error.h"
#include "base/little_endian.h"

namespace quiz::kernel {

namespace {

struct Header {
  std::uint8_t code[8];
  base::le64 text_offset;
  base::le64 image_size;
  base::le64 flags;
  std::uint8_t reserved[24];
  char magic[4];
  base::le32 pe_offset;
};
static_assert(sizeof(Header) == 64 && offsetof(Header, image_size) == 16 &&
              offsetof(Header, magic) == 56);

constexpr std::string_view kMagics[] = {"ARM\x64", "RSC\x05"};
/// More than any kernel takes: sums of it cannot overflow.
constexpr std::uint64_t kMostMemory = std::uint64_t{1} << 32;

}  // namespace

bool looks_like_flat_image(std::string_view bytes) {
  for (const std::string_view magic : kMagics) {
    if (bytes.size() >= sizeof(Header) && bytes.substr(offsetof(Header, magic)).starts_with(magic))
      return true;
  }
  return false;
}

FlatImage parse_flat_image(std::string_view bytes) {
  if (!looks_like_flat_image(bytes)) throw base::Error("its header is cut off");
  Header header;
  std::memcpy(&header, bytes.data(), sizeof header);
  const std::uint64_t size = header.image_size;
  const std::uint64_t offset = header.text_offset;
  if (size == 0 || size > kMostMemory || offset > kMostMemory) {
    throw base::Error("it claims an impossible size");
  }
  return {offset + size};
}

}  // namespace quiz::kernel
