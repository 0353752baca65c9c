#include "run/hidden_paths.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"

namespace quiz::run {
namespace {

namespace fs = std::filesystem;
using Paths = std::vector<fs::path>;

class HiddenPaths : public testing::Test {
 protected:
  fs::path file(const std::string& name) const {
    base::make_directories((top_.path() / name).parent_path());
    base::write_file_atomically(top_.path() / name, "");
    return top_.path() / name;
  }
  Paths matching(const std::vector<std::string>& patterns, const Paths& homes = {}) const {
    return matching_paths(patterns, homes, top_.path());
  }
  /// "MESSAGE | HINT"
  static std::string complaint(const Paths& hidden, const std::vector<NeededPath>& needed) {
    try {
      check_hidden(hidden, needed, "a hint");
    } catch (const base::Error& error) {
      return error.message() + " | " + error.hint();
    }
    return "none";
  }
  base::TempDir top_{fs::canonical("/tmp"), "quiz-test-"};
};

TEST_F(HiddenPaths, AreThoseThatExistAtEachHome) {
  const fs::path a = file("a/.ssh/id").parent_path(), b = file("b/.ssh/id").parent_path();
  const fs::path c = file("b/.cargo/credentials.toml");
  EXPECT_EQ(matching({"~/.ssh", "~/.aws", "~/.cargo/credentials*", "~/.ssh"},
                     {top_.path() / "a", top_.path() / "b", top_.path() / "none"}),
            (Paths{a, b, c}));
  EXPECT_EQ(matching({"~"}, {top_.path() / "a"}), Paths{top_.path() / "a"});
}

TEST_F(HiddenPaths, AreWhereLinksLead) {
  const fs::path keys = file("elsewhere/keys").parent_path();
  base::make_directories(top_.path() / "home");
  fs::create_directory_symlink("../elsewhere", top_.path() / "home/.ssh");
  EXPECT_EQ(matching({"~/.ssh"}, {top_.path() / "home"}), Paths{keys});
}

TEST_F(HiddenPaths, AreRelativeToTheDirectory) {
  const fs::path one = file("x/one");
  EXPECT_EQ(matching({"x/one", "x/none", one.string()}), Paths{one});
  EXPECT_EQ(matching({"."}), Paths{top_.path()});
  EXPECT_EQ(matching({"x/.."}), Paths{top_.path()});
}

TEST_F(HiddenPaths, OfAHomeWithOddCharactersAreFound) {
  const fs::path one = file("[a]*/.netrc");
  file("a/.netrc");
  EXPECT_EQ(matching({"~/.netrc"}, {top_.path() / "[a]*"}), Paths{one});
}

TEST_F(HiddenPaths, OfAPatternWithADotAreNoDirectoryAbove) {
  const fs::path one = file("home/.bash_history");
  EXPECT_EQ(matching({"~/.*"}, {top_.path() / "home"}), Paths{one});
}

TEST_F(HiddenPaths, AreNotWhatTheRunNeeds) {
  const fs::path inner = file("work/inner/x").parent_path();
  const std::vector<NeededPath> needed = {{"the directory", inner}, {"the output", {}}};
  EXPECT_EQ(complaint({inner / "x"}, needed), "none");
  EXPECT_EQ(complaint({inner}, needed),
            inner.string() + " cannot be hidden: the directory is there | a hint");
  EXPECT_EQ(complaint({top_.path() / "work"}, needed), (top_.path() / "work").string() +
                                                           " cannot be hidden: the directory is " +
                                                           inner.string() + " | a hint");
  EXPECT_EQ(complaint({"/"}, {}), "all of / cannot be hidden | a hint");
  fs::create_directory_symlink(inner, top_.path() / "link");
  EXPECT_NE(complaint({inner}, {{"the directory", top_.path() / "link"}}), "none");
}

}  // namespace
}  // namespace quiz::run
