#include "cli/boot_chart.h"

#include <gtest/gtest.h>

namespace quiz::cli {
namespace {

using namespace std::chrono_literals;

relay::Clocks clocks() {
  relay::Clocks clocks;
  clocks.start = relay::Clock::time_point(10s);
  clocks.machine = clocks.start + 10ms;
  clocks.hello = clocks.start + 1010ms;
  clocks.program = clocks.start + 1100ms;
  clocks.exit = clocks.start + 1150ms;
  clocks.end = clocks.start + 1160ms;
  clocks.kernel_ns = 900'000'000;
  return clocks;
}

std::vector<wire::Log> log() {
  return {{7, 1'000, "calling  quick_init+0x0/0x20 @ 1"},
          {7, 1'000, "initcall quick_init+0x0/0x20 returned 0 after 999 usecs"},
          {7, 400'000, "initcall slow_init+0x0/0x30 returned -19 after 250000 usecs"},
          {7, 500'000, "initcall <&\x1b_init+0x0/0x30 returned 0 after 2000 usecs"},
          {6, 800'000, "Run /init as init process"}};
}

const BootSpan* find(const std::vector<BootSpan>& spans, const std::string& name) {
  for (const BootSpan& span : spans) {
    if (span.name == name) return &span;
  }
  return nullptr;
}

TEST(BootSpans, FollowEachOtherFromTheStartToTheProgramsEnd) {
  const auto spans = boot_spans(clocks(), log());
  double end = 0;
  for (const BootSpan& span : spans) {
    if (span.lane == Lane::initcall) continue;
    EXPECT_DOUBLE_EQ(span.begin, end) << span.name;
    end = span.end;
  }
  EXPECT_DOUBLE_EQ(end, 1150);
  const BootSpan* kernel = find(spans, "the kernel, until init");
  ASSERT_NE(kernel, nullptr);
  EXPECT_DOUBLE_EQ(kernel->begin, 110) << "the kernel's clock began 900 ms before hello";
  EXPECT_DOUBLE_EQ(kernel->end, 910);
}

TEST(BootSpans, HaveTheInitcallsThatTakeTime) {
  const auto spans = boot_spans(clocks(), log());
  const BootSpan* slow = find(spans, "slow_init");
  ASSERT_NE(slow, nullptr);
  EXPECT_DOUBLE_EQ(slow->begin, 110 + 150);
  EXPECT_DOUBLE_EQ(slow->end, 110 + 400);
  EXPECT_EQ(find(spans, "quick_init"), nullptr);
}

TEST(BootSpans, EndWhereTheRunEnded) {
  relay::Clocks lost = clocks();
  lost.program.reset();
  lost.exit.reset();
  EXPECT_EQ(boot_spans(lost, {}).back().name, "init, until it says hello");
  lost.hello.reset();
  EXPECT_EQ(boot_spans(lost, {}).size(), 1U);
}

TEST(BootSpans, DoNotBelieveTheGuest) {
  const auto spans = boot_spans(
      clocks(), {{7, 5, "initcall early+0x0 returned 0 after 18446744073709551615 usecs"},
                 {7, 5, "initcall cut after "},
                 {7, 5, "initcall "},
                 {6, ~0ULL, "Run /init as init process"}});
  for (const BootSpan& span : spans) {
    EXPECT_NE(span.lane, Lane::initcall);
    EXPECT_LE(span.end, 1150);
    EXPECT_LE(span.begin, span.end);
  }
}

TEST(BootSvg, IsHarmlessWhateverTheNames) {
  const std::string svg = boot_svg(boot_spans(clocks(), log()), "6.12<script>");
  EXPECT_EQ(svg.find("<script"), std::string::npos);
  EXPECT_EQ(svg.find('\x1b'), std::string::npos);
  EXPECT_NE(svg.find("&lt;&amp;\\x1b_init"), std::string::npos);
  EXPECT_NE(svg.find(">250.0 ms<"), std::string::npos);
}

TEST(BootTable, AddsUp) {
  const std::string table = boot_table(boot_spans(clocks(), log()));
  EXPECT_NE(table.find("     260.0     250.0    slow_init\n"), std::string::npos) << table;
  EXPECT_NE(table.find("1150.0  all\n"), std::string::npos) << table;
}

}  // namespace
}  // namespace quiz::cli
