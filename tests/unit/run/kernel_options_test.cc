#include "run/kernel_options.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/files.h"

namespace quiz::run {
namespace {

class KernelOptionsTest : public testing::Test {
 protected:
  kernel::Kernel kernel_with(const std::string& config) {
    kernel::Kernel kernel;
    kernel.config = directory_.path() / "config";
    std::ofstream(kernel.config) << config;
    return kernel;
  }

 private:
  base::TempDir directory_{std::filesystem::temp_directory_path(), "quiz-test-"};
};

TEST_F(KernelOptionsTest, AKernelWithVirtioMmioRunsOnMicrovmAsLongAsItsDevicesFit) {
  const auto both =
      kernel_with("CONFIG_VIRTIO_MMIO=y\nCONFIG_VIRTIO_MMIO_CMDLINE_DEVICES=y\nCONFIG_HZ=250\n");
  EXPECT_EQ(choose_board(both, 4), machine::Board::microvm);
  EXPECT_EQ(choose_board(both, 8), machine::Board::microvm);
  EXPECT_EQ(choose_board(both, 9), machine::Board::q35);
  EXPECT_EQ(timer_hz(both), 250U);
}

TEST_F(KernelOptionsTest, OthersRunOnQ35) {
  EXPECT_EQ(choose_board(kernel_with("CONFIG_VIRTIO_MMIO=m\n"
                                     "CONFIG_VIRTIO_MMIO_CMDLINE_DEVICES=y\n"),
                         4),
            machine::Board::q35);
  EXPECT_EQ(choose_board(kernel_with("CONFIG_VIRTIO_MMIO=y\n"), 4), machine::Board::q35);
  EXPECT_EQ(choose_board(kernel::Kernel(), 4), machine::Board::q35);
  EXPECT_EQ(timer_hz(kernel::Kernel()), 0U);
}

}  // namespace
}  // namespace quiz::run
