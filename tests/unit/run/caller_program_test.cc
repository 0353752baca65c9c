#include "run/caller_program.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "base/files.h"
#include "base/umask.h"

namespace quiz::run {
namespace {

using Strings = std::vector<std::string>;

/// The environment is this one while it lives.
class Environment {
 public:
  explicit Environment(Strings variables) : variables_(std::move(variables)), before_(::environ) {
    for (std::string& variable : variables_) pointers_.push_back(variable.data());
    pointers_.push_back(nullptr);
    ::environ = pointers_.data();
  }
  ~Environment() { ::environ = before_; }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  Strings variables_;
  std::vector<char*> pointers_;
  char** before_;
};

TEST(GuestEnvironment, LeavesOutWhatMakesSenseOnTheHostOnly) {
  const Environment environment({"DISPLAY=:0", "DBUS_SESSION_BUS_ADDRESS=unix:path=/run",
                                 "HOME=/home/me", "SSH_AUTH_SOCK=/tmp/agent", "SSH_CONNECTION=a b",
                                 "TMUX=/tmp/t", "XDG_RUNTIME_DIR=/run/user/1", "XDG_SESSION_ID=1",
                                 "LANG=de_DE.UTF-8", "WAYLAND_DISPLAY=wayland-0",
                                 "NOTIFY_SOCKET=/run/n", "TERM=xterm"});
  EXPECT_EQ(guest_environment(look_at_caller(), {}, false),
            (Strings{"HOME=/home/me", "LANG=de_DE.UTF-8", "TERM=xterm"}));
}

TEST(GuestEnvironment, LeavesOutWhatIsAtTheHost) {
  if (!base::fs::is_directory("/dev/shm")) GTEST_SKIP() << "this host has no /dev/shm";
  const base::TempDir scratch("/dev/shm", "quiz-unit-");
  const std::string there = scratch.path().string();
  const Environment environment({"TMPDIR=" + there, "HOME=" + there, "PWD=" + there,
                                 "TEMP=/dev/shm", "A=" + there + "/nothing", "NODE_CHANNEL_FD=3",
                                 "MAKEFLAGS= -j2 --jobserver-auth=3,4", "MAKELEVEL=1",
                                 "CARGO_MAKEFLAGS=-j --jobserver-auth=3,4"});
  const Strings passed = {"HOME=" + there,           "PWD=" + there,   "TEMP=/dev/shm",
                          "A=" + there + "/nothing", "MAKEFLAGS= -j2", "MAKELEVEL=1"};
  EXPECT_EQ(guest_environment(look_at_caller("/"), {}, false), passed);
  EXPECT_EQ(guest_environment(look_at_caller(there), {}, false).front(), "TMPDIR=" + there)
      << "the program runs there";
  EXPECT_EQ(guest_environment(look_at_caller("/"), {"TMPDIR=" + there}, false).back(),
            "TMPDIR=" + there)
      << "as it was asked for";
}

TEST(GuestEnvironment, KeepsWhatOnlyLooksLikeThat) {
  const Strings mine = {"DISPLAYED=1", "MY_DISPLAY=1", "XDG_DATA_HOME=/x", "SSHPASS=1",
                        "EMPTY=",      "A=b=c",        "LINES=a\nb"};
  const Environment environment(mine);
  EXPECT_EQ(guest_environment(look_at_caller(), {}, false), mine);
}

TEST(GuestEnvironment, TakesTheCallersAdditionsBeforeEverything) {
  const Environment environment({"A=old", "B=stays"});
  EXPECT_EQ(
      guest_environment(look_at_caller(), {"A=new", "C=added", "DISPLAY=:5", "C=last"}, false),
      (Strings{"A=new", "B=stays", "C=last", "DISPLAY=:5"}));
}

TEST(GuestEnvironment, GivesRootTheDirectoriesOfSystemAdministration) {
  const Environment environment({"PATH=/usr/bin:/sbin:/home/me/bin", "XPATH=/usr/bin"});
  EXPECT_EQ(
      guest_environment(look_at_caller(), {}, true),
      (Strings{"PATH=/usr/bin:/sbin:/home/me/bin:/usr/local/sbin:/usr/sbin", "XPATH=/usr/bin"}));
  EXPECT_EQ(guest_environment(look_at_caller(), {}, false).at(0),
            "PATH=/usr/bin:/sbin:/home/me/bin");
  EXPECT_EQ(guest_environment(look_at_caller(), {"PATH=/mine"}, true).at(0), "PATH=/mine")
      << "as it was asked for";
}

TEST(GuestEnvironment, LetsGitTrustTheFilesOfACallerWhoIsNotRoot) {
  CallerFacts caller;
  caller.uid = 1000;
  caller.environment = {"A=1"};
  EXPECT_EQ(guest_environment(caller, {}, true),
            (Strings{"A=1", "GIT_CONFIG_KEY_0=safe.directory", "GIT_CONFIG_VALUE_0=*",
                     "GIT_CONFIG_COUNT=1"}));
  EXPECT_EQ(guest_environment(caller, {}, false), Strings{"A=1"}) << "as the caller";
  caller.environment = {"GIT_CONFIG_COUNT=2", "GIT_CONFIG_KEY_0=a.b"};
  EXPECT_EQ(guest_environment(caller, {}, true),
            (Strings{"GIT_CONFIG_COUNT=3", "GIT_CONFIG_KEY_0=a.b",
                     "GIT_CONFIG_KEY_2=safe.directory", "GIT_CONFIG_VALUE_2=*"}));
  caller.environment = {"GIT_CONFIG_COUNT=x"};
  EXPECT_EQ(guest_environment(caller, {}, true), caller.environment) << "git's to complain about";
  caller.environment = {"A=1"};
  EXPECT_EQ(guest_environment(caller, {"GIT_CONFIG_COUNT=0"}, true).at(3), "GIT_CONFIG_COUNT=0")
      << "as it was asked for";
  caller.uid = 0;
  EXPECT_EQ(guest_environment(caller, {}, true), Strings{"A=1"}) << "root's own";
}

TEST(GuestEnvironment, LeavesOutSecretsWhereTheyAreHidden) {
  const Environment environment({"A=1", "GITHUB_TOKEN=x", "AWS_PROFILE=y", "DB_PASSWORD=z"});
  EXPECT_EQ(guest_environment(look_at_caller(), {}, false).size(), 4U);
  EXPECT_EQ(guest_environment(look_at_caller(), {}, false, {.hide_secrets = true}), Strings{"A=1"});
  EXPECT_EQ(guest_environment(look_at_caller(), {"GITHUB_TOKEN=x"}, false, {.hide_secrets = true}),
            (Strings{"A=1", "GITHUB_TOKEN=x"}))
      << "as it was asked for";
}

TEST(GuestEnvironment, CanBeWhatIsListedOnly) {
  using config::PassEnvironment;
  const Environment environment({"PATH=/usr/bin", "HOME=/home/me", "EDITOR=vi", "LC_ALL=C", "LCX=1",
                                 "TERM=xterm", "GITHUB_TOKEN=x", "TZ=UTC"});
  EXPECT_EQ(
      guest_environment(look_at_caller(), {"EDITOR=vi"}, false, {.pass = PassEnvironment::kListed}),
      (Strings{"PATH=/usr/bin", "HOME=/home/me", "LC_ALL=C", "TERM=xterm", "TZ=UTC", "EDITOR=vi"}));
}

TEST(GuestEnvironment, CanBeNothingOfTheCallers) {
  using config::PassEnvironment;
  const Environment environment({"PATH=/home/me/bin", "HOME=/home/me", "TERM=xterm"});
  EXPECT_EQ(guest_environment(look_at_caller(), {"A=1"}, false, {.pass = PassEnvironment::kNone}),
            (Strings{"PATH=/usr/local/bin:/usr/bin:/bin", "A=1"}));
}

TEST(GuestEnvironment, OfAnEmptyOneIsEmpty) {
  const Environment environment({});
  EXPECT_EQ(guest_environment(look_at_caller(), {}, true), Strings{});
}

class MakeExecTest : public testing::Test {
 protected:
  wire::Exec make() const { return make_exec(program_, look_at_caller(), streams_); }

  CallerProgram program_{{"printf", "%s", "", "a b"}, "/tmp/a b", false, {"A=1"}};
  relay::StreamPlan streams_{
      {wire::StreamKind::closed, wire::StreamKind::pty, wire::StreamKind::pipe}, true, false};
};

TEST_F(MakeExecTest, KeepsWordsEnvironmentDirectoryAndStreams) {
  const wire::Exec exec = make();
  EXPECT_EQ(exec.arguments, program_.words);
  EXPECT_EQ(exec.environment, program_.environment);
  EXPECT_EQ(exec.directory, "/tmp/a b");
  EXPECT_EQ(exec.streams, streams_.kinds);
}

TEST(FindInPath, SaysWhereTheHostFoundTheProgram) {
  const base::TempDir scratch(base::fs::temp_directory_path(), "quiz-unit-");
  const std::string directory = scratch.path().string();
  base::make_directories(scratch.path() / "first");
  base::make_directories(scratch.path() / "second");
  base::write_file_atomically(scratch.path() / "second" / "tool", "", 0755);
  base::write_file_atomically(scratch.path() / "first" / "plain", "", 0644);
  base::write_file_atomically(scratch.path() / "second" / "plain", "", 0755);
  const auto candidate = [&](const std::string& name, const std::string& path) {
    return find_in_path(name, {"A=b", "PATH=" + path});
  };
  const std::string both = directory + "/first:" + directory + "/second";
  EXPECT_EQ(candidate("tool", both), directory + "/second/tool");
  EXPECT_EQ(candidate("nothing", both), "");
  EXPECT_EQ(candidate("plain", both), "");  // execvp itself decides
  EXPECT_EQ(candidate("./tool", both), "");
  EXPECT_EQ(candidate("tool", ":" + both), "");
  EXPECT_EQ(candidate("tool", "bin:" + both), "");
}

TEST_F(MakeExecTest, RunsTheCallersShellWhereThereIsNoProgram) {
  program_.words.clear();
  const Environment environment({"SHELL=/bin/sh"});
  EXPECT_EQ(make().arguments, Strings{"/bin/sh"});
}

TEST_F(MakeExecTest, IsRootUnlessTheCallerIsWanted) {
  EXPECT_EQ(make().uid, 0U);
  EXPECT_EQ(make().gid, 0U);
  EXPECT_TRUE(make().groups.empty());
  program_.as_caller = true;
  EXPECT_EQ(make().uid, ::getuid());
  EXPECT_EQ(make().gid, ::getgid());
  EXPECT_EQ(make().groups.size(), static_cast<std::size_t>(::getgroups(0, nullptr)));
}

TEST_F(MakeExecTest, TakesTheUmaskThatQuizWasStartedWith) {
  EXPECT_EQ(make().umask, base::caller_umask());
}

TEST_F(MakeExecTest, TakesTheResourceLimits) {
  rlimit before = {};
  ASSERT_EQ(::getrlimit(RLIMIT_CORE, &before), 0);
  rlimit limit = before;
  limit.rlim_cur = 0;
  ASSERT_EQ(::setrlimit(RLIMIT_CORE, &limit), 0);
  const wire::Exec exec = make();
  ::setrlimit(RLIMIT_CORE, &before);
  const auto core = std::find_if(exec.limits.begin(), exec.limits.end(),
                                 [](const auto& each) { return each.resource == RLIMIT_CORE; });
  ASSERT_NE(core, exec.limits.end());
  EXPECT_EQ(core->soft, 0U);
  EXPECT_EQ(core->hard, before.rlim_max);
  EXPECT_EQ(exec.limits.size(), std::size_t{RLIM_NLIMITS});
}

TEST(CallerShell, IsTheOneOfTheEnvironmentIfItCanRun) {
  {
    const Environment environment({"SHELL=/bin/sh"});
    EXPECT_EQ(caller_shell(), "/bin/sh");
  }
  const Environment environment({"SHELL=/no/such/shell"});
  EXPECT_NE(caller_shell(), "/no/such/shell");
  EXPECT_EQ(::access(caller_shell().c_str(), X_OK), 0);
}

}  // namespace
}  // namespace quiz::run
