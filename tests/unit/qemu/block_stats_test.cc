#include "qemu/block_stats.h"

#include <gtest/gtest.h>

namespace quiz::qemu {
namespace {

TEST(BlockStats, AreReadFromWhatQemuSays) {
  const auto disks = parse_block_stats(
      "root: rd_bytes=1024 wr_bytes=0 rd_operations=2 wr_operations=0 flush_operations=1\r\n"
      "quizb0: rd_bytes=512 wr_bytes=18446744073709551615 rd_operations=1 wr_operations=7\r\n");
  ASSERT_EQ(disks.size(), 2U);
  EXPECT_EQ(disks[0].name, "root");
  EXPECT_EQ(disks[0].read_bytes, 1024U);
  EXPECT_EQ(disks[0].reads, 2U);
  EXPECT_EQ(disks[1].name, "quizb0");
  EXPECT_EQ(disks[1].written_bytes, 18446744073709551615U);
  EXPECT_EQ(disks[1].writes, 7U);
}

TEST(BlockStats, AreNumbersAndShortNamesWhateverQemuSays) {
  EXPECT_TRUE(parse_block_stats("").empty());
  EXPECT_TRUE(parse_block_stats("quizb0 rd_bytes=1\n: nothing\n").empty());
  const auto disks =
      parse_block_stats(std::string(1000, '\x1b') + ": rd_bytes=-1 wr_bytes= rd_operations=many\n");
  ASSERT_EQ(disks.size(), 1U);
  EXPECT_EQ(disks[0].name.find('\x1b'), std::string::npos);
  EXPECT_LT(disks[0].name.size(), 100U);
  EXPECT_EQ(disks[0].read_bytes + disks[0].written_bytes + disks[0].reads, 0U);
  std::string many;
  for (int i = 0; i < 1000; ++i) many += "d: rd_bytes=1\n";
  EXPECT_LT(parse_block_stats(many).size(), 300U);
}

}  // namespace
}  // namespace quiz::qemu
