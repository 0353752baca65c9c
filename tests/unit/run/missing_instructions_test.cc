#include "run/missing_instructions.h"

#include <gtest/gtest.h>

namespace quiz::run {
namespace {

using Names = std::vector<std::string>;

TEST(MissingInstructions, AreThoseThatOnlyTheHostHas) {
  EXPECT_EQ(missing_instructions("fpu sse2 avx avx2 fma avx512f", "fpu sse2 avx"),
            (Names{"avx2", "fma", "avx512f"}));
}

TEST(MissingInstructions, AreNoneOfTheKernelsOwnFeatures) {
  EXPECT_EQ(missing_instructions("constant_tsc md_clear ibrs avx", "avx"), Names{});
}

TEST(MissingInstructions, AreNoneWhereOneOfBothIsUnknown) {
  EXPECT_EQ(missing_instructions("", "avx"), Names{});
  EXPECT_EQ(missing_instructions("avx  amx_tile ", "\n?"), (Names{"avx", "amx_tile"}));
}

}  // namespace
}  // namespace quiz::run
