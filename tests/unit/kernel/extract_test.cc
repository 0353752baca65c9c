#include "kernel/extract.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "fixtures.h"
#include "kernel/image.h"

namespace quiz::kernel {
namespace {

using test::Scratch;

class ExtractTest : public testing::TestWithParam<const char*> {};

TEST_P(ExtractTest, GivesBackTheVmlinux) {
  const std::string vmlinux = boot::test::make_vmlinux(test::kBanner);
  EXPECT_EQ(extract_vmlinux(test::make_compressed_bzimage(vmlinux, GetParam())), vmlinux);
}

INSTANTIATE_TEST_SUITE_P(EveryCompressor, ExtractTest,
                         testing::Values("gzip", "xz", "zstd", "bzip2", "lzma", "lz4"));

TEST(Extract, TakesAnUncompressedPayloadAsItIs) {
  const std::string vmlinux = boot::test::make_vmlinux(test::kBanner);
  EXPECT_EQ(extract_vmlinux(boot::test::make_bzimage(vmlinux)), vmlinux);
}

TEST(Extract, RefusesADamagedPayload) {
  const std::string vmlinux = boot::test::make_vmlinux(test::kBanner);
  std::string payload = test::compress(vmlinux, "xz");
  payload[payload.size() / 2] = static_cast<char>(payload[payload.size() / 2] ^ 0x55);
  payload += boot::test::little_endian_bytes(static_cast<std::uint32_t>(vmlinux.size()));
  EXPECT_THROW(extract_vmlinux(boot::test::make_bzimage(payload)), base::Error);
}

TEST(Extract, RefusesAWrongSize) {
  const std::string vmlinux = boot::test::make_vmlinux(test::kBanner);
  for (const std::uint32_t size : {0U, 1U, static_cast<std::uint32_t>(vmlinux.size()) - 1,
                                   static_cast<std::uint32_t>(vmlinux.size()) + 1, UINT32_MAX}) {
    const std::string payload =
        test::compress(vmlinux, "xz") + boot::test::little_endian_bytes(size);
    EXPECT_THROW(extract_vmlinux(boot::test::make_bzimage(payload)), base::Error) << size;
  }
}

TEST(Extract, RefusesAPayloadThatIsNoKernel) {
  EXPECT_THROW(extract_vmlinux(test::make_compressed_bzimage("just some text", "xz")), base::Error);
  EXPECT_THROW(extract_vmlinux(boot::test::make_bzimage("abc")), base::Error);
}

TEST(Image, IsLoadedFromABzImageAsVmlinux) {
  const Scratch scratch;
  const std::string vmlinux = boot::test::make_vmlinux(test::kBanner);
  const auto file = scratch.write("bzImage", test::make_compressed_bzimage(vmlinux, "zstd"));
  const LoadedImage image = load_image(file);
  EXPECT_TRUE(image.extracted);
  EXPECT_EQ(image.data, vmlinux);
  EXPECT_EQ(image.release, test::kRelease);
  EXPECT_EQ(image.version, "6.1.27-1");
  EXPECT_EQ(image.memory_needed, boot::test::kVmlinuxAddress + boot::test::kVmlinuxMemory);
}

TEST(Image, StaysABzImageWhereTheVmlinuxCannotBeBooted) {
  const Scratch scratch;
  const auto bytes =
      test::make_compressed_bzimage(boot::test::make_vmlinux(test::kBanner, false), "gzip");
  const LoadedImage image = load_image(scratch.write("bzImage", bytes));
  EXPECT_FALSE(image.extracted);
  EXPECT_EQ(image.data, bytes);
  EXPECT_EQ(image.memory_needed, 0x5000000U);
}

TEST(Image, SaysThatAFileIsNoKernelAndWhy) {
  const Scratch scratch;
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "neither a bzImage nor a vmlinux"},
      {"#!/bin/sh\n", "neither a bzImage nor a vmlinux"},
      {boot::test::make_vmlinux(test::kBanner, false), "no PVH entry"},
      {boot::test::make_vmlinux("no banner"), "which release"},
      {boot::test::make_vmlinux("Linux version 6/../.. (x) y\n"), "which release"},
      {boot::test::make_module("depends="), "not an executable"},
  };
  for (const auto& [content, reason] : cases) {
    const auto file = scratch.write("file", content);
    try {
      load_image(file);
      ADD_FAILURE() << reason;
    } catch (const base::Error& error) {
      EXPECT_NE(error.message().find(file.string() + " is no kernel: "), std::string::npos);
      EXPECT_NE(error.message().find(reason), std::string::npos) << error.message();
    }
  }
  EXPECT_THROW(load_image(scratch.path() / "missing"), base::Error);
}

TEST(Image, DescribedByPathIsExtractedOnce) {
  const Scratch scratch;
  const auto file = scratch.write(
      "bzImage", test::make_compressed_bzimage(boot::test::make_vmlinux(test::kBanner), "xz"));
  const Kernel first = describe_image(file, scratch.path() / "cache");
  EXPECT_EQ(base::read_file(first.image), boot::test::make_vmlinux(test::kBanner));
  EXPECT_TRUE(first.modules.empty());
  const auto time = fs::last_write_time(first.image);
  EXPECT_EQ(describe_image(file, scratch.path() / "cache").image, first.image);
  EXPECT_EQ(fs::last_write_time(first.image), time);
  fs::create_directories(scratch.path() / "lib/modules" / test::kRelease);
  EXPECT_EQ(describe_image(file, scratch.path() / "cache").modules, scratch.path());
}

TEST(Image, ChangedInPlaceIsDescribedAnew) {
  const Scratch scratch;
  scratch.write("vmlinux", boot::test::make_vmlinux("Linux version 6.1.1 (a) b\n"));
  const Store store(scratch.path());
  const std::string selector = (scratch.path() / "vmlinux").string();
  EXPECT_EQ(store.find(selector, scratch.path() / "cache", base::host_architecture()).release,
            "6.1.1");
  scratch.write("vmlinux", boot::test::make_vmlinux("Linux version 6.1.23 (a) b\n"));
  EXPECT_EQ(store.find(selector, scratch.path() / "cache", base::host_architecture()).release,
            "6.1.23");
}

}  // namespace
}  // namespace quiz::kernel
