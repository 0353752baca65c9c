#include "run/output_place.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "base/error.h"
#include "base/files.h"

namespace quiz::run {
namespace {

namespace fs = std::filesystem;

class OutputPlace : public testing::Test {
 protected:
  OutputPlace() {
    for (const char* name : {"home/project/.quiz/profiles", "home/project/src", "home/plain",
                             "home/.config/quiz", "run/quiz"}) {
      fs::create_directories(top_ / name);
    }
    ::setenv("HOME", (top_ / "home").c_str(), 1);
  }
  ~OutputPlace() override { ::setenv("HOME", home_.c_str(), 1); }

  bool refused(const fs::path& output) {
    base::Paths paths;
    paths.config = top_ / "home/.config/quiz";
    paths.data = top_ / "home/.local/share/quiz";
    paths.cache = top_ / "home/.cache/quiz";
    paths.runtime = top_ / "run/quiz";
    try {
      check_output_place(output, paths, top_ / "home/project");
      return false;
    } catch (const base::Error& error) {
      EXPECT_NE(error.message().find(output.string()), std::string::npos) << error.message();
      EXPECT_NE(error.hint(), "");
      return true;
    }
  }

  base::TempDir place_{fs::temp_directory_path()};
  fs::path top_ = fs::canonical(place_.path());
  std::string home_ = std::getenv("HOME") == nullptr ? "/" : std::getenv("HOME");
};

TEST_F(OutputPlace, MayBeADirectoryOfItsOwn) {
  EXPECT_FALSE(refused(top_ / "home/plain"));
  EXPECT_FALSE(refused(top_ / "home/plain/new/deeper"));
  EXPECT_FALSE(refused(top_ / "home/project/src"));
  EXPECT_FALSE(refused(top_ / "home/project/results"));
  EXPECT_FALSE(refused(top_ / "home/project2"));
  EXPECT_FALSE(refused("/dev/shm/results"));
}

TEST_F(OutputPlace, MayNotHoldTheProject) {
  EXPECT_TRUE(refused(top_ / "home/project"));
  fs::create_directory(top_ / "home/other");
  base::write_file_atomically(top_ / "home/other/.quiz.toml", "");
  EXPECT_TRUE(refused(top_ / "home/other")) << "nor any other one";
}

TEST_F(OutputPlace, MayNotBeInAProjectsOwnDirectoryButForResults) {
  for (const char* name : {".quiz", ".quiz/profiles", ".quiz/profiles/x", ".quiz/system",
                           ".quiz/new", ".quiz/results"}) {
    EXPECT_TRUE(refused(top_ / "home/project" / name)) << name;
  }
  EXPECT_FALSE(refused(top_ / "home/project/.quiz/results/20260101/machine-1"));
  EXPECT_FALSE(refused(top_ / "home/.cache/quiz/zfs/.quiz/results/now/machine-1"));
}

TEST_F(OutputPlace, MayNotHoldAHomeOrEverything) {
  EXPECT_TRUE(refused(top_ / "home"));
  EXPECT_TRUE(refused(top_));
  EXPECT_TRUE(refused("/"));
}

TEST_F(OutputPlace, MayNotHoldOrBeQuizsOwnDirectories) {
  for (const char* name : {"home/.config", "home/.config/quiz", "home/.local",
                           "home/.local/share/quiz/x", "home/.cache/quiz", "run", "run/quiz/x"}) {
    EXPECT_TRUE(refused(top_ / name)) << name;
  }
}

TEST_F(OutputPlace, MayNotBeWhereTheKernelShowsItself) {
  for (const char* name : {"/proc", "/sys/kernel", "/dev", "/proc/1/cwd"}) {
    EXPECT_TRUE(refused(name)) << name;
  }
}

TEST_F(OutputPlace, IsLookedAtWhereALinkLeads) {
  fs::create_symlink(top_ / "home/project", top_ / "home/plain/link");
  EXPECT_TRUE(refused(top_ / "home/plain/link"));
  EXPECT_TRUE(refused(top_ / "home/plain/link/.quiz/profiles"));
  EXPECT_FALSE(refused(top_ / "home/plain/link/src"));
}

}  // namespace
}  // namespace quiz::run
