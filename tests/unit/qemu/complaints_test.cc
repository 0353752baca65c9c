#include "qemu/complaints.h"

#include <gtest/gtest.h>

namespace quiz::qemu {
namespace {

TEST(Complaints, AreSilentWhereQemuIs) {
  const Complaints none;
  EXPECT_EQ(none.cause(), "");
  EXPECT_FALSE(none.tell_of_internal_error());
  EXPECT_FALSE(none.mention_kvm());
}

TEST(Complaints, TellTheCauseByTheFirstLine) {
  Complaints complaints;
  complaints.add("qemu: no such ");
  complaints.add("file\nand more\n");
  EXPECT_EQ(complaints.cause(), "qemu: no such file");
}

TEST(Complaints, KnowAnAcceleratorsFailure) {
  Complaints complaints;
  complaints.add("Could not access KVM kernel module\nKVM internal error. Suberror: 1\n");
  EXPECT_TRUE(complaints.tell_of_internal_error());
  EXPECT_TRUE(complaints.mention_kvm());
}

// A guest that has taken QEMU over writes what it likes.
TEST(Complaints, KeepALimitAndHarmNoTerminal) {
  Complaints complaints;
  for (int i = 0; i < 1000; ++i) complaints.add(std::string(10'000, '\x9b') + "\x1b[2J");
  EXPECT_EQ(complaints.text().size(), std::size_t{64} << 10);
  EXPECT_LE(complaints.cause().size(), 500U);
  for (const char c : complaints.cause()) EXPECT_TRUE(c >= ' ' && c < 0x7f);
}

}  // namespace
}  // namespace quiz::qemu
