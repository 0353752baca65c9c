#include "kernel/built_tree.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "fixtures.h"
#include "kernel/modules.h"

namespace quiz::kernel {
namespace {

const std::string kComplete =
    "CONFIG_BLK_DEV_INITRD=y\nCONFIG_DEVTMPFS=y\nCONFIG_TMPFS=y\nCONFIG_PROC_FS=y\n"
    "CONFIG_SYSFS=y\nCONFIG_BINFMT_ELF=y\nCONFIG_SERIAL_8250=y\nCONFIG_SERIAL_8250_CONSOLE=y\n"
    "CONFIG_PCI=y\nCONFIG_VIRTIO_PCI=m\nCONFIG_VIRTIO_CONSOLE=y\nCONFIG_NET_9P=y\n"
    "CONFIG_NET_9P_VIRTIO=m\nCONFIG_9P_FS=m\n";

std::pair<std::string, std::string> error_of(const fs::path& directory, const fs::path& cache) {
  try {
    describe_built_tree(directory, cache);
  } catch (const base::Error& error) {
    return {error.message(), error.hint()};
  }
  return {"no error", ""};
}

TEST(BuiltTree, NeedsWhatTheGuestIsMadeOfBuiltInOrAsAModule) {
  const auto missing = [](const std::string& config, const char* architecture = "x86_64") {
    return missing_options(parse_config(config), base::architecture_named(architecture));
  };
  EXPECT_TRUE(missing(kComplete + "CONFIG_OVERLAY_FS=m\n").empty());
  EXPECT_EQ(missing(kComplete), std::vector<std::string>{"OVERLAY_FS"});
  EXPECT_EQ(missing(kComplete + "CONFIG_OVERLAY_FS=y\nCONFIG_TMPFS=m\n"),
            std::vector<std::string>{"TMPFS"});
  EXPECT_EQ(missing(kComplete + "CONFIG_OVERLAY_FS=y\nCONFIG_S390_GUEST=y\n", "s390x"),
            (std::vector<std::string>{"SCLP_VT220_TTY", "SCLP_VT220_CONSOLE"}));
}

TEST(BuiltTree, NamesTheMissingOptionAndTheCommandThatSetsIt) {
  const test::Scratch scratch;
  scratch.write("linux/.config", kComplete);
  const auto [message, hint] = error_of(scratch.path() / "linux", scratch.path());
  EXPECT_NE(message.find("lacks OVERLAY_FS, which"), std::string::npos) << message;
  EXPECT_NE(hint.find("scripts/config -e OVERLAY_FS && make olddefconfig"), std::string::npos);
}

TEST(BuiltTree, OfAnotherArchitectureSaysHowToMakeIt) {
  const test::Scratch scratch;
  const std::string banner = "#\n# Linux/s390 6.12.3 Kernel Configuration\n#\n";
  scratch.write("linux/.config", banner + kComplete +
                                     "CONFIG_OVERLAY_FS=y\nCONFIG_64BIT=y\nCONFIG_S390_GUEST=y\n"
                                     "CONFIG_SCLP_VT220_TTY=y\nCONFIG_SCLP_VT220_CONSOLE=y\n");
  const fs::path tree = scratch.path() / "linux";
  EXPECT_EQ(error_of(tree, scratch.path()).second,
            "make ARCH=s390 CROSS_COMPILE=s390x-linux-gnu- -C " + tree.string());
  scratch.write("linux/.config", "#\n# Linux/sparc 6.12.3 Kernel Configuration\n#\n" + kComplete);
  EXPECT_EQ(error_of(tree, scratch.path()).first,
            "quiz has no machines of the architecture 'sparc'");
}

TEST(BuiltTree, SaysWhatToDoWithATreeThatIsNotBuilt) {
  const test::Scratch scratch;
  scratch.write("none/file", "");
  scratch.write("fresh/Kconfig", "");
  scratch.write("fresh/arch/x86/Kconfig", "");
  scratch.write("configured/.config", kComplete + "CONFIG_OVERLAY_FS=y\n");
  const auto message = [&](const char* name) {
    return error_of(scratch.path() / name, scratch.path()).first;
  };
  EXPECT_NE(message("none").find("is no built kernel tree"), std::string::npos);
  EXPECT_NE(message("fresh").find("not configured"), std::string::npos);
  EXPECT_NE(message("configured").find("is not built"), std::string::npos);
}

}  // namespace
}  // namespace quiz::kernel
