#include "run/kernel_options.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"

namespace quiz::run {
namespace {

using machine::Accelerator;

bool says(const std::string& line, const std::string& option) {
  return (" " + line + " ").find(" " + option + " ") != std::string::npos;
}

TEST(KernelCommandLine, EndsAPanicAtOnceAndAnswersSysRq) {
  const std::string line = kernel_command_line({});
  EXPECT_TRUE(says(line, "panic=-1"));
  EXPECT_TRUE(says(line, "sysrq_always_enabled=1"));
}

TEST(KernelCommandLine, SendsTheWholeLogOnlyToAReader) {
  EXPECT_TRUE(says(kernel_command_line({}), "loglevel=6"));
  KernelOptions read;
  read.whole_log = true;
  EXPECT_TRUE(says(kernel_command_line(read), "ignore_loglevel"));
  EXPECT_FALSE(says(kernel_command_line(read), "loglevel=6"));
}

TEST(KernelCommandLine, TellsAnEmulatedMachineItsClock) {
  const std::string line = kernel_command_line({Accelerator::tcg,
                                                base::host_architecture(),
                                                2'000'000,
                                                250,
                                                false,
                                                false,
                                                false,
                                                false,
                                                {}});
  EXPECT_TRUE(says(line, "tsc_early_khz=2000000")) << line;
  EXPECT_TRUE(says(line, "tsc=reliable"));
  EXPECT_TRUE(says(line, "lpj=8000000"));
}

TEST(KernelCommandLine, TellsOtherMachinesNothingOfTheHostsClock) {
  KernelOptions options;
  options.architecture = base::architecture_named("s390x");
  options.tsc_khz = 2'000'000;
  const std::string line = kernel_command_line(options);
  EXPECT_EQ(line.find("tsc"), std::string::npos) << line;
  EXPECT_FALSE(says(line, "no_timer_check"));
}

TEST(KernelCommandLine, TellsNothingThatIsNotKnown) {
  EXPECT_EQ(
      kernel_command_line(
          {Accelerator::tcg, base::host_architecture(), 0, 250, false, false, false, false, {}})
          .find("tsc"),
      std::string::npos);
  EXPECT_EQ(kernel_command_line(
                {Accelerator::tcg, base::host_architecture(), 1, 0, false, false, false, false, {}})
                .find("lpj"),
            std::string::npos);
  EXPECT_EQ(kernel_command_line({Accelerator::kvm,
                                 base::host_architecture(),
                                 2'000'000,
                                 250,
                                 false,
                                 false,
                                 false,
                                 false,
                                 {}})
                .find("tsc"),
            std::string::npos);
}

TEST(KernelCommandLine, PanicsOnAnOopsOnlyWhenAsked) {
  EXPECT_FALSE(says(kernel_command_line({}), "oops=panic"));
  EXPECT_TRUE(
      says(kernel_command_line(
               {Accelerator::tcg, base::host_architecture(), 0, 0, true, false, false, false, {}}),
           "oops=panic"));
}

TEST(KernelCommandLine, PutsTheUsersOptionsLastSoThatTheyWin) {
  const std::string line = kernel_command_line({Accelerator::tcg, base::host_architecture(), 0, 0,
                                                false, false, false, false, "panic=5 a b"});
  EXPECT_TRUE(line.ends_with(" panic=5 a b")) << line;
}

/// What check_command_line says; empty: nothing.
std::string complaint(const std::string& additional, std::size_t size) {
  try {
    check_command_line(additional, size, 2047);
  } catch (const base::Error& error) {
    return error.what();
  }
  return {};
}

TEST(KernelCommandLine, IsRefusedWhereTheKernelWouldCutIt) {
  EXPECT_EQ(complaint("a b", 2047), "");
  EXPECT_EQ(complaint("a b", 2050),
            "the kernel's command line would be 2050 bytes long, and it takes 2047");
}

TEST(KernelCommandLine, IsRefusedWithTheEndOfItsOptions) {
  for (const char* words : {"--", "a -- b", "a=1 --\tb", "\"--\""}) {
    EXPECT_NE(complaint(words, 100).find("ends its options"), std::string::npos) << words;
  }
  for (const char* words : {"", "a--b", "--a", "dyndbg=\"file a -- b\"", "a=--"}) {
    EXPECT_EQ(complaint(words, 100), "") << words;
  }
}

kernel::Kernel kernel_with(const base::TempDir& directory, const std::string& config) {
  kernel::Kernel kernel;
  kernel.config = directory.path() / "config";
  base::write_file_atomically(kernel.config, config);
  return kernel;
}

TEST(DevicesByCommandLine, AreFoundByAKernelWithVirtioMmioAndItsWordsBuiltIn) {
  const base::TempDir directory(base::fs::temp_directory_path(), "quiz-unit-");
  EXPECT_TRUE(finds_devices_by_command_line(
      kernel_with(directory, "CONFIG_VIRTIO_MMIO=y\nCONFIG_VIRTIO_MMIO_CMDLINE_DEVICES=y\n")));
  EXPECT_FALSE(finds_devices_by_command_line(
      kernel_with(directory, "CONFIG_VIRTIO_MMIO=m\nCONFIG_VIRTIO_MMIO_CMDLINE_DEVICES=y\n")));
  EXPECT_FALSE(finds_devices_by_command_line(kernel_with(directory, "CONFIG_VIRTIO_MMIO=y\n")));
  EXPECT_FALSE(finds_devices_by_command_line(kernel::Kernel()));
}

TEST(TimerHz, IsReadFromTheKernelsConfiguration) {
  const base::TempDir directory(base::fs::temp_directory_path(), "quiz-unit-");
  kernel::Kernel kernel;
  EXPECT_EQ(timer_hz(kernel), 0U);
  kernel.config = directory.path() / "config";
  EXPECT_EQ(timer_hz(kernel), 0U) << "no such file";
  base::write_file_atomically(kernel.config,
                              "# CONFIG_HZ_100 is not set\nCONFIG_HZ_250=y\nCONFIG_HZ=250\n");
  EXPECT_EQ(timer_hz(kernel), 250U);
  base::write_file_atomically(kernel.config, "# CONFIG_HZ is not set\nCONFIG_HZ_250=y\n");
  EXPECT_EQ(timer_hz(kernel), 0U);
}

}  // namespace
}  // namespace quiz::run
