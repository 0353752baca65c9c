#include "openzfs/target.h"

#include <gtest/gtest.h>

namespace quiz::openzfs {
namespace {

constexpr char kGood[] =
    "CONFIG_CC_VERSION_TEXT=\"gcc (Debian 12.2.0-14) 12.2.0\"\nCONFIG_MODULES=y\nCONFIG_BLOCK=y\n"
    "CONFIG_ZLIB_DEFLATE=m\nCONFIG_ZLIB_INFLATE=y\nCONFIG_EFI_PARTITION=y\n"
    "# CONFIG_DEBUG_LOCK_ALLOC is not set\n";

TEST(MissingOptions, NoneForAKernelThatFits) { EXPECT_TRUE(missing_options(kGood).empty()); }

TEST(MissingOptions, NamesWhatIsNotSet) {
  std::string config = kGood;
  config.replace(config.find("CONFIG_ZLIB_DEFLATE=m"), 21, "# CONFIG_ZLIB_DEFLATE is not set");
  EXPECT_EQ(missing_options(config), std::vector<std::string>{"CONFIG_ZLIB_DEFLATE"});
  EXPECT_EQ(missing_options("").size(), 5U);
}

TEST(MissingOptions, NamesWhatMustNotBe) {
  const std::string config = std::string(kGood) + "CONFIG_TRIM_UNUSED_KSYMS=y\n";
  EXPECT_EQ(missing_options(config), std::vector<std::string>{"no CONFIG_TRIM_UNUSED_KSYMS"});
}

TEST(LlvmOf, KnowsTheCompilerFromTheConfiguration) {
  EXPECT_FALSE(llvm_of(kGood));
  EXPECT_EQ(llvm_of("CONFIG_CC_VERSION_TEXT=\"Debian clang version 19.1.7 (3~deb12u1)\"\n"
                    "CONFIG_CC_IS_CLANG=y\n"),
            "-19");
  EXPECT_EQ(llvm_of("CONFIG_CC_IS_CLANG=y\n"), "");
}

}  // namespace
}  // namespace quiz::openzfs
