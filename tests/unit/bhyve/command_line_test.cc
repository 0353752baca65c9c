#include "bhyve/command_line.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "base/files.h"

namespace quiz::bhyve {
namespace {

machine::MachineSpec small() {
  machine::MachineSpec spec;
  spec.cpus = 1;
  spec.memory_mib = 256;
  spec.kernel = "/store/kernels/debian/bzImage";
  spec.initramfs = "/cache/initramfs/1234";
  spec.command_line = "panic=-1 quiet";
  spec.shares = {{"base", "/", false}};
  return spec;
}

machine::MachineSpec large() {
  machine::MachineSpec spec = small();
  spec.cpus = 4;
  spec.memory_mib = 4096;
  spec.shares = {{"base", "/", false}, {"output", "/home/me/out", true}};
  spec.disks = {{"quizb0", "/tmp/disk 0", 1 << 30, 4096, false, false},
                {"quizb1", "/tmp/disk1", 1 << 30, 512, true, false}};
  spec.network = machine::Network{{{2222, 22, false}, {5353, 53, true}}};
  return spec;
}

std::string written(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += word + "\n";
  return text;
}

void expect_golden(const std::string& name, const std::vector<std::string>& words) {
  const std::string path = QUIZ_TEST_DATA "/golden/bhyve/" + name + ".txt";
  if (std::getenv("QUIZ_ACCEPT") != nullptr) {
    base::write_file_atomically(path, written(words));
    GTEST_SKIP() << "accepted the present words as " << path;
  }
  EXPECT_EQ(written(words), base::read_file(path)) << "QUIZ_ACCEPT=1 accepts this";
}

TEST(BhyveCommandLine, OfASmallMachineIsTheGoldenOne) {
  expect_golden("small", command_line("bhyve", small()));
}

TEST(BhyveCommandLine, OfAMachineWithDisksAndANetworkIsTheGoldenOne) {
  expect_golden("large", command_line("bhyve", large()));
}

TEST(BhyveCommandLine, MakesEveryShareReadOnlyThatIsNotMeantToBeWritten) {
  for (const std::string& word : command_line("bhyve", large())) {
    if (word.find("virtio-9p") == std::string::npos) continue;
    EXPECT_EQ(word.ends_with(",ro"), word.find("output") == std::string::npos) << word;
  }
}

TEST(BhyveCommandLine, LeavesOutAnInitrdThatIsNotThere) {
  machine::MachineSpec spec = small();
  spec.initramfs.clear();
  EXPECT_EQ(written(command_line("bhyve", spec)).find("loader.initrd"), std::string::npos);
}

}  // namespace
}  // namespace quiz::bhyve
