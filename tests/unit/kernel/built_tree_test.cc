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
  EXPECT_TRUE(missing_options(parse_config(kComplete + "CONFIG_OVERLAY_FS=m\n")).empty());
  EXPECT_EQ(missing_options(parse_config(kComplete)), std::vector<std::string>{"OVERLAY_FS"});
  EXPECT_EQ(missing_options(parse_config(kComplete + "CONFIG_OVERLAY_FS=y\nCONFIG_TMPFS=m\n")),
            std::vector<std::string>{"TMPFS"});
}

TEST(BuiltTree, NamesTheMissingOptionAndTheCommandThatSetsIt) {
  const test::Scratch scratch;
  scratch.write("linux/.config", kComplete);
  const auto [message, hint] = error_of(scratch.path() / "linux", scratch.path());
  EXPECT_NE(message.find("lacks OVERLAY_FS, which"), std::string::npos) << message;
  EXPECT_NE(hint.find("scripts/config -e OVERLAY_FS && make olddefconfig"), std::string::npos);
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
