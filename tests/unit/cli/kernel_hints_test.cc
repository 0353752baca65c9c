#include "cli/kernel_hints.h"

#include <gtest/gtest.h>

namespace quiz::cli {
namespace {

TEST(KernelHint, IsGivenForAnOverlayOnTheMachinesRoot) {
  for (const char* message : {"overlayfs: filesystem on 'u' not supported as upperdir",
                              "overlayfs: filesystem on '/tmp/u' not supported as upperdir"}) {
    EXPECT_NE(kernel_hint(message).find("tmpfs"), std::string_view::npos) << message;
  }
}

TEST(KernelHint, IsForNothingElse) {
  for (const char* message : {"", "overlayfs: ", "not supported as upperdir",
                              "zfs: overlayfs: not supported as upperdir"}) {
    EXPECT_EQ(kernel_hint(message), "") << message;
  }
}

}  // namespace
}  // namespace quiz::cli
