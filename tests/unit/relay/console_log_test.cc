#include "relay/console_log.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "base/files.h"

namespace quiz::relay {
namespace {

using namespace std::string_literals;
using Lines = std::vector<std::string>;

constexpr char kPanic[] =
    "[    1.0] sysrq: Trigger a crash\r\n"
    "[    1.1] Kernel panic - not syncing: sysrq triggered crash\r\n"
    "[    1.2] CPU: 0 PID: 1 Comm: sh\r\n"
    "[    1.3] ---[ end Kernel panic - not syncing: sysrq triggered crash ]---\r\n";

class ConsoleLogTest : public testing::Test {
 protected:
  Lines seen_;
  ConsoleLog log_{{}, [this](const std::string& line) { seen_.push_back(line); }};
};

TEST_F(ConsoleLogTest, CutsLinesWhereverTheBytesAreCut) {
  const std::string text = "one\r\n\r\ntwo\nthree\r\n";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    Lines lines;
    ConsoleLog log({}, [&](const std::string& line) { lines.push_back(line); });
    log.add(text.substr(0, cut));
    log.add(text.substr(cut));
    EXPECT_EQ(lines, (Lines{"one", "", "two", "three"})) << "cut at " << cut;
  }
}

TEST_F(ConsoleLogTest, ShowsALineOnlyWhenItIsWhole) {
  log_.add("half a li");
  EXPECT_TRUE(seen_.empty());
  EXPECT_TRUE(log_.last_words(10).empty());
  log_.add("ne\n");
  EXPECT_EQ(seen_, Lines{"half a line"});
}

TEST_F(ConsoleLogTest, MakesControlCharactersHarmless) {
  log_.add(
      "\x1b]0;title\x07 \x1b[2J a\tb \x7f \x9b"
      "31m \0 end\n"s);
  ASSERT_EQ(seen_.size(), 1U);
  EXPECT_EQ(seen_[0], "\\x1b]0;title\\x07 \\x1b[2J a\tb \\x7f \\x9b31m \\x00 end");
  log_.add("\x1b[Kernel panic - not syncing: \x1b[2J\n");
  EXPECT_EQ(log_.panic(), "\\x1b[2J");
}

constexpr char kFirmware[] =
    "\x1b"
    "c\x1b[?7l\x1b[2J\x1b[0mSeaBIOS (version 1.16.2-debian-1.16.2-1)\r\n"
    "Booting from ROM..";

TEST_F(ConsoleLogTest, LeavesOutTheFirmwaresScreen) {
  log_.add(kFirmware +
           "\x1b"
           "c\x1b[?7l\x1b[2J[    0.0] Linux version 6.1\r\n"s +
           kPanic);
  EXPECT_EQ(seen_.at(0), "[    0.0] Linux version 6.1");
  EXPECT_EQ(log_.last_words(10).at(0), "[    0.0] Linux version 6.1");
  EXPECT_EQ(log_.panic(), "sysrq triggered crash");
}

TEST_F(ConsoleLogTest, LeavesOutTheFirmwaresScreenWhereAPanicIsTheFirstThing) {
  log_.add(kFirmware + std::string(kPanic));
  EXPECT_EQ(log_.last_words(10).size(), 4U);
  EXPECT_EQ(log_.last_words(10).at(0), "[    1.0] sysrq: Trigger a crash");
}

TEST_F(ConsoleLogTest, KeepsWhatOnlyLooksLikeTheFirmwares) {
  log_.add("one\r\nSeaBIOS (version 1)\r\n\r\nBooting from ROM..\r\n");
  EXPECT_EQ(seen_, (Lines{"one", "SeaBIOS (version 1)", "", "Booting from ROM.."}));
}

TEST_F(ConsoleLogTest, CutsAnEndlessLine) {
  for (int i = 0; i < 100; ++i) log_.add(std::string(1000, 'x'));
  ASSERT_GE(seen_.size(), 20U);
  for (const std::string& line : seen_) EXPECT_LE(line.size(), 4096U);
}

TEST_F(ConsoleLogTest, KeepsOnlyTheNewestLines) {
  for (int i = 0; i < 20'000; ++i) log_.add(std::to_string(i) + "\n");
  EXPECT_EQ(seen_.size(), 20'000U);
  EXPECT_EQ(log_.last_words(2), (Lines{"19998", "19999"}));
  const Lines all = log_.last_words(1'000'000);
  EXPECT_LE(all.size(), 5000U);
  EXPECT_EQ(all.back(), "19999");
}

TEST_F(ConsoleLogTest, KeepsNoMoreBytesThanThereIsRoomFor) {
  for (int i = 0; i < 5000; ++i) log_.add(std::string(4000, 'x') + "\n");
  std::size_t bytes = 0;
  for (const std::string& line : log_.last_words(1'000'000)) bytes += line.size();
  EXPECT_GT(bytes, std::size_t{1} << 20);
  EXPECT_LE(bytes, std::size_t{4} << 20);
}

TEST_F(ConsoleLogTest, KnowsAPanicAndItsReason) {
  log_.add("[    0.5] Run /init as init process\n");
  EXPECT_FALSE(log_.panic());
  log_.add(kPanic);
  EXPECT_EQ(log_.panic(), "sysrq triggered crash");
  EXPECT_FALSE(log_.oops());
}

TEST_F(ConsoleLogTest, KeepsTheFirstOfSeveralPanics) {
  log_.add("Kernel panic - not syncing: first\nKernel panic - not syncing: second\n");
  EXPECT_EQ(log_.panic(), "first");
}

TEST_F(ConsoleLogTest, KnowsAnOopsByItsFirstLineWithoutTheTime) {
  log_.add(
      "[    2.0] BUG: kernel NULL pointer dereference, address: 0000000000000000\n"
      "[    2.1] Oops: 0002 [#1] PREEMPT SMP\n");
  EXPECT_EQ(log_.oops(), "BUG: kernel NULL pointer dereference, address: 0000000000000000");
  EXPECT_FALSE(log_.panic());
}

TEST_F(ConsoleLogTest, KnowsWhatAnOopsLooksLikeElsewhere) {
  for (const char* line :
       {"BUG: unable to handle page fault for address: ffff", "kernel BUG at mm/slub.c:1!",
        "general protection fault, probably for non-canonical address",
        "BUG: KASAN: slab-out-of-bounds", "Internal error: Oops - BUG: 0 [#1] PREEMPT SMP",
        "Unable to handle kernel NULL pointer"}) {
    ConsoleLog log({}, {});
    log.add("[    3.0] "s + line + "\n");
    EXPECT_EQ(log.oops(), line);
  }
}

// A busy host makes a guest's lockup detectors bark.
TEST_F(ConsoleLogTest, TakesNeitherAWarningNorALockupForAnOops) {
  log_.add(
      "[    3.0] WARNING: CPU: 0 PID: 1 at kernel/x.c:1\n"
      "[    3.0] watchdog: BUG: soft lockup - CPU#0 stuck for 22s!\n"
      "[    3.0] rcu: INFO: rcu_preempt detected stalls on CPUs/tasks\n");
  EXPECT_FALSE(log_.oops());
  EXPECT_FALSE(log_.panic());
}

TEST_F(ConsoleLogTest, KnowsThatTheMachineWasHalted) {
  log_.add("[    4.0] reboot: Restarting system\n");
  EXPECT_FALSE(log_.halted());
  for (const char* words :
       {"System halted", "Power down", "Power off not available: System halted instead"}) {
    ConsoleLog log({}, {});
    log.add("[    4.0] reboot: "s + words + "\n");
    EXPECT_TRUE(log.halted()) << words;
  }
}

TEST_F(ConsoleLogTest, KeepsTheFirstReasonOfInit) {
  log_.add("[    0.7] quiz-init: cannot mount /proc: No such device\n[    0.8] quiz-init: more\n");
  EXPECT_EQ(log_.init_failure(), "cannot mount /proc: No such device");
}

TEST_F(ConsoleLogTest, GivesTheLastLinesWhereNothingHappened) {
  log_.add("1\n2\n3\n");
  EXPECT_EQ(log_.last_words(2), (Lines{"2", "3"}));
  EXPECT_EQ(log_.last_words(0), Lines{});
  EXPECT_EQ(log_.last_words(9), (Lines{"1", "2", "3"}));
}

TEST_F(ConsoleLogTest, GivesTheLastWordsFromTheCauseOnWithALittleBefore) {
  for (int i = 0; i < 100; ++i) log_.add("before " + std::to_string(i) + "\n");
  log_.add("[    2.0] BUG: unable to handle page fault\n");
  for (int i = 0; i < 100; ++i) log_.add("trace " + std::to_string(i) + "\n");
  log_.add(kPanic);
  const Lines words = log_.last_words(5);
  EXPECT_EQ(words.front(), "before 97");
  EXPECT_EQ(words.at(3), "[    2.0] BUG: unable to handle page fault");
  EXPECT_EQ(words.at(4), "trace 0");
  EXPECT_EQ(words.size(), 3U + 1 + 100 + 4);
}

TEST_F(ConsoleLogTest, GivesTheLastLinesWhenTheCauseIsTooLongAgo) {
  log_.add("BUG: unable to handle page fault\n");
  for (int i = 0; i < 10'000; ++i) log_.add("later\n");
  EXPECT_EQ(log_.last_words(5).size(), 5U);
}

TEST(ConsoleLogFile, GetsEveryByteAsItCame) {
  const base::TempDir directory(base::fs::temp_directory_path(), "quiz-unit-");
  const std::string bytes = "a\r\nb\x1b[2J\0half"s;
  ConsoleLog log(base::open_file(directory.path() / "log", O_WRONLY | O_CREAT), {});
  log.add(bytes.substr(0, 4));
  log.add(bytes.substr(4));
  EXPECT_EQ(base::read_file(directory.path() / "log"), bytes);
  EXPECT_EQ(log.file_error(), 0);
}

TEST(ConsoleLogFile, ThatIsFullIsNotedAndTheLinesGoOn) {
  ConsoleLog log(base::open_file("/dev/full", O_WRONLY), {});
  log.add("one\n");
  EXPECT_EQ(log.file_error(), ENOSPC);
  log.add("two\n");
  EXPECT_EQ(log.last_words(5), (Lines{"one", "two"}));
}

TEST(ConsoleLogFile, GrowsNoLargerThanItMay) {
  const base::TempDir directory(base::fs::temp_directory_path(), "quiz-unit-");
  ConsoleLog log(base::open_file(directory.path() / "log", O_WRONLY | O_CREAT), {}, 10);
  log.add("123456789\n");
  EXPECT_EQ(log.file_error(), 0) << "just as much";
  log.add("more\n");
  EXPECT_EQ(log.file_error(), EFBIG);
  EXPECT_EQ(base::read_file(directory.path() / "log"), "123456789\n");
  EXPECT_EQ(log.last_words(5), (Lines{"123456789", "more"})) << "the lines go on";
}

}  // namespace
}  // namespace quiz::relay
