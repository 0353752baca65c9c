#include "kernel/image_flat.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "fixtures.h"
#include "kernel/image.h"

namespace quiz::kernel {
namespace {

constexpr char kBanner[] = "Linux version 6.1.0-50-arm64 (me@here) (gcc) #1 SMP Debian 6.1.176-1\n";

/// A header, and somewhere behind it the banner.
std::string image(const std::string& size) {
  std::string bytes(4096, '\0');
  return bytes.replace(16, size.size(), size)
      .replace(56, 4, "ARM\x64")
      .replace(1000, sizeof kBanner, kBanner, sizeof kBanner);
}

std::string error_of(std::string_view bytes) {
  try {
    parse_flat_image(bytes);
  } catch (const base::Error& error) {
    return error.message();
  }
  return {};
}

TEST(FlatImage, TellsWhatItTakesAndWhichReleaseItIs) {
  const test::Scratch scratch;
  const std::string bytes = image(std::string("\0\0\x20", 3));
  EXPECT_EQ(parse_flat_image(bytes).memory, 0x200000U);
  const LoadedImage loaded = load_image(scratch.write("Image", bytes));
  EXPECT_EQ(loaded.architecture.name, "aarch64");
  EXPECT_EQ(loaded.release, "6.1.0-50-arm64");
  EXPECT_EQ(loaded.version, "6.1.176-1");
  EXPECT_EQ(loaded.memory_needed, 0x200000U);
  EXPECT_EQ(loaded.data, bytes);
}

TEST(FlatImage, IsRefusedWithAnImpossibleSizeOrCutOff) {
  EXPECT_EQ(error_of(image("")), "it claims an impossible size");
  EXPECT_EQ(error_of(image("\xff\xff\xff\xff\xff\xff\xff\xff")), "it claims an impossible size");
  EXPECT_EQ(error_of(image("\x01").replace(8, 8, 8, '\xff')), "it claims an impossible size");
  EXPECT_EQ(error_of(image("\x01").substr(0, 63)), "its header is cut off");
  EXPECT_FALSE(looks_like_flat_image(""));
}

}  // namespace
}  // namespace quiz::kernel
