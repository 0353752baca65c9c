#include "openzfs/crash.h"

#include <gtest/gtest.h>

#include "base/child.h"
#include "base/files.h"

namespace quiz::openzfs {
namespace {

TEST(ParseFrame, ReadsKernelAndModuleFrames) {
  const auto frame = parse_frame("  zfs_ioc_pool_scan+0x42/0x90 [zfs]");
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->function, "zfs_ioc_pool_scan");
  EXPECT_EQ(frame->offset, 0x42U);
  EXPECT_EQ(frame->size, 0x90U);
  EXPECT_EQ(frame->module, "zfs");
  EXPECT_FALSE(frame->instruction);
  EXPECT_EQ(parse_frame(" dump_stack_lvl+0x4b/0x70")->module, "");
  EXPECT_EQ(parse_frame(" spl_panic+0x1/0x2 [spl 0123abcd]")->module, "spl");
  EXPECT_TRUE(parse_frame("RIP: 0010:foo.constprop.0+0x1f/0x30 [zfs]")->instruction);
}

TEST(ParseFrame, IsNotFooled) {
  for (const char* line : {"", "+0x", "a+0x1", "a+0xzz/0x1", "a+0x1/0x", "+0x1/0x2",
                           " ? guess+0x1/0x2", "a+0x11111111111111111/0x2"}) {
    EXPECT_FALSE(parse_frame(line)) << line;
  }
}

TEST(CrashLines, BeginWithTheTroubleAndLoseTheirStamps) {
  const auto lines = crash_lines(
      "[    1.000000] booting\r\n[    2.000000] VERIFY(0) failed\r\n"
      "[    2.100000][  T123] PANIC at zfs_ioctl.c:1:f()\n[    2.2] Call Trace:\n");
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(lines[0], "VERIFY(0) failed");
  EXPECT_EQ(lines[1], "PANIC at zfs_ioctl.c:1:f()");
  EXPECT_EQ(lines[2], "Call Trace:");
  EXPECT_TRUE(crash_lines("[    1.0] all is well\n").empty());
}

TEST(TakeDebugMessages, LeavesTheRestOfTheLog) {
  std::vector<std::string> lines = {
      "[   38.082587]  </TASK>",
      "[   38.105927] Dumping ftrace instance quiz buffer:",
      "[   38.106170] ---------------------------------",
      "[   38.107112]    zpool-101       1..... 36293062us : zfs_dbgmsg: (__zfs_dbgmsg+0x0/0xc0 "
      "[zfs]) message=\"ffff888000565140 metaslab.c:1691:f(): spa \"allocator\"\"",
      "[   38.107112] z_null-7 1..... 12us : zfs_dbgmsg: (__zfs_dbgmsg+0x0/0xc0 [zfs]) "
      "message=\"cut",
      "[   38.106170] ---------------------------------",
      "[   38.3] ---[ end Kernel panic ]---",
      "------"};
  const auto messages = take_debug_messages(lines);
  EXPECT_EQ(lines, (std::vector<std::string>{"[   38.082587]  </TASK>",
                                             "[   38.3] ---[ end Kernel panic ]---", "------"}));
  ASSERT_EQ(messages.size(), 2U);
  EXPECT_EQ(messages[0],
            "36.293062 zpool-101 ffff888000565140 metaslab.c:1691:f(): spa \"allocator\"");
  EXPECT_EQ(messages[1], "0.000012 z_null-7 cut");
}

TEST(TakeDebugMessages, IsNotFooled) {
  for (const char* line : {"us : zfs_dbgmsg: (", "message=\"us : zfs_dbgmsg: (",
                           "us : zfs_dbgmsg: (message=\"", "  us : zfs_dbgmsg: ( message=\"\""}) {
    std::vector<std::string> lines = {line};
    take_debug_messages(lines);
  }
  std::vector<std::string> lines = {"Dumping ftrace buffer:", "-----", "somebody else's"};
  EXPECT_TRUE(take_debug_messages(lines).empty());
  EXPECT_EQ(lines.size(), 3U);
}

TEST(WithSourceLines, NamesFileAndLineOfAModulesFunction) {
  const base::TempDir directory(std::filesystem::temp_directory_path());
  const auto source = directory.path() / "module" / "a.c";
  base::make_directories(source.parent_path());
  base::write_file_atomically(source,
                              "int before(int x)\n{\n\treturn x + 1;\n}\n"
                              "int broken(volatile int *x)\n{\n\t*x = 1;\n\treturn *x;\n}\n");
  const auto object = directory.path() / "zfs.ko";
  base::run_or_throw({"gcc", "-g", "-O0", "-c", source.string(), "-o", object.string()});
  const auto lines = with_source_lines({"RIP: 0010:broken+0x0/0x20 [zfs]", " other+0x1/0x2 [zfs]"},
                                       {{"zfs", object}}, directory.path());
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_NE(lines[1].find("broken at module/a.c:6"), std::string::npos) << lines[1];
  EXPECT_EQ(lines[2], " other+0x1/0x2 [zfs]");
}

}  // namespace
}  // namespace quiz::openzfs
