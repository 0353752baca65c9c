#include "kernel/modules.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.h"
#include "fixtures.h"

namespace quiz::kernel {
namespace {

using boot::test::make_module;
using test::Scratch;

std::vector<std::string> names(const ModulePlan& plan) {
  std::vector<std::string> result;
  for (const fs::path& file : plan.files) result.push_back(module_name(file.string()));
  return result;
}

using Names = std::vector<std::string>;

TEST(ModuleName, IgnoresDirectoriesSuffixesAndDashes) {
  EXPECT_EQ(module_name("kernel/drivers/char/hw_random/virtio-rng.ko.xz"), "virtio_rng");
  EXPECT_EQ(module_name("virtio_rng"), "virtio_rng");
  EXPECT_EQ(module_name("9p.ko"), "9p");
}

class ModulesTest : public testing::Test {
 protected:
  ModulesTest() { scratch.write("modules.builtin", "kernel/fs/built-in.ko\n"); }
  ModulePlan plan(const Names& wanted) { return plan_modules(scratch.path(), wanted); }
  Scratch scratch;
};

class ModulesWithDepTest : public ModulesTest {
 protected:
  ModulesWithDepTest() {
    scratch.write("modules.dep",
                  "kernel/virtio.ko.xz: kernel/virtio_ring.ko.xz\n"
                  "kernel/virtio_ring.ko.xz:\n"
                  "kernel/virtio-pci.ko.xz: kernel/virtio.ko.xz kernel/virtio_ring.ko.xz\n"
                  "kernel/9pnet.ko.xz:\n"
                  "kernel/9p.ko.xz: kernel/9pnet.ko.xz\n"
                  "kernel/loop_a.ko: kernel/loop_b.ko\n"
                  "kernel/loop_b.ko: kernel/loop_a.ko\n"
                  "kernel/broken.ko: kernel/gone.ko\n");
  }
};

TEST_F(ModulesWithDepTest, ComeAfterWhatTheyDependOnAndOnlyOnce) {
  const ModulePlan result = plan({"virtio_pci", "9p", "virtio"});
  EXPECT_EQ(names(result), (Names{"virtio_ring", "virtio", "virtio_pci", "9pnet", "9p"}));
  EXPECT_EQ(result.files[2], scratch.path() / "kernel/virtio-pci.ko.xz");
  EXPECT_TRUE(result.missing.empty());
}

TEST_F(ModulesWithDepTest, BuiltInOnesAreSkippedAndMissingOnesReported) {
  const ModulePlan result = plan({"built_in", "nosuch", "virtio_ring"});
  EXPECT_EQ(names(result), Names{"virtio_ring"});
  EXPECT_EQ(result.missing, Names{"nosuch"});
}

TEST_F(ModulesWithDepTest, ThatDependOnEachOtherDoNotLoopForever) {
  EXPECT_EQ(names(plan({"loop_a"})).size(), 2U);
}

TEST_F(ModulesWithDepTest, WithAMissingDependencyAreAnError) {
  EXPECT_THROW(plan({"broken"}), base::Error);
}

TEST_F(ModulesTest, WithoutModulesDepAreAskedThemselves) {
  scratch.write("modules.order", "kernel/virtio.ko\nkernel/virtio_ring.ko\nkernel/virtio-pci.ko\n");
  scratch.write("kernel/virtio.ko",
                make_module(std::string("license=GPL\0depends=virtio_ring\0", 32)));
  scratch.write("kernel/virtio_ring.ko.xz",
                test::compress(make_module(std::string("depends=\0name=x\0", 16)), "xz"));
  scratch.write("kernel/virtio-pci.ko.zst",
                test::compress(
                    make_module(std::string("depends=virtio_ring,virtio,built-in\0", 36)), "zstd"));
  EXPECT_EQ(names(plan({"virtio-pci"})), (Names{"virtio_ring", "virtio", "virtio_pci"}));
  scratch.write("kernel/virtio.ko", "damaged");
  EXPECT_THROW(plan({"virtio"}), base::Error);
}

TEST_F(ModulesTest, AreFoundByLookingWhereThereIsNoListAtAll) {
  scratch.write("extra/deep/thing.ko", make_module("depends="));
  EXPECT_EQ(names(plan({"thing"})), Names{"thing"});
  EXPECT_THROW(plan_modules(scratch.path() / "missing", {"thing"}), base::Error);
}

}  // namespace
}  // namespace quiz::kernel
