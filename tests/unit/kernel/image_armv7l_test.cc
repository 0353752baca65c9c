#include "kernel/image_armv7l.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "fixtures.h"
#include "kernel/foreign_image.h"
#include "kernel/image.h"

namespace quiz::kernel {
namespace {

constexpr std::size_t kTable = 0x40;
constexpr std::size_t kSizeField = kTable + 8;
constexpr std::size_t kPacked = 0x80;
constexpr char kKernel[] =
    "...Linux version 6.1.0-50-armmp (me@here) (gcc) #1 SMP Debian 6.1.176-1\n";

using boot::test::little_endian_bytes;

std::string le32(std::size_t value) {
  return little_endian_bytes(static_cast<std::uint32_t>(value));
}

/// With its kernel packed by gzip; before it stands the mark alone, as it does in a program that
/// unpacks.
std::string image() {
  const std::string packed = test::compress(std::string_view(kKernel, sizeof kKernel - 1), "gzip");
  std::string bytes(kPacked, '\0');
  bytes.replace(0x24, 4, "\x18\x28\x6f\x01");
  bytes.replace(0x34, 8, le32(0x45454545) + le32(kTable));
  bytes.replace(kTable, 16,
                le32(4) + le32(0x5a534c4b) + le32(kPacked + packed.size()) + le32(0x1000));
  bytes.replace(0x60, 3, "\x1f\x8b\x08");
  return bytes + packed + le32(sizeof kKernel - 1);
}

std::string error_of(std::string_view bytes) {
  try {
    parse_armv7l(bytes);
  } catch (const base::Error& error) {
    return error.message();
  }
  return {};
}

TEST(ImageArmv7l, TellsItsReleaseAndIsTakenAsItIs) {
  const test::Scratch scratch;
  EXPECT_EQ(foreign_architecture(image()), "armv7l");
  const LoadedImage loaded = load_image(scratch.write("zImage", image()));
  EXPECT_EQ(loaded.architecture.name, "armv7l");
  EXPECT_EQ(loaded.release, "6.1.0-50-armmp");
  EXPECT_EQ(loaded.version, "6.1.176-1");
  EXPECT_EQ(loaded.memory_needed, sizeof kKernel - 1 + 0x1000 + image().size());
  EXPECT_EQ(loaded.data, image());
}

TEST(ImageArmv7l, IsRefusedWhereItCannotBe) {
  EXPECT_FALSE(looks_like_armv7l(image().substr(0, 59)));
  EXPECT_EQ(error_of(image().substr(0, 59)), "its header is cut off");
  EXPECT_EQ(error_of(image().replace(0x34, 1, "?")),
            "it does not say where its kernel is (Linux 4.15 does)");
  EXPECT_EQ(error_of(image().replace(kTable + 4, 1, "?")),
            "it does not say how large its kernel is");
  for (const std::size_t place : {std::size_t{0x38}, kSizeField}) {
    EXPECT_EQ(error_of(image().replace(place, 4, "\xff\xff\xff\xff")), "its header is cut off");
  }
  EXPECT_EQ(error_of(image().replace(image().size() - 4, 4, std::string(4, '\0'))),
            "it claims an impossible size");
  EXPECT_EQ(error_of(image().replace(image().size() - 4, 4, le32(99))),
            "its kernel is packed in a way that quiz does not know (gzip, xz and lz4)");
}

}  // namespace
}  // namespace quiz::kernel
