#include "kernel/image_armv7l.h"

#include <array>
#include <cstddef>
#include <cstring>
#include <optional>

#include "base/error.h"
#include "base/little_endian.h"
#include "build/archive.h"

namespace quiz::kernel {

namespace {

/// At the beginning of the file, after eight instructions and a jump.
struct Header {
  std::uint8_t code[36];
  base::le32 magic;
  base::le32 begin;
  base::le32 end;
  base::le32 byte_order;
  base::le32 table_magic;  // since Linux 4.15
  base::le32 table;        // where it is in the file
};
static_assert(sizeof(Header) == 60 && offsetof(Header, magic) == 0x24 &&
              offsetof(Header, table) == 0x38);

/// What that table begins with.
struct SizeTag {
  base::le32 words;
  base::le32 tag;
  base::le32 size_field;  // where the packed kernel ends, and its unpacked size is told
  base::le32 bss;
};
static_assert(sizeof(SizeTag) == 16 && offsetof(SizeTag, size_field) == 8);

constexpr std::uint32_t kMagic = 0x016f2818;
constexpr std::uint32_t kTableMagic = 0x45454545;
constexpr std::uint32_t kSizeTag = 0x5a534c4b;
constexpr std::uint32_t kMostMemory = std::uint32_t{1} << 30;

/// Where the packed kernel begins is not told, and the program that unpacks it may have such a mark
/// among its own data: so few of them are tried.
constexpr std::array<std::string_view, 3> kPackedMarks = {std::string_view("\xfd"
                                                                           "7zXZ\0",
                                                                           6),
                                                          std::string_view("\x1f\x8b\x08", 3),
                                                          std::string_view("\x02\x21\x4c\x18", 4)};
constexpr int kMostAttempts = 8;

template <typename T>
T read_at(std::string_view bytes, std::size_t offset) {
  if (offset > bytes.size() || bytes.size() - offset < sizeof(T)) {
    throw base::Error("its header is cut off");
  }
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

std::optional<std::string> unpack(std::string_view packed, std::uint32_t size) {
  try {
    std::string kernel = build::decompress(packed, "its kernel", size);
    if (kernel.size() == size) return kernel;
  } catch (const base::Error&) {  // no stream began there
  }
  return std::nullopt;
}

std::string find_kernel(std::string_view bytes, std::uint32_t size) {
  for (const std::string_view mark : kPackedMarks) {
    std::size_t at = bytes.find(mark);
    for (int i = 0; i < kMostAttempts && at != std::string_view::npos; ++i) {
      if (auto kernel = unpack(bytes.substr(at), size)) return std::move(*kernel);
      at = bytes.find(mark, at + 1);
    }
  }
  throw base::Error("its kernel is packed in a way that quiz does not know (gzip, xz and lz4)");
}

}  // namespace

bool looks_like_armv7l(std::string_view bytes) {
  return bytes.size() >= sizeof(Header) && read_at<Header>(bytes, 0).magic == kMagic;
}

ImageArmv7l parse_armv7l(std::string_view bytes) {
  const auto header = read_at<Header>(bytes, 0);
  if (header.table_magic != kTableMagic) {
    throw base::Error("it does not say where its kernel is (Linux 4.15 does)");
  }
  const auto tag = read_at<SizeTag>(bytes, header.table);
  if (tag.tag != kSizeTag) throw base::Error("it does not say how large its kernel is");
  const std::uint32_t end = tag.size_field;
  const std::uint32_t size = read_at<base::le32>(bytes, end);
  const std::uint32_t bss = tag.bss;
  if (size == 0 || size > kMostMemory || bss > kMostMemory) {
    throw base::Error("it claims an impossible size");
  }
  ImageArmv7l image;
  image.kernel = find_kernel(bytes.substr(0, end), size);
  image.memory = std::uint64_t{size} + bss + bytes.size();
  return image;
}

}  // namespace quiz::kernel
