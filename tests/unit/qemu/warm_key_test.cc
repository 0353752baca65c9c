#include "qemu/warm_key.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/files.h"

namespace quiz::qemu {
namespace {

namespace fs = std::filesystem;

class WarmKeyTest : public testing::Test {
 protected:
  WarmKeyTest() {
    spec_.cpus = 2;
    spec_.memory_mib = 1024;
    spec_.kernel = file("vmlinux", "kernel");
    spec_.initramfs = file("initramfs", "init");
    spec_.command_line = "panic=-1";
    spec_.shares = {{"base", "/", false}, {"output", "/out", true}};
    program_ = file("qemu", "program").string();
  }
  fs::path file(const std::string& name, const std::string& content) const {
    const fs::path path = scratch_.path() / name;
    std::ofstream(path) << content;
    return path;
  }
  std::string key() const { return warm_key(program_, spec_); }

  base::TempDir scratch_{fs::temp_directory_path(), "quiz-unit-"};
  machine::MachineSpec spec_;
  std::string program_;
};

TEST_F(WarmKeyTest, DoesNotDependOnWhatDiffersFromRunToRun) {
  const std::string before = key();
  EXPECT_EQ(before.size(), 32U);
  EXPECT_EQ(key(), before);
  spec_.shares[0].path = "/elsewhere";
  spec_.shares[1] = {"output", "/run/empty", false};
  EXPECT_EQ(key(), before);
}

TEST_F(WarmKeyTest, DependsOnEverythingThatShapesTheMachine) {
  const std::string before = key();
  const machine::MachineSpec same = spec_;
  const auto changed = [&](auto change) {
    spec_ = same;
    change();
    return key() != before;
  };
  EXPECT_TRUE(changed([&] { spec_.cpus = 3; }));
  EXPECT_TRUE(changed([&] { spec_.memory_mib = 512; }));
  EXPECT_TRUE(changed([&] { spec_.command_line += " quiet"; }));
  EXPECT_TRUE(changed([&] { spec_.devices_by_command_line = true; }));
  EXPECT_TRUE(changed([&] { spec_.accelerator = machine::Accelerator::kvm; }));
  EXPECT_TRUE(changed([&] { spec_.root_image = scratch_.path() / "root.erofs"; }));
  EXPECT_TRUE(changed([&] { spec_.shares.pop_back(); }));
  EXPECT_TRUE(changed([&] { spec_.shares[1].tag = "other"; }));
}

TEST_F(WarmKeyTest, ChangesWithEveryFileOfTheMachine) {
  file("root.erofs", "image");
  spec_.root_image = scratch_.path() / "root.erofs";
  for (const char* name : {"vmlinux", "initramfs", "qemu", "root.erofs"}) {
    const std::string before = key();
    const std::string content = base::read_file(scratch_.path() / name);
    file(name, content + "!");
    EXPECT_NE(key(), before) << name;
    // Replaced by one that looks the same.
    const std::string grown = key();
    fs::copy_file(scratch_.path() / name, scratch_.path() / "copy");
    fs::rename(scratch_.path() / "copy", scratch_.path() / name);
    EXPECT_NE(key(), grown) << name;
  }
}

TEST(ProcessorIdentity, IsOfTheFirstProcessor) {
  const std::string one =
      "processor\t: 0\nmodel name\t: A CPU\nstepping\t: 7\nmicrocode\t: 0x1\ncpu MHz\t: 2600.1\n"
      "flags\t\t: fpu vme\n";
  EXPECT_EQ(processor_identity(one + "\nprocessor\t: 1\nmodel name\t: Another\n"),
            "model name\t: A CPU\nstepping\t: 7\nmicrocode\t: 0x1\nflags\t\t: fpu vme\n");
  EXPECT_EQ(processor_identity(""), "");
}

}  // namespace
}  // namespace quiz::qemu
