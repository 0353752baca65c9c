#include "kernel/configure.h"

#include <gtest/gtest.h>

#include <string>

#include "base/error.h"
#include "fixtures.h"
#include "kernel/build.h"
#include "kernel/built_tree.h"
#include "kernel/toolchain.h"

namespace quiz::kernel {
namespace {

/// What quiz asks of a kernel by itself, as a .config.
ConfigValues own_configuration(const base::Architecture& architecture, const std::string& version) {
  ConfigRequest request;
  request.architecture = architecture;
  return parse_config(config_text(collect_demands(request, version).base));
}

TEST(Configuration, OfEachArchitectureHasWhatAMachineOfItNeeds) {
  for (const base::Architecture& architecture : base::architectures()) {
    for (const char* version : {"5.4.0", "6.12.1", "7.2.0"}) {
      const auto missing = missing_options(own_configuration(architecture, version), architecture);
      EXPECT_TRUE(missing.empty()) << architecture.name << " lacks " << missing.front();
    }
  }
}

TEST(Configuration, AsksForNoDeviceOfAnotherArchitecture) {
  const auto has = [](const char* architecture, const char* option) {
    return own_configuration(base::architecture_named(architecture), "6.12.1").contains(option);
  };
  EXPECT_TRUE(has("x86_64", "SERIAL_8250"));
  EXPECT_FALSE(has("s390x", "SERIAL_8250"));
  EXPECT_FALSE(has("s390x", "PCI"));
  EXPECT_FALSE(has("aarch64", "VIRTIO_MMIO_CMDLINE_DEVICES"));
}

TEST(Configuration, TellsItsArchitecture) {
  const auto name = [](const std::string& folder, const std::string& words = "CONFIG_64BIT=y\n") {
    const auto found = architecture_of_config("#\n# Linux/" + folder +
                                              " 6.12.1 Kernel Configuration\n#\n" + words);
    return found ? std::string(found->name) : "none";
  };
  EXPECT_EQ(name("x86"), "x86_64");
  EXPECT_EQ(name("x86_64"), "x86_64");
  EXPECT_EQ(name("i386", ""), "i686");
  EXPECT_EQ(name("x86", "# CONFIG_64BIT is not set\n"), "i686");
  EXPECT_EQ(name("s390"), "s390x");
  EXPECT_EQ(name("powerpc"), "ppc64le");
  EXPECT_EQ(name("arm", ""), "armv7l");
  EXPECT_THROW(name("sparc"), base::Error);
  EXPECT_FALSE(architecture_of_config("CONFIG_SMP=y\n").has_value());
}

TEST(Configuration, ForAnotherArchitectureIsRefusedByItsName) {
  const test::Scratch scratch;
  scratch.write("mine", "#\n# Linux/x86 6.12.1 Kernel Configuration\n#\nCONFIG_64BIT=y\n");
  BuildRequest request;
  request.what = "/nowhere";
  request.config.config = scratch.path() / "mine";
  request.config.architecture = base::architecture_named("s390x");
  base::SilentReporter reporter;
  try {
    make_config(request, scratch.path() / "cache", reporter);
    FAIL() << "it was not refused";
  } catch (const base::Error& error) {
    EXPECT_EQ(error.message(), "the configuration " + (scratch.path() / "mine").string() +
                                   " is for x86_64, not for machines of s390x");
  }
}

TEST(Toolchain, IsNamedInTheCommandOfAForeignTreeAlone) {
  EXPECT_EQ(make_command(base::host_architecture()), "make");
  EXPECT_EQ(make_command(base::architecture_named("aarch64")),
            "make ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu-");
}

}  // namespace
}  // namespace quiz::kernel
