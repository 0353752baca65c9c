#include "kernel/image_i686.h"

#include <gtest/gtest.h>

#include "../boot/images.h"
#include "base/error.h"
#include "fixtures.h"
#include "kernel/foreign_image.h"
#include "kernel/image.h"

namespace quiz::kernel {
namespace {

constexpr std::size_t kFlags = 0x236;
constexpr std::size_t kVersion = 0x20E;
constexpr std::size_t kNeeded = 0x260;

/// A 64-bit kernel's, that says it has no 64-bit entry.
std::string image() {
  std::string bytes = boot::test::make_bzimage(boot::test::make_vmlinux(test::kBanner));
  bytes[kFlags] = static_cast<char>(bytes[kFlags] & ~1);
  return bytes;
}

std::string error_of(std::string_view bytes) {
  try {
    parse_i686(bytes);
  } catch (const base::Error& error) {
    return error.message();
  }
  return {};
}

TEST(ImageI686, IsABzImageWithoutA64BitEntry) {
  EXPECT_TRUE(looks_like_i686(image()));
  EXPECT_EQ(foreign_architecture(image()), "i686");
  EXPECT_FALSE(looks_like_i686(boot::test::make_bzimage(boot::test::make_vmlinux(test::kBanner))));
  EXPECT_FALSE(looks_like_i686(image().substr(0, kNeeded)));
  std::string old = image();
  old[0x206] = 0x0b;  // boot protocol 2.11 has no such flags
  EXPECT_FALSE(looks_like_i686(old));
}

TEST(ImageI686, IsTakenAsItIs) {
  const test::Scratch scratch;
  const LoadedImage loaded = load_image(scratch.write("bzImage", image()));
  EXPECT_EQ(loaded.architecture.name, "i686");
  EXPECT_EQ(loaded.data, image());
  EXPECT_FALSE(loaded.extracted);
  EXPECT_FALSE(loaded.release.empty());
  EXPECT_GT(loaded.memory_needed, 0U);
}

TEST(ImageI686, IsRefusedWhereItCannotBe) {
  for (const std::string& place : {std::string(2, '\0'), std::string("\xff\xff")}) {
    EXPECT_EQ(error_of(image().replace(kVersion, 2, place)),
              "it does not say which release of Linux it is");
  }
  EXPECT_EQ(error_of(image().replace(0x258, 8, std::string(8, '\xf0'))),
            "it claims an impossible size");
  EXPECT_EQ(error_of("MZ"), "its header is cut off");
}

}  // namespace
}  // namespace quiz::kernel
