#include "run/plan.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "base/error.h"
#include "base/files.h"
#include "bhyve/command_line.h"
#include "plan_text.h"
#include "qemu/monitor_qemu.h"

namespace quiz::run {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

/// The plan is that of tests/golden/run/NAME.txt. QUIZ_ACCEPT=1 takes the present one as right.
void expect_golden(const std::string& name, const std::string& text) {
  const fs::path path = fs::path(QUIZ_TEST_DATA) / "golden" / "run" / (name + ".txt");
  if (std::getenv("QUIZ_ACCEPT") != nullptr) {
    base::write_file_atomically(path, text);
    GTEST_SKIP() << "accepted: " << path;
  }
  EXPECT_EQ(text, base::read_file(path)) << "QUIZ_ACCEPT=1 accepts this";
}

/// `make check` in a home, with a kernel of the store, on a machine that does not exist.
class PlanTest : public testing::Test {
 protected:
  PlanTest() {
    request_.words = {"make", "check"};
    request_.directory = "/home/me/project";
    request_.kernel.name = "debian";
    request_.kernel.release = "6.12.0";
    request_.kernel.image = "/store/kernels/debian/vmlinux";
    request_.kernel.modules = "/store/kernels/debian";
    request_.cpus = 2;
    request_.memory_mib = 1024;

    places_.initramfs = "/cache/initramfs/1234";
    places_.devices_by_command_line = true;
    places_.timer_hz = 250;
    places_.sharing = {"/usr/lib", "/home/me/project", {}};
    places_.shell = "/bin/zsh";
    places_.caller = {{"HOME=/home/me", "PATH=/usr/bin", "SSH_AUTH_SOCK=/tmp/agent"},
                      "/bin/zsh",
                      1000,
                      1001,
                      {27, 1001},
                      027,
                      {{7, 1024, 4096}}};
    places_.candidate = "/usr/bin/make";
    places_.streams.kinds = {wire::StreamKind::pipe, wire::StreamKind::pipe,
                             wire::StreamKind::joined};
    places_.tsc_khz = 2'000'000;
    places_.data = "/store";
    places_.cache = "/cache";
    places_.own = {"/store/image-key", "/run/user/1000/quiz"};
    places_.monitor = {"/usr", "/lib"};
    places_.scratch = "/run/user/1000/quiz/1234";
    places_.empty = "/run/user/1000/quiz/1234/empty";
  }

  void add_disks() {
    for (const char* name : {"quizb0", "quizb1"}) {
      profile::WantedDisk wanted;
      wanted.disk.name = name;
      request_.profiles.disks.push_back(wanted);
    }
    places_.disks = {
        {"quizb0", "/cache/runs/1234/quizb0", 1 << 30, 4096, false, false},
        {"quizb1", "/store/disks/pool/quizb1", std::uint64_t{8} << 30, 512, false, true}};
    places_.keeps_disks = true;
    places_.modules = {{"/lib/modules/6.12.0/kernel/zfs.ko", "zfs_dbgmsg_enable=1"}};
    places_.files = {{"etc/zfs/key", 0600, "secret\n"}};
    request_.profiles.profiles = {"zfs"};
    request_.profiles.cmdline = "zfs.debug=1";
    request_.profiles.environment = {"POOL=tank"};
    request_.profiles.guest = {{"zfs", false, {}, "#!/bin/sh\n", {"QUIZ_OPTION_COUNT=2"}}};
    request_.profiles.guest_after = {{"zfs", false, {}, "#!/bin/sh\n", {}},
                                     {"other", false, {}, "#!/bin/sh\n", {}}};
  }
  RunPlan planned() const { return plan(request_, places_, monitor_, attempt_); }
  std::string text() const { return plan_text(planned()); }

  Request request_;
  Places places_;
  Attempt attempt_;
  const qemu::QemuMonitor monitor_{"qemu-system-x86_64", {{}, {}, 0}};
};

TEST_F(PlanTest, OfAProgramOnTheHostsRoot) { expect_golden("host", text()); }

TEST_F(PlanTest, OfARootInAnImageUnderKvm) {
  request_.base.kind = root::BaseKind::image;
  request_.base.name = "debian";
  request_.base.path = "/store/roots/debian/root.erofs";
  request_.base.file_system = "erofs";
  request_.layers.user = {"/home/me/.config/quiz/user"};
  attempt_.accelerator = machine::Accelerator::kvm;
  expect_golden("image", text());
}

TEST_F(PlanTest, OfAProfileWithDisksAndHooks) {
  add_disks();
  request_.output = "/home/me/results";
  request_.output_limit = std::uint64_t{4096} << 20;
  expect_golden("disks", text());
}

TEST_F(PlanTest, OfDirectoriesThatMayBeWritten) {
  request_.output = "/home/me/results";
  request_.writes = {{"/home/me/project",
                      "/home/me/project",
                      {"/home/me/project/.quiz", "/home/me/project/.quiz.toml"}},
                     {"/srv/data", "/mnt/data", {}, true}};
  request_.shown = {{"/srv/look", "/mnt/look", false}, {"/srv/try", "/mnt/try", true}};
  request_.output_limit = std::uint64_t{4096} << 20;
  expect_golden("writable", text());
}

TEST_F(PlanTest, OfANetwork) {
  request_.profiles.network = machine::Network{{{2222, 22, false}}, false};
  places_.resolv_conf = "nameserver 192.0.2.1\n";
  places_.hidden_resolver = "/run/systemd/resolve";
  expect_golden("network", text());
}

TEST_F(PlanTest, OfAKernelThatPanicsWhenItOopses) {
  request_.oops = config::OnOops::kPanic;
  request_.kernel_options = "slub_debug=FZ";
  expect_golden("oops", text());
}

TEST_F(PlanTest, OfABootThatIsSeen) {
  request_.cold = true;
  request_.boot_shown = true;
  request_.boot_timed = true;
  attempt_.again = true;
  expect_golden("cold", text());
}

TEST_F(PlanTest, OfAMachineThatAwaitsADebugger) {
  request_.gdb = true;
  expect_golden("gdb", text());
}

TEST_F(PlanTest, OfAShellAfterTheProgram) {
  request_.shell_after = true;
  request_.timeout = 90s;
  places_.streams.kinds = {wire::StreamKind::pty, wire::StreamKind::pty, wire::StreamKind::pty};
  places_.streams.uses_pty = true;
  places_.streams.raw_input = true;
  expect_golden("shell_after", text());
}

TEST_F(PlanTest, OfARootThatSystemdStarts) {
  request_.base.kind = root::BaseKind::directory;
  request_.base.name = "/srv/root";
  request_.base.path = "/srv/root";
  request_.init = wire::InitSystem::systemd;
  request_.size_mib = 300;
  request_.directory = "/usr/src/linux";
  places_.sharing.directory = "/usr/src/linux";
  expect_golden("systemd", text());
}

TEST_F(PlanTest, OfAnOrdinaryUserInATemporaryDirectory) {
  request_.as_caller = true;
  request_.environment.hide_secrets = true;
  request_.environment_additions = {"CI=1"};
  request_.hidden = {"/home/me/.ssh"};
  request_.directory = "/dev/shm/work";
  places_.sharing.directory = "/dev/shm/work";
  places_.caller.environment.emplace_back("GITHUB_TOKEN=x");
  expect_golden("user", text());
}

TEST_F(PlanTest, OfBhyve) {
  attempt_.accelerator = machine::Accelerator::kvm;
  places_.scratch.clear();
  places_.empty.clear();
  std::string words;
  for (const std::string& word : bhyve::command_line("bhyve", planned().machine)) {
    words += word + "\n";
  }
  expect_golden("bhyve", text() + "\nbhyve\n" + words);
}

TEST_F(PlanTest, LooksNothingUpAndIsTheSameEachTime) {
  add_disks();
  EXPECT_EQ(text(), text());
}

TEST_F(PlanTest, RefusesAKernelCommandLineThatWouldBeCut) {
  request_.kernel_options = std::string(4000, 'x');
  EXPECT_THROW(planned(), base::Error);
}

TEST_F(PlanTest, TakesTheLargerBoardWhereTheSmallOneHasNoRoom) {
  EXPECT_STREQ(qemu::board_of(planned().machine).name(), "microvm");
  for (int i = 0; i < 4; ++i) {
    places_.disks.push_back({"d" + std::to_string(i), "/d", 1 << 20, 512, false, false});
  }
  EXPECT_STREQ(qemu::board_of(planned().machine).name(), "q35");
}

TEST_F(PlanTest, WantsAsMuchMemoryAsTheKernelNeeds) {
  request_.kernel.memory_needed = std::uint64_t{100} << 20;
  request_.memory_mib = 164;
  EXPECT_NO_THROW(check_memory(request_));
  request_.memory_mib = 163;
  EXPECT_THROW(check_memory(request_), base::Error);
}

}  // namespace
}  // namespace quiz::run
