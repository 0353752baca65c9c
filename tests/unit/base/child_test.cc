#include "base/child.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "base/error.h"
#include "base/files.h"
#include "base/pipe.h"
#include "base/program_directories.h"

namespace quiz::base {
namespace {

SpawnOptions shell(const std::string& script) {
  SpawnOptions options;
  options.arguments = {"sh", "-c", script};
  return options;
}

/// All bytes until the end of the file.
std::string drain(int fd) {
  std::string text;
  std::array<char, 4096> buffer{};
  for (ssize_t count = 0; (count = ::read(fd, buffer.data(), buffer.size())) > 0;) {
    text.append(buffer.data(), static_cast<std::size_t>(count));
  }
  return text;
}

std::string read_line(int fd) {
  std::string line;
  for (char c = 0; ::read(fd, &c, 1) == 1 && c != '\n';) line += c;
  return line;
}

/// True once nobody holds the other end: every process that did is dead. Waits at most ten seconds.
bool ends(int fd) {
  pollfd polled{fd, POLLIN, 0};
  return ::poll(&polled, 1, 10'000) == 1 && drain(fd).empty();
}

TEST(Child, TellsHowItEnded) {
  EXPECT_EQ(Child::spawn(shell("exit 7")).wait().describe(), "exited with status 7");
  EXPECT_EQ(Child::spawn(shell("kill -9 $$")).wait().describe(), "was killed by signal 9 (Killed)");
  EXPECT_TRUE(Child::spawn(shell("true")).wait().success());
}

TEST(Child, IsKnownToHaveEndedMoreThanOnce) {
  Child child = Child::spawn(shell("exit 3"));
  pollfd polled{child.pidfd(), POLLIN, 0};
  ASSERT_EQ(::poll(&polled, 1, 10'000), 1);
  EXPECT_EQ(child.try_wait()->value, 3);
  EXPECT_EQ(child.try_wait()->value, 3);
  EXPECT_EQ(child.wait().value, 3);
}

TEST(Child, HasNoEndWhileItRuns) {
  Child child = Child::spawn(shell("sleep 100"));
  EXPECT_FALSE(child.try_wait());
  child.kill(SIGTERM);
  EXPECT_EQ(child.wait().value, SIGTERM);
}

TEST(Child, ThrowsWhenThereIsNoSuchProgram) {
  SpawnOptions options;
  options.arguments = {"no-such-program-quiz"};
  EXPECT_THROW(Child::spawn(options), SystemError);
  options.arguments = {"/etc/passwd"};
  EXPECT_THROW(Child::spawn(options), SystemError);
}

TEST(Child, ThrowsWhenExecFails) {
  const TempDir directory(fs::temp_directory_path(), "quiz-unit-");
  write_file_atomically(directory.path() / "empty-header",
                        "\x7f"
                        "ELFgarbage",
                        0755);
  SpawnOptions options;
  options.arguments = {(directory.path() / "empty-header").string()};
  try {
    Child::spawn(options);
    FAIL();
  } catch (const SystemError& error) {
    EXPECT_EQ(error.error_number(), ENOEXEC);
    EXPECT_NE(error.message().find("cannot run "), std::string::npos);
  }
}

TEST(Child, ThrowsWhenItsDirectoryIsMissing) {
  SpawnOptions options = shell("true");
  options.directory = "/nonexistent-quiz";
  EXPECT_THROW(Child::spawn(options), SystemError);
}

// The pipe that reports failures has a number that a mapping may claim, or is 0-2 when those were
// closed.
TEST(Child, ReportsFailuresWhateverNumbersAreTaken) {
  const Fd null = open_file("/dev/null", O_RDWR);
  SpawnOptions options = shell("true");
  options.directory = "/nonexistent-quiz";
  for (int number = 3; number < 30; ++number) options.descriptors.push_back({number, null.get()});
  EXPECT_THROW(Child::spawn(options), SystemError);

  const pid_t pid = ::fork();
  if (pid == 0) {
    ::close(0);
    ::close(1);
    ::close(2);
    int status = 1;
    try {
      SpawnOptions closed = shell("true");
      closed.directory = "/nonexistent-quiz";
      Child::spawn(closed);
    } catch (const SystemError&) {
      status = 0;
    }
    ::_exit(status);
  }
  int raw = 0;
  ::waitpid(pid, &raw, 0);
  EXPECT_EQ(raw, 0);
}

TEST(Child, StartsUnderASmallLimitOfDescriptors) {
  rlimit before = {};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit small = before;
  small.rlim_cur = 128;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &small), 0);
  EXPECT_NO_THROW(EXPECT_EQ(run_and_capture(shell("echo fine")).output, "fine\n"));
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
}

TEST(Child, PassesOverlappingDescriptorsToTheRightNumbers) {
  Pipe first = make_pipe();
  Pipe second = make_pipe();
  const int a = first.write_end.get();
  const int b = second.write_end.get();
  SpawnOptions options = shell("printf a >&" + std::to_string(b) + "; printf b >&" +
                               std::to_string(a) + "; printf c >&9");
  options.descriptors = {{b, a}, {a, b}, {9, a}};  // swapped
  Child child = Child::spawn(options);
  first.write_end.reset();
  second.write_end.reset();
  EXPECT_TRUE(child.wait().success());
  EXPECT_EQ(drain(first.read_end.get()), "ac");
  EXPECT_EQ(drain(second.read_end.get()), "b");
}

TEST(Child, PassesADescriptorUnderItsOwnNumber) {
  Pipe pipe = make_pipe();
  const int number = pipe.write_end.get();
  SpawnOptions options = shell("printf x >&" + std::to_string(number));
  options.descriptors = {{number, number}};
  Child child = Child::spawn(options);
  pipe.write_end.reset();
  EXPECT_TRUE(child.wait().success());
  EXPECT_EQ(drain(pipe.read_end.get()), "x");
}

TEST(Child, InheritsNothingThatWasNotPassed) {
  const Fd leaky(::open("/dev/null", O_RDWR));  // as inherited from a careless parent: no O_CLOEXEC
  const Fd high(::fcntl(leaky.get(), F_DUPFD, 600));
  Pipe pipe = make_pipe();
  SpawnOptions options;
  options.arguments = {"ls", "/proc/self/fd"};
  options.descriptors = {{1, pipe.write_end.get()}, {5, leaky.get()}};
  Child child = Child::spawn(options);
  pipe.write_end.reset();
  EXPECT_EQ(drain(pipe.read_end.get()), "0\n1\n2\n3\n5\n") << "3 is the directory that ls reads";
  EXPECT_TRUE(child.wait().success());
}

TEST(Child, HasNullForInputAndOutputUnlessPassed) {
  SpawnOptions options =
      shell("names=$(readlink /proc/$$/fd/0 /proc/$$/fd/1); echo \"$names\" >&5");
  Pipe pipe = make_pipe();
  options.descriptors = {{5, pipe.write_end.get()}};
  Child child = Child::spawn(options);
  pipe.write_end.reset();
  EXPECT_EQ(drain(pipe.read_end.get()), "/dev/null\n/dev/null\n");
}

TEST(Child, GetsTheEnvironmentAndDirectoryItWasGiven) {
  SpawnOptions options = shell("echo $QUIZ_UNIT; pwd; env | grep -c HOME=");
  options.environment = {{"QUIZ_UNIT=a b", "PATH=/usr/bin:/bin"}};
  options.directory = "/usr";
  EXPECT_EQ(run_and_capture(options).output, "a b\n/usr\n0\n");
}

TEST(Child, StartsWithDefaultSignals) {
  const auto before = ::signal(SIGPIPE, SIG_IGN);
  const auto before_limit = ::signal(SIGXFSZ, SIG_IGN);
  sigset_t blocked;
  sigset_t old;
  ::sigemptyset(&blocked);
  ::sigaddset(&blocked, SIGTERM);
  ::sigprocmask(SIG_BLOCK, &blocked, &old);
  const Captured pipe = run_and_capture(shell("kill -PIPE $$"));
  const Captured limit = run_and_capture(shell("kill -XFSZ $$"));
  const Captured term = run_and_capture(shell("kill -TERM $$"));
  ::sigprocmask(SIG_SETMASK, &old, nullptr);
  ::signal(SIGXFSZ, before_limit);
  ::signal(SIGPIPE, before);
  EXPECT_TRUE(limit.status.signalled);
  EXPECT_TRUE(pipe.status.signalled);
  EXPECT_TRUE(term.status.signalled);
}

TEST(Child, DiesWithItsWholeGroupWhenDestroyed) {
  Pipe pipe = make_pipe();
  {
    SpawnOptions options = shell("sleep 100 >&5 & sleep 100 >&5 & echo ready >&5; wait");
    options.descriptors = {{5, pipe.write_end.get()}};
    const Child child = Child::spawn(options);
    pipe.write_end.reset();
    EXPECT_EQ(read_line(pipe.read_end.get()), "ready");
  }
  EXPECT_TRUE(ends(pipe.read_end.get()));
}

TEST(Child, LeavesNoGroupBehindWhenItsLeaderEndedFirst) {
  Pipe pipe = make_pipe();
  {
    SpawnOptions options = shell("sleep 100 >&5 &");
    options.descriptors = {{5, pipe.write_end.get()}};
    Child child = Child::spawn(options);
    pipe.write_end.reset();
    EXPECT_TRUE(child.wait().success());
  }
  EXPECT_TRUE(ends(pipe.read_end.get()));
}

TEST(Child, HasOneOwnerAfterAMove) {
  Pipe pipe = make_pipe();
  SpawnOptions options = shell("echo ready >&5; sleep 100");
  options.descriptors = {{5, pipe.write_end.get()}};
  Child first = Child::spawn(options);
  pipe.write_end.reset();
  EXPECT_EQ(read_line(pipe.read_end.get()), "ready");
  Child second(std::move(first));
  EXPECT_FALSE(second.try_wait()) << "the move must not have killed it";
  Child& same = second;
  second = std::move(same);
  EXPECT_FALSE(second.try_wait());
  second = Child::spawn(shell("exit 4"));  // replaces, and so kills, the sleeper
  EXPECT_TRUE(ends(pipe.read_end.get()));
  EXPECT_EQ(second.wait().value, 4);
}

TEST(Child, DiesWithItsParentEvenByKill9) {
  Pipe pipe = make_pipe();
  const pid_t parent = ::fork();
  if (parent == 0) {
    SpawnOptions options = shell("echo ready >&5; exec sleep 100");
    options.descriptors = {{5, pipe.write_end.get()}};
    const Child child = Child::spawn(options);
    pipe.write_end.reset();
    ::pause();
    ::_exit(0);
  }
  pipe.write_end.reset();
  EXPECT_EQ(read_line(pipe.read_end.get()), "ready");
  ::kill(parent, SIGKILL);
  ::waitpid(parent, nullptr, 0);
  EXPECT_TRUE(ends(pipe.read_end.get()));
}

TEST(RunAndCapture, TakesMuchOutputFromBothStreams) {
  const Captured captured = run_and_capture(
      shell("i=0; while [ $i -lt 200 ]; do head -c 5000 /dev/zero; head -c 5000 /dev/zero >&2; "
            "i=$((i+1)); done; exit 5"));
  EXPECT_EQ(captured.output.size(), 1'000'000U);
  EXPECT_EQ(captured.errors.size(), 1'000'000U);
  EXPECT_EQ(captured.status.value, 5);
}

TEST(FindProgram, SearchesThePath) {
  EXPECT_TRUE(find_program("sh"));
  EXPECT_EQ(find_program("/bin/sh"), "/bin/sh");
  EXPECT_EQ(find_program("no-such-program-quiz"), std::nullopt);
  EXPECT_EQ(find_program("/etc/passwd"), std::nullopt) << "not executable";
}

TEST(FindProgram, DoesNotTakeADirectoryForAProgram) {
  const std::string before = std::getenv("PATH");
  ::setenv("PATH", "/:/usr", 1);
  EXPECT_EQ(find_program("share"), std::nullopt);
  EXPECT_EQ(find_program(""), std::nullopt);
  EXPECT_EQ(find_program("/usr"), std::nullopt);
  ::setenv("PATH", before.c_str(), 1);
}

TEST(FindProgram, SearchesTheUsualDirectoriesAfterThePath) {
  const std::string before = std::getenv("PATH");
  for (const char* path : {"/opt/nothing", "", ":", "."}) {
    ::setenv("PATH", path, 1);
    EXPECT_EQ(find_program("env"), "/usr/bin/env") << path;
    EXPECT_EQ(find_program("share"), std::nullopt) << path;
  }
  ::unsetenv("PATH");
  EXPECT_EQ(find_program("env"), "/usr/bin/env");
  const TempDir own(fs::temp_directory_path(), "quiz-unit-");
  write_file_atomically(own.path() / "env", "", 0755);
  ::setenv("PATH", own.path().c_str(), 1);
  EXPECT_EQ(find_program("env"), own.path() / "env");
  ::setenv("PATH", before.c_str(), 1);
}

TEST(ProgramDirectories, AreThoseOfThePathAndTheUsualOnesEachOnce) {
  const std::string before = std::getenv("PATH");
  ::setenv("PATH", "/mine:/usr/bin::/mine", 1);
  EXPECT_EQ(program_directories(),
            (std::vector<std::string>{"/mine", "/usr/bin", "/usr/local/bin", "/bin",
                                      "/usr/local/sbin", "/usr/sbin", "/sbin"}));
  ::setenv("PATH", before.c_str(), 1);
}

}  // namespace
}  // namespace quiz::base
