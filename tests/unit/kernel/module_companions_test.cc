#include "kernel/module_companions.h"

#include <gtest/gtest.h>

#include "fixtures.h"

namespace quiz::kernel {
namespace {

using test::Scratch;

class ModuleCompanionsTest : public testing::Test {
 protected:
  ModuleCompanionsTest() {
    kernel_.release = "6.1.0-quiz-test";
    kernel_.source = kSourceDebian;
    kernel_.modules = scratch_.path() / "modules";
    kernel_.config = scratch_.write("config", "CONFIG_X=y\n");
    fs::create_directories(directory());
  }
  fs::path directory() const { return kernel_.module_directory(); }

  Scratch scratch_;
  Kernel kernel_;
};

TEST_F(ModuleCompanionsTest, AreTheConfigurationAndTheDistributionsHeaders) {
  make_module_companions(kernel_);
  EXPECT_EQ(base::read_file(directory() / "config"), "CONFIG_X=y\n");
  EXPECT_EQ(fs::read_symlink(directory() / "build"), "/usr/src/linux-headers-6.1.0-quiz-test");
  make_module_companions(kernel_);  // again
  EXPECT_EQ(base::read_file(directory() / "config"), "CONFIG_X=y\n");
}

TEST_F(ModuleCompanionsTest, LeadToTheEntrysOwnTreeEvenAfterAMove) {
  kernel_.source = kSourceBuilt;
  kernel_.kbuild = scratch_.path() / "kbuild";
  fs::create_symlink("/somewhere/else", directory() / "build");
  make_module_companions(kernel_);
  EXPECT_EQ(fs::read_symlink(directory() / "build"), kernel_.kbuild.string());
}

TEST_F(ModuleCompanionsTest, LeaveATreeAlone) {
  kernel_.kbuild = directory() / "build";
  fs::create_directories(kernel_.kbuild);
  make_module_companions(kernel_);
  EXPECT_TRUE(fs::is_directory(fs::symlink_status(kernel_.kbuild)));
}

TEST_F(ModuleCompanionsTest, AreNotPutAmongFilesOutsideTheStore) {
  kernel_.source = "file";
  make_module_companions(kernel_);
  EXPECT_TRUE(fs::is_empty(directory()));
}

TEST_F(ModuleCompanionsTest, AreNoneWhereNothingIsKnown) {
  kernel_.source = kSourceAdded;
  kernel_.config.clear();
  make_module_companions(kernel_);
  EXPECT_TRUE(fs::is_empty(directory()));
}

}  // namespace
}  // namespace quiz::kernel
