#include "kernel/one_shot.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"

namespace quiz::kernel {
namespace {

const std::vector<ConfigAssignment> kKasan = {{"KASAN", "y", "-E KASAN"}};

BuildRequest plain() {
  BuildRequest request;
  request.what = "debian:6.12";
  return request;
}

TEST(ChangedRequest, IsTheSameKernelUnderANameOfItsOwn) {
  const BuildRequest changed = changed_request(plain(), kKasan);
  EXPECT_EQ(changed.what, "debian:6.12");
  EXPECT_EQ(variant_of(changed), "kasan");
  ASSERT_EQ(changed.config.options.size(), 1U);
  EXPECT_EQ(changed.config.options[0].option, "KASAN");
}

TEST(ChangedRequest, AddsToAVariant) {
  BuildRequest debug = plain();
  debug.variant = "debug";
  debug.config.features = {"lockdep"};
  const BuildRequest changed = changed_request(debug, kKasan);
  EXPECT_EQ(variant_of(changed), "debug-kasan");
  EXPECT_EQ(changed.config.features, debug.config.features);
}

TEST(ChangedRequest, LetsTheNewOptionWin) {
  BuildRequest with = plain();
  with.config.options = {{"SMP", "y", "-e SMP"}, {"KASAN", "y", "-e KASAN"}};
  const BuildRequest changed = changed_request(with, {{"SMP", "n", "-D SMP"}});
  ASSERT_EQ(changed.config.options.size(), 2U);
  EXPECT_EQ(changed.config.options[1].option, "SMP");
  EXPECT_EQ(changed.config.options[1].value, "n");
}

class OneShot : public ::testing::Test {
 protected:
  std::string refusal(const std::string& selector) {
    try {
      one_shot_kernel(store_, selector, base::host_architecture(), kKasan,
                      directory_.path() / "cache", "", reporter_);
    } catch (const base::Error& error) {
      return error.message();
    }
    return "nothing";
  }

  base::TempDir directory_{fs::temp_directory_path(), "quiz-unit-"};
  Store store_{directory_.path()};
  base::SilentReporter reporter_;
};

TEST_F(OneShot, NeedsAKernelToVary) {
  EXPECT_NE(refusal("").find("that -k names"), std::string::npos);
  EXPECT_NE(refusal("mykernel").find("mykernel"), std::string::npos);
}

}  // namespace
}  // namespace quiz::kernel
