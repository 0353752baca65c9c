#include "boot/bzimage.h"

#include <gtest/gtest.h>

#include <functional>

#include "base/error.h"
#include "images.h"

namespace quiz::boot {
namespace {

using test::good_header;
using test::kSetupSize;
using test::make_bzimage;

const std::string kPayload(1000, 'p');

/// The bzImage with its header changed.
std::string damaged(const std::function<void(SetupHeader&)>& change) {
  std::string bytes = make_bzimage(kPayload);
  SetupHeader header;
  std::memcpy(&header, bytes.data() + kSetupHeaderOffset, sizeof header);
  change(header);
  test::put(bytes, kSetupHeaderOffset, header);
  return bytes;
}

TEST(BzImage, TellsWhatTheHeaderSays) {
  const std::string bytes = make_bzimage(kPayload);
  ASSERT_TRUE(looks_like_bzimage(bytes));
  const BzImage image = parse_bzimage(bytes);
  EXPECT_EQ(image.protocol, 0x020F);
  EXPECT_EQ(image.version, "6.1.0-test-amd64 (me@here) #1 SMP");
  EXPECT_EQ(image.release(), "6.1.0-test-amd64");
  EXPECT_EQ(image.protected_mode_offset, kSetupSize);
  EXPECT_EQ(bytes.substr(image.payload_offset, image.payload_size), kPayload);
  EXPECT_TRUE(image.relocatable);
  EXPECT_EQ(image.kernel_alignment, 0x200000U);
  EXPECT_EQ(image.command_line_size, 2047U);
  EXPECT_EQ(image.memory_needed(), 0x5000000U);
}

TEST(BzImage, AcceptsBytesAfterTheKernelAsASignatureHasThem) {
  EXPECT_NO_THROW(parse_bzimage(make_bzimage(kPayload) + "signature"));
}

TEST(BzImage, NeedsNoVersionString) {
  EXPECT_EQ(parse_bzimage(damaged([](SetupHeader& h) { h.kernel_version = 0; })).version, "");
}

TEST(BzImage, ZeroSetupSectorsMeanFour) {
  const std::string payload(4096, 'p');
  std::string bytes = make_bzimage(payload);
  SetupHeader header = good_header(payload.size(), 4096);
  header.setup_sects = 0;
  header.payload_length = 1024;
  header.syssize = 64 + 16;
  test::put(bytes, kSetupHeaderOffset, header);
  EXPECT_EQ(parse_bzimage(bytes).protected_mode_offset, 5U * 512);
}

TEST(BzImage, IsRefusedWhenCutOffAtAnyLength) {
  const std::string bytes = make_bzimage(kPayload);
  // The header counts in units of 16 bytes, the last of which need not be whole.
  for (std::size_t length = 0; length + 16 <= bytes.size(); ++length) {
    EXPECT_THROW(parse_bzimage(std::string_view(bytes).substr(0, length)), base::Error) << length;
  }
}

TEST(BzImage, IsRefusedForEveryWrongField) {
  const std::vector<std::pair<const char*, std::function<void(SetupHeader&)>>> cases = {
      {"boot flag", [](SetupHeader& h) { h.boot_flag = 0; }},
      {"magic", [](SetupHeader& h) { h.header = 0x53726449; }},
      {"old protocol", [](SetupHeader& h) { h.version = 0x020B; }},
      {"zImage", [](SetupHeader& h) { h.loadflags = 0; }},
      {"32 bits only", [](SetupHeader& h) { h.xloadflags = 0x7E; }},
      {"setup too large", [](SetupHeader& h) { h.setup_sects = 255; }},
      {"header too short", [](SetupHeader& h) { h.jump_distance = 0x10; }},
      {"no code", [](SetupHeader& h) { h.syssize = 0; }},
      {"code beyond the file", [](SetupHeader& h) { h.syssize = 0xFFFFFFFF; }},
      {"payload beyond the code", [](SetupHeader& h) { h.payload_length = 0xFFFFFFFF; }},
      {"payload offset beyond the code", [](SetupHeader& h) { h.payload_offset = 0xFFFFFFFF; }},
      {"version outside", [](SetupHeader& h) { h.kernel_version = 0xFFFF; }},
      {"version without end",
       [](SetupHeader& h) {
         h.kernel_version = 0x5FF;
         h.setup_sects = 3;
       }},
      {"alignment zero", [](SetupHeader& h) { h.kernel_alignment = 0; }},
      {"alignment odd", [](SetupHeader& h) { h.kernel_alignment = 0x300000; }},
      {"alignment below the minimum", [](SetupHeader& h) { h.min_alignment = 22; }},
      {"minimum absurd", [](SetupHeader& h) { h.min_alignment = 255; }},
      {"init_size below the payload", [](SetupHeader& h) { h.init_size = 10; }},
      {"address wraps", [](SetupHeader& h) { h.pref_address = UINT64_MAX - 5; }},
      {"no command line", [](SetupHeader& h) { h.cmdline_size = 0; }},
  };
  for (const auto& [name, change] : cases) {
    std::string bytes = damaged(change);
    if (std::string_view(name) == "version without end") bytes[kSetupSize - 1] = 'x';
    EXPECT_THROW(parse_bzimage(bytes), base::Error) << name;
  }
}

TEST(BzImage, OtherFilesDoNotLookLikeOne) {
  EXPECT_FALSE(looks_like_bzimage(""));
  EXPECT_FALSE(looks_like_bzimage(std::string(100000, '\0')));
  EXPECT_FALSE(looks_like_bzimage("\177ELF"));
}

}  // namespace
}  // namespace quiz::boot
