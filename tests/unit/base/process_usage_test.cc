#include "base/process_usage.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <thread>

#include "base/child.h"

namespace quiz::base {
namespace {

using namespace std::chrono_literals;

TEST(ProcessUsage, IsThatOfAllDescendants) {
  SpawnOptions options;
  options.arguments = {"sh", "-c", "(while :; do :; done) & wait"};
  const Child child = Child::spawn(options);
  // The loop is the shell's child; before it the shell itself may take as long to start.
  for (int i = 0; i < 3000 && usage_below(child.pid()).cpu < 50ms; ++i) {
    std::this_thread::sleep_for(10ms);
  }
  EXPECT_GE(usage_below(child.pid()).cpu, 50ms);
  const ProcessUsage usage = usage_below(::getpid());
  EXPECT_GE(usage.cpu, 50ms);
  EXPECT_GT(usage.memory, 100'000U);
}

TEST(ProcessUsage, IsNothingWhereThereIsNobody) {
  const ProcessUsage usage = usage_below(-1);
  EXPECT_EQ(usage.memory, 0U);
  EXPECT_EQ(usage.cpu, 0ms);
}

}  // namespace
}  // namespace quiz::base
