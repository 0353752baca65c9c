#include "qemu/command_line.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "base/error.h"
#include "base/files.h"
#include "boot/plan.h"
#include "qemu/bare_command_line_x86_64.h"
#include "qemu/target.h"

namespace quiz::qemu {
namespace {

using machine::Accelerator;
using machine::MachineSpec;

constexpr Plumbing kAttached{true, 3, 4, 5};

MachineSpec spec() {
  MachineSpec spec;
  spec.cpus = 2;
  spec.memory_mib = 1024;
  spec.kernel = "/store/kernels/debian/vmlinux";
  spec.initramfs = "/cache/initramfs/1234";
  spec.command_line = "panic=-1 quiet";
  spec.shares = {{"base", "/", false}};
  return spec;
}

MachineSpec with_shares() {
  MachineSpec result = spec();
  result.shares = {{"base", "/run/user/1000/quiz/1234/root", false},
                   {"directory", "/dev/shm/a b, c", false},
                   {"output", "/home/me/out,put", true}};
  return result;
}

/// One word a line; a word that spans lines would not be one of ours.
std::string written(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += word + "\n";
  return text;
}

/// The words are those of tests/golden/qemu/NAME.txt. QUIZ_ACCEPT=1 takes the present ones as
/// right.
void expect_golden(const std::string& name, const std::vector<std::string>& words) {
  const std::string path = QUIZ_TEST_DATA "/golden/qemu/" + name + ".txt";
  if (std::getenv("QUIZ_ACCEPT") != nullptr) {
    base::write_file_atomically(path, written(words));
    GTEST_SKIP() << "accepted the present words as " << path;
  }
  EXPECT_EQ(written(words), base::read_file(path)) << "QUIZ_ACCEPT=1 accepts this";
}

bool has(const std::vector<std::string>& words, const std::string& option,
         const std::string& value) {
  const auto found = std::search(words.begin(), words.end(), &option, &option + 1);
  return found != words.end() && std::find(found, words.end(), value) != words.end();
}

TEST(CommandLine, OfAMachineWithARootImageIsTheGoldenOne) {
  MachineSpec rooted = with_shares();
  rooted.root_image = "/store/roots/a, b/root.erofs";
  rooted.devices_by_command_line = true;
  EXPECT_EQ(virtio_devices(rooted), virtio_devices(with_shares()) + 1);
  expect_golden("root", command_line("qemu-system-x86_64", rooted, kAttached));
}

TEST(CommandLine, OfAnEmulatedMachineIsTheGoldenOne) {
  expect_golden("tcg", command_line("qemu-system-x86_64", spec(), kAttached));
}

TEST(CommandLine, OfAnAcceleratedMachineIsTheGoldenOne) {
  MachineSpec accelerated = spec();
  accelerated.accelerator = Accelerator::kvm;
  accelerated.cpus = 8;
  accelerated.memory_mib = 4096;
  expect_golden("kvm", command_line("/opt/qemu 9/bin/qemu", accelerated, kAttached));
}

TEST(CommandLine, OfASmallMachineIsTheGoldenOne) {
  MachineSpec small = spec();
  small.cpus = 1;
  small.memory_mib = 128;
  small.shares.clear();
  expect_golden("small", command_line("qemu-system-x86_64", small, kAttached));
}

MachineSpec with_disks() {
  MachineSpec result = spec();
  result.disks = {{"quizb0", "/run/user/1000/quiz/1234/a,b", 1 << 30, 512, false, false},
                  {"quizb1", "/home/me/disks/quizb1", 2 << 20, 4096, true, true}};
  result.network = machine::Network{{{8080, 80, false}, {5353, 53, true}}};
  return result;
}

TEST(CommandLine, KeepsWhatOnlyRootMayMakeInAttributesWhereThatIsWanted) {
  MachineSpec mapped = spec();
  mapped.shares = {{"base", "/", false}, {"write", "/srv", true, true}};
  const std::string words = written(command_line("qemu", mapped, kAttached));
  EXPECT_NE(words.find("id=base,path=/,security_model=none"), std::string::npos);
  EXPECT_NE(words.find("id=write,path=/srv,security_model=mapped-xattr"), std::string::npos);
}

TEST(CommandLine, OfAMachineAtALanHasASocketOnlyWhereItIsGivenOne) {
  MachineSpec member = spec();
  member.lan = true;
  Plumbing plumbing = kAttached;
  plumbing.lan = 8;
  const std::string card = "netdev=lan,mac=52:54:00:12:34:57";
  const std::string words = written(command_line("qemu", member, plumbing));
  EXPECT_NE(words.find("dgram,id=lan,local.type=fd,local.str=8"), std::string::npos);
  EXPECT_NE(words.find(card), std::string::npos);
  plumbing.blank = true;
  const std::string blank = written(command_line("qemu", member, plumbing));
  EXPECT_NE(blank.find("hubport,id=lan,hubid=0"), std::string::npos);
  EXPECT_NE(blank.find(card), std::string::npos) << "a saved machine is the same as any other";
  EXPECT_EQ(blank.find("local.str"), std::string::npos);
  EXPECT_EQ(virtio_devices(member), virtio_devices(spec()) + 1);
}

TEST(CommandLine, OfDisksAndANetworkIsTheGoldenOne) {
  expect_golden("disks", command_line("qemu-system-x86_64", with_disks(), kAttached));
}

/// Debian's kernel as well as one that needs no PCI.
TEST(CommandLine, OfDisksThatComeAndGoHasThemOnABusOfTheirOwn) {
  MachineSpec open = with_disks();
  open.hot_plug = true;
  open.devices_by_command_line = true;
  const std::string words = written(command_line("qemu", open, kAttached));
  EXPECT_NE(words.find("q35"), std::string::npos);
  EXPECT_NE(words.find("virtio-scsi-pci,id=slots"), std::string::npos);
  EXPECT_NE(words.find("scsi-hd,bus=slots.0,id=quizb1,drive=quizb1,serial=quizb1"),
            std::string::npos);
  EXPECT_EQ(words.find("virtio-blk"), std::string::npos);
  open.disks.clear();
  EXPECT_NE(written(command_line("qemu", open, kAttached)).find("id=slots"), std::string::npos);
  open.architecture = base::architecture_named("s390x");
  EXPECT_THROW(check_room(open), base::Error);
}

TEST(CommandLine, OfAnS390xIsTheGoldenOne) {
  MachineSpec mainframe = with_disks();
  mainframe.architecture = base::architecture_named("s390x");
  mainframe.root_image = "/store/roots/small+s390x/root.erofs";
  expect_golden("s390x", command_line("qemu-system-s390x", mainframe, kAttached));
}

TEST(CommandLine, OfAnI686IsThatOfA64BitPc) {
  MachineSpec pc = with_disks();
  pc.architecture = base::architecture_named("i686");
  EXPECT_EQ(command_line("qemu-system-x86_64", pc, kAttached),
            command_line("qemu-system-x86_64", with_disks(), kAttached));
}

TEST(CommandLine, OfAnAarch64IsTheGoldenOne) {
  MachineSpec arm = spec();
  arm.architecture = base::architecture_named("aarch64");
  expect_golden("aarch64", command_line("qemu-system-aarch64", arm, kAttached));
}

TEST(CommandLine, OfAnArmv7lIsTheGoldenOne) {
  MachineSpec arm = spec();
  arm.architecture = base::architecture_named("armv7l");
  expect_golden("armv7l", command_line("qemu-system-arm", arm, kAttached));
}

TEST(CommandLine, OfARiscv64IsTheGoldenOne) {
  MachineSpec riscv = with_disks();
  riscv.architecture = base::architecture_named("riscv64");
  expect_golden("riscv64", command_line("qemu-system-riscv64", riscv, kAttached));
}

TEST(CommandLine, OfAPpc64leIsTheGoldenOne) {
  MachineSpec power = with_disks();
  power.architecture = base::architecture_named("ppc64le");
  expect_golden("ppc64le", command_line("qemu-system-ppc64", power, kAttached));
}

TEST(CommandLine, OfAMachineThatIsOnlySavedNamesNoFileAndNoPortOfTheHost) {
  Plumbing saved = kAttached;
  saved.blank = true;
  const std::string words = written(command_line("qemu", with_disks(), saved));
  EXPECT_NE(words.find("null-co,size=1073741824"), std::string::npos);
  EXPECT_EQ(words.find("/home/me"), std::string::npos);
  EXPECT_EQ(words.find("hostfwd"), std::string::npos);
}

TEST(CommandLine, OfAMachineThatGoesOnNamesNoKernel) {
  Plumbing resumed = kAttached;
  resumed.memory = "/cache/memory";
  resumed.incoming = true;
  const std::string words = written(command_line("qemu", spec(), resumed));
  EXPECT_NE(words.find("-incoming\n"), std::string::npos);
  for (const char* const word : {"-kernel", "-initrd", "-append"}) {
    EXPECT_EQ(words.find(word), std::string::npos) << word;
  }
}

TEST(CommandLine, OfSharesIsTheGoldenOne) {
  expect_golden("shares", command_line("qemu-system-x86_64", with_shares(), kAttached));
}

TEST(CommandLine, OfAMachineThatStandsAloneIsTheGoldenOne) {
  expect_golden("alone", command_line("qemu-system-x86_64", spec(), {false, -1, -1, -1}));
}

TEST(CommandLine, IsTheSameForTheSameMachine) {
  EXPECT_EQ(command_line("qemu", with_shares(), kAttached),
            command_line("qemu", with_shares(), kAttached));
}

// Without readonly=on a guest could remount its share and write to the host.
TEST(CommandLine, MakesEveryShareReadOnlyThatIsNotMeantToBeWritten) {
  int shares = 0;
  for (const std::string& word : command_line("qemu", with_shares(), kAttached)) {
    if (!word.starts_with("local,id=")) continue;
    ++shares;
    EXPECT_EQ(word.ends_with(",readonly=on"), !word.starts_with("local,id=output,")) << word;
  }
  EXPECT_EQ(shares, 3);
}

TEST(CommandLine, LetsNoPathBecomeAnOption) {
  MachineSpec sly = spec();
  sly.shares = {{"base", "/x,readonly=off", false}};
  const auto words = command_line("qemu", sly, kAttached);
  EXPECT_TRUE(
      has(words, "-fsdev",
          "local,id=base,path=/x,,readonly=off,security_model=none,multidevs=remap,readonly=on"));
}

TEST(CommandLine, GivesAMachineThatStandsAloneNoDescriptorAndNoWire) {
  const std::string text = written(command_line("qemu", spec(), {false, -1, -1, -1}));
  EXPECT_EQ(text.find("fd="), std::string::npos);
  EXPECT_EQ(text.find("quiz.wire"), std::string::npos);
}

/// A plan of nothing but its board, and the machine for it.
class BareCommandLine : public testing::Test {
 protected:
  BareCommandLine() {
    plan_.platform.cpus = 2;
    plan_.platform.memory = std::uint64_t{512} << 20;
    spec_.plan = &plan_;
    plumbing_.rom = "/run/user/1000/quiz/1234/rom";
    plumbing_.content = "/run/user/1000/quiz/1234/content";
    plumbing_.console = "/run/user/1000/quiz/1234/console";
    plumbing_.control = 5;
  }

  boot::BootPlan plan_;
  MachineSpec spec_;
  BarePlumbing plumbing_;
};

TEST_F(BareCommandLine, OfAMicrovmIsTheGoldenOne) {
  expect_golden("bare-microvm", bare_command_line("qemu-system-x86_64", spec_, plumbing_));
}

TEST_F(BareCommandLine, OfAPcThatOthersLookIntoIsTheGoldenOne) {
  plan_.platform.board = boot::Board::q35;
  spec_.accelerator = Accelerator::kvm;
  plumbing_.monitor_socket = 7;
  expect_golden("bare-q35",
                bare_command_line("/opt/qemu/bin/qemu-system-x86_64", spec_, plumbing_));
}

TEST_F(BareCommandLine, LetsNoPathBecomeAnOption) {
  for (const boot::Board board : {boot::Board::microvm, boot::Board::q35}) {
    plan_.platform.board = board;
    plumbing_.content = "/tmp/a,share=on";
    plumbing_.console = "/tmp/b,mux=on";
    const std::string words = written(bare_command_line("qemu", spec_, plumbing_));
    for (const char* escaped : {"/tmp/a,,share=on", "/tmp/b,,mux=on"}) {
      EXPECT_NE(words.find(escaped), std::string::npos) << escaped << " is not in " << words;
    }
  }
}

}  // namespace
}  // namespace quiz::qemu
