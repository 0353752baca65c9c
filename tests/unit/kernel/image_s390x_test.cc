#include "kernel/image_s390x.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "fixtures.h"
#include "kernel/image.h"

namespace quiz::kernel {
namespace {

constexpr char kVersion[] =
    "6.1.0-50-s390x (debian-kernel@lists.debian.org) #1 SMP Debian 6.1.176-1";
constexpr std::size_t kField = 0x10428;

/// The header, and the version behind it.
std::string image() {
  std::string bytes(0x11000, '\0');
  bytes.replace(0x10008, 6, "S390EP");
  const std::string address("\0\0\0\0\0\x01\x08\0", 8);
  return bytes.replace(kField, 8, address)
      .replace(0x10800, sizeof kVersion, kVersion, sizeof kVersion);
}

std::string error_of(std::string_view bytes) {
  try {
    parse_s390x(bytes);
  } catch (const base::Error& error) {
    return error.message();
  }
  return {};
}

TEST(ImageS390x, TellsItsVersion) {
  EXPECT_TRUE(looks_like_s390x(image()));
  EXPECT_EQ(parse_s390x(image()).version, kVersion);
}

TEST(ImageS390x, IsTakenAsItIs) {
  const test::Scratch scratch;
  const LoadedImage loaded = load_image(scratch.write("bzImage", image()));
  EXPECT_EQ(loaded.architecture.name, "s390x");
  EXPECT_EQ(loaded.release, "6.1.0-50-s390x");
  EXPECT_EQ(loaded.version, "6.1.176-1");
  EXPECT_EQ(loaded.data, image());
  EXPECT_FALSE(loaded.extracted);
}

TEST(ImageS390x, IsRefusedWhereItsVersionCannotBe) {
  EXPECT_NE(error_of(image().substr(0, kField + 4)), "");
  for (const char* const address : {"\0\0\0\0\0\0\0", "\xff\xff\xff\xff\xff\xff\xff"}) {
    EXPECT_EQ(error_of(image()
                           .replace(kField, 7, std::string(address, 7))
                           .replace(kField + 7, 1, 1, address[0])),
              "it does not say which release of Linux it is");
  }
  // Up to the very end of the file, without the NUL behind it.
  const std::string cut = image().substr(0, 0x10800 + 14);
  EXPECT_EQ(parse_s390x(cut).version, "6.1.0-50-s390x");
  EXPECT_FALSE(looks_like_s390x("S390EP"));
  EXPECT_FALSE(looks_like_s390x(""));
}

}  // namespace
}  // namespace quiz::kernel
