#include "root/small.h"

#include <gtest/gtest.h>

namespace quiz::root {
namespace {

std::string_view text(const char* bytes, std::size_t size) { return {bytes, size - 1}; }
#define BYTES(literal) text(literal, sizeof(literal))

TEST(Applets, AreTheListInTheProgram) {
  EXPECT_EQ(applets_of(BYTES("code\0[\0[[\0ar\0mkfs.ext2\0\0more")),
            (std::vector<std::string>{"[", "[[", "ar", "mkfs.ext2"}));
}

TEST(Applets, AreTheLongestListWhateverStandsBeforeIt) {
  EXPECT_EQ(applets_of(BYTES("\0[\0[[\0 some text\xae [\0[[\0acpid\0\0")),
            (std::vector<std::string>{"[", "[[", "acpid"}));
}

TEST(Applets, EndWithWhatIsNoName) {
  const std::vector<std::string> both = {"[", "[["};
  EXPECT_EQ(applets_of(BYTES("\0[\0[[\0../evil\0")), both);
  EXPECT_EQ(applets_of(BYTES("\0[\0[[\0/bin/sh\0")), both);
  EXPECT_EQ(applets_of(BYTES("\0[\0[[\0cut")), both) << "the file ends in it";
  EXPECT_EQ(applets_of(BYTES("\0[\0[[\0a b\0")), both);
}

TEST(Applets, AreNoneInAnotherProgram) {
  EXPECT_TRUE(applets_of("").empty());
  EXPECT_TRUE(applets_of(BYTES("[\0[ [\0")).empty());
  EXPECT_TRUE(applets_of("a program").empty());
}

}  // namespace
}  // namespace quiz::root
