#include "run/host_memory.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/error.h"

namespace quiz::run {
namespace {

std::string complaint(std::uint64_t mebibytes) {
  try {
    check_host_memory(mebibytes);
  } catch (const base::Error& error) {
    return error.message() + " / " + error.hint();
  }
  return {};
}

TEST(HostMemory, IsWhatAMachineOfOrdinarySizeGets) { EXPECT_EQ(complaint(512), ""); }

TEST(HostMemory, IsNotMoreThanTheAddressSpace) {
  const std::string text = complaint(std::uint64_t{1} << 28);  // 256 TiB
  EXPECT_EQ(text.find("the machine cannot have 268435456 MiB of memory: "), 0U) << text;
  EXPECT_NE(text.find("--memory=SIZE"), std::string::npos);
}

TEST(HostMemory, IsNotMoreThanTheCallersLimit) {
  EXPECT_EXIT(
      {
        // The sanitizer's shadow has room below it.
        constexpr rlim_t kLimit = rlim_t{64} << 40;
        rlimit limit = {};
        limit.rlim_cur = limit.rlim_max = kLimit;
        ::setrlimit(RLIMIT_AS, &limit);
        const bool right = complaint(1 << 27).find("(ulimit -v) is 67108864 MiB") != std::string::npos;
        ::_exit(right && complaint(128).empty() ? 0 : 1);
      },
      testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace quiz::run
