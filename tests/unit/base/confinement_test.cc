#include "base/confinement.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>

#include "base/child.h"
#include "base/error.h"
#include "base/files.h"

namespace quiz::base {
namespace {

/// A directory that everybody may enter, with a place to write and a place that stays closed.
class ConfinementTest : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::permissions(directory_.path(), fs::perms::all);
    for (const char* name : {"open", "closed", "view"}) {
      make_directories(directory_.path() / name);
      fs::permissions(directory_.path() / name, fs::perms::all);
    }
    write_file_atomically(directory_.path() / "closed/file", "content", 0666);
  }

  fs::path path(const char* name) const { return directory_.path() / name; }

  ConfinementRequest request() const {
    return {{"/proc", "/sys", "/dev", "/run"},
            {"/dev/null"},
            {"/dev/null", path("open")},
            path("view")};
  }

  /// Runs a shell script under the confinement; %ROOT% stands for where the child finds `/`.
  static Captured run(const Confinement& confinement, std::string script) {
    for (std::size_t at = 0; (at = script.find("%ROOT%")) != std::string::npos;) {
      script.replace(at, 6, confinement.root() == "/" ? "" : confinement.root());
    }
    SpawnOptions options;
    options.arguments = {"/bin/sh", "-c", script};
    options.confinement = &confinement;
    return run_and_capture(std::move(options));
  }

  /// Every promise, for whoever calls; the text says what was broken ("" if nothing).
  std::string broken_promises() const {
    const Confinement confinement(request());
    if (!confinement.effective()) return "";
    std::string broken;
    const auto expect = [&](bool good, const char* promise) {
      if (!good) broken += std::string(promise) + "; ";
    };
    const std::string base = directory_.path().string();
    expect(run(confinement, "cat %ROOT%/etc/passwd >/dev/null").status.success(),
           "files of / are readable");
    expect(!run(confinement, "cat %ROOT%/proc/version").status.success(), "/proc is hidden");
    expect(!run(confinement, "cat %ROOT%/proc/self/environ").status.success(),
           "/proc/self is hidden");
    expect(
        !run(confinement, "cat %ROOT%/sys/kernel/mm/transparent_hugepage/enabled").status.success(),
        "/sys is hidden");
    expect(run(confinement, "cat %ROOT%" + base + "/closed/file").output == "content",
           "other files stay readable");
    expect(!run(confinement, "echo x >%ROOT%" + base + "/closed/file").status.success(),
           "files elsewhere cannot be written");
    expect(!run(confinement, "echo x >%ROOT%" + base + "/closed/new").status.success(),
           "files elsewhere cannot be made");
    expect(!run(confinement, "rm %ROOT%" + base + "/closed/file").status.success(),
           "files elsewhere cannot be removed");
    expect(!run(confinement, "mkdir " + base + "/closed/new").status.success(),
           "directories elsewhere cannot be made");
    expect(run(confinement,
               "cd " + base + "/open && echo x >new && mkdir d && mv new d/new && rm -r d")
               .status.success(),
           "the writable directory can be used");
    expect(run(confinement, "exec >/dev/null; echo x").status.success(),
           "/dev/null can be written");
    expect(read_file(path("closed/file")) == "content", "the file is untouched");
    return broken;
  }

 private:
  TempDir directory_{fs::temp_directory_path(), "quiz-unit-"};
};

TEST_F(ConfinementTest, IsOfferedByThisHost) {
  EXPECT_TRUE(Confinement(request()).effective());
  EXPECT_NE(Confinement(request()).describe(), "none");
}

TEST_F(ConfinementTest, KeepsItsPromisesForTheCaller) { EXPECT_EQ(broken_promises(), ""); }

TEST_F(ConfinementTest, KeepsItsPromisesForAnOrdinaryUser) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    int status = 1;
    if (::geteuid() != 0 || (::setgid(65534) == 0 && ::setuid(65534) == 0)) {
      try {
        const std::string broken = broken_promises();
        status = broken.empty() ? 0 : 1;
        (void)!::write(2, broken.data(), broken.size());
      } catch (const Error& error) {
        (void)!::write(2, error.what(), error.message().size());
      }
    }
    ::_exit(status);
  }
  int raw = 0;
  ::waitpid(pid, &raw, 0);
  EXPECT_EQ(raw, 0);
}

TEST_F(ConfinementTest, ShowsRootAViewWithoutThePseudoFileSystems) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root gets a view without a user namespace";
  const Confinement confinement(request());
  struct statx root = {};
  ASSERT_EQ(::statx(AT_FDCWD, "/", 0, STATX_BASIC_STATS, &root), 0);
  if ((root.stx_attributes & STATX_ATTR_MOUNT_ROOT) == 0) {
    EXPECT_EQ(confinement.root(), "/") << "in a chroot that is no mount point there is no view";
    return;
  }
  EXPECT_EQ(confinement.root(), path("view").string());
  EXPECT_FALSE(confinement.hides_owners());
  const Captured captured =
      run(confinement, "ls -A %ROOT%/proc %ROOT%/sys %ROOT%/run | grep -v : ");
  EXPECT_EQ(captured.output.find_first_not_of('\n'), std::string::npos) << captured.output;
  EXPECT_TRUE(fs::is_empty(path("view"))) << "the mounts are the child's alone";
}

TEST_F(ConfinementTest, TiesTheChildToItsParentAllTheSame) {
  const Confinement confinement(request());
  SpawnOptions options;
  options.arguments = {"/bin/sh", "-c", "sleep 100"};
  options.confinement = &confinement;
  const Child child = Child::spawn(options);
  EXPECT_EQ(::kill(child.pid(), 0), 0);
}

TEST(Confinement, IgnoresWhatDoesNotExist) {
  const ConfinementRequest request{
      {"/proc", "/nonexistent-quiz"}, {"/nonexistent-quiz/a"}, {"/nonexistent-quiz/b"}, {}};
  const Confinement confinement(request);
  SpawnOptions options;
  options.arguments = {"/bin/true"};
  options.confinement = &confinement;
  EXPECT_TRUE(run_and_capture(options).status.success());
}

}  // namespace
}  // namespace quiz::base
