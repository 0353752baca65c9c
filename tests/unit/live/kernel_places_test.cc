#include "live/kernel_places.h"

#include <gtest/gtest.h>

namespace quiz::live {
namespace {

TEST(KernelPlaces, AreReadFromWhatTheGuestPrints) {
  const KernelPlaces places = parse_places(
      "ffffffff9a000000 T _text\n"
      "zfs/sections/.text:0xffffffffc0200000\n"
      "zfs/sections/.data:0xffffffffc0300000\n"
      "zfs/sections/.init.text:0xffffffffc0400000\n"
      "zfs/sections/.note.gnu.build-id:0xffffffffc0500000\n"
      "zfs/sections/.data..percpu:0x12340\n"
      "dm_mod/sections/.text.unlikely:0xffffffffc0600000\n"
      "spl/sections/.text:0xffffffffc0700000\n");
  EXPECT_EQ(places.text, 0xffffffff9a000000U);
  ASSERT_EQ(places.modules.size(), 2U) << "what has no code is of no use";
  EXPECT_EQ(places.modules[0].name, "spl");
  EXPECT_EQ(places.modules[1].name, "zfs");
  const std::map<std::string, std::uint64_t> sections = {{".text", 0xffffffffc0200000},
                                                         {".data", 0xffffffffc0300000}};
  EXPECT_EQ(places.modules[1].sections, sections);
}

TEST(KernelPlaces, AreOnlyNumbersAndNamesWhateverTheGuestSays) {
  const KernelPlaces places = parse_places(
      "0 T _text\n"
      "a b/sections/.text:0x1000\n"
      "x\nshell\n/sections/.text:0x1000\n"
      "y/sections/.text -ex shell:0x1000\n"
      "y/sections/.text:0x1000;shell\n"
      "y/sections/.text:\n"
      "y/sections/:0x1000\n"
      ":/sections/\n" +
      std::string(100, 'n') + "/sections/.text:0x1000\n");
  EXPECT_FALSE(places.text) << "an address that is hidden";
  EXPECT_TRUE(places.modules.empty());
  EXPECT_FALSE(parse_places("").text);
}

}  // namespace
}  // namespace quiz::live
