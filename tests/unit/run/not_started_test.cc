#include "run/not_started.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>

#include "base/files.h"

namespace quiz::run {
namespace {

namespace fs = std::filesystem;

/// access(2) asks for the real user, and root reads everything.
class OrdinaryCaller {
 public:
  OrdinaryCaller() {
    if (::geteuid() == 0) {
      EXPECT_EQ(::setreuid(65534, 0), 0);
    }
  }
  ~OrdinaryCaller() {
    if (::geteuid() == 0) {
      EXPECT_EQ(::setreuid(0, 0), 0);
    }
  }
  OrdinaryCaller(const OrdinaryCaller&) = delete;
  OrdinaryCaller& operator=(const OrdinaryCaller&) = delete;
};

class WhyNotStarted : public testing::Test {
 protected:
  WhyNotStarted() { request_.directory = top_.path(); }
  fs::path put(const fs::path& file, const std::string& content, unsigned mode) const {
    base::write_file_atomically(file, content, static_cast<mode_t>(mode));
    return file;
  }
  std::string why(const std::string& word, int error_number) {
    request_.words = {word};
    return why_not_started(request_, error_number);
  }

  base::TempDir top_{"/tmp", "quiz-unit-"};
  Request request_;
};

TEST_F(WhyNotStarted, NamesTheMachineThatAProgramIsFor) {
  std::string header = "\177ELF\2\2\1";
  header.resize(18);
  const std::string file = put(top_.path() / "p", header + std::string("\0\x16\0\0", 4), 0755);
  EXPECT_EQ(why("./p", ENOEXEC),
            top_.path().string() + "/./p is a program for s390x: quiz -a s390x");
  put(top_.path() / "text", "no program", 0755);
  EXPECT_EQ(why("./text", ENOEXEC), "");
}

TEST_F(WhyNotStarted, NamesTheDirectoriesThatAreTheMachinesOwn) {
  if (!fs::is_directory("/dev/shm")) GTEST_SKIP() << "this host has no /dev/shm";
  const base::TempDir there("/dev/shm", "quiz-unit-");
  const std::string file = put(there.path() / "p", "", 0755).string();
  const std::string reason = why(file, ENOENT);
  EXPECT_EQ(reason.find(file + " is on this host only: the machine has /dev, /proc, /run and"), 0U)
      << reason;
  fs::create_symlink(file, top_.path() / "link");
  EXPECT_NE(why("./link", ENOENT).find("is on this host only"), std::string::npos);
  put(top_.path() / "script", "#! " + file + " -x\n", 0755);
  EXPECT_EQ(why("./script", ENOENT).find("its interpreter, " + file + ", is on this host only"),
            0U);
  request_.directory = there.path();
  EXPECT_EQ(why("./p", ENOENT), "");
}

TEST_F(WhyNotStarted, NamesAnInterpreterThatIsNotThere) {
  put(top_.path() / "script", "#!/no/such/interpreter\n", 0755);
  EXPECT_EQ(why("./script", ENOENT), "its interpreter, /no/such/interpreter, is not there");
}

TEST_F(WhyNotStarted, NamesWhatIsHidden) {
  put(top_.path() / "p", "", 0755);
  request_.hidden = {fs::canonical(top_.path())};
  EXPECT_NE(why("./p", ENOENT).find("is hidden from the machine"), std::string::npos);
}

TEST_F(WhyNotStarted, NamesWhatIsNoProgram) {
  put(top_.path() / "text", "", 0644);
  const std::string text = (top_.path() / "text").string();
  EXPECT_EQ(why(text, EACCES), text + " is not executable (mode 0644): chmod +x it");
  EXPECT_EQ(why("/usr", EACCES), "/usr is a directory");
}

TEST_F(WhyNotStarted, NamesAProgramThatMayBeRunButNotRead) {
  const OrdinaryCaller caller;
  fs::permissions(top_.path(), fs::perms(0755));
  const std::string file = put(top_.path() / "p", "", 0111).string();
  EXPECT_EQ(why(file, EACCES)
                .find("this host lets you run " + file +
                      " but not read it (mode "
                      "0111), and a machine gets the host's files by reading them"),
            0U);
  put(top_.path() / "script", "#!" + file + "\n", 0755);
  EXPECT_NE(why("./script", EACCES).find("you run its interpreter, " + file + ", but not read it"),
            std::string::npos);
  fs::create_directory(top_.path() / "shut");
  put(top_.path() / "shut/p", "", 0755);
  fs::permissions(top_.path() / "shut", fs::perms(0111));
  EXPECT_NE(why("shut/p", EACCES).find("but not read it (mode 0111)"), std::string::npos);
  fs::permissions(top_.path() / "shut", fs::perms(0755));
}

TEST_F(WhyNotStarted, HasNothingToSayOfTheRest) {
  EXPECT_EQ(why("/no/such/program", ENOENT), "");
  EXPECT_EQ(why("no-such-program", ENOENT), "");
  EXPECT_EQ(why("/bin/sh", ENOENT), "");
  EXPECT_EQ(why("/bin/sh", EACCES), "");
  EXPECT_EQ(why("/usr", ENOEXEC), "");
  request_.words = {};
  EXPECT_EQ(why_not_started(request_, ENOENT), "");
  request_.base.kind = root::BaseKind::directory;
  EXPECT_EQ(why("/usr", EACCES), "") << "its files are not the host's";
}

}  // namespace
}  // namespace quiz::run
