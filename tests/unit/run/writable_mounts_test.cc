#include "run/writable_mounts.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include <cerrno>
#include <cstdlib>

#include "base/error.h"
#include "base/files.h"

namespace quiz::run {
namespace {

namespace fs = std::filesystem;

class WritableMounts : public testing::Test {
 protected:
  WritableMounts() {
    for (const char* name : {"home/project/.quiz/profiles", "home/project/src", "home/plain/deep",
                             "home/.config/quiz", "home/.ssh", "run/quiz"}) {
      fs::create_directories(top_ / name);
    }
    base::write_file_atomically(top_ / "home/project/.quiz.toml", "");
    ::setenv("HOME", (top_ / "home").c_str(), 1);
  }
  ~WritableMounts() override { ::setenv("HOME", home_.c_str(), 1); }

  std::vector<WritableMount> mounts(const std::vector<std::string>& writes) const {
    return named(writes).writes;
  }
  NamedMounts named(const std::vector<std::string>& writes) const {
    config::ValueList<std::string> values;
    for (const std::string& write : writes) values.push_back({write, {}});
    base::Paths paths;
    paths.config = top_ / "home/.config/quiz";
    paths.data = top_ / "home/.local/share/quiz";
    paths.cache = top_ / "home/.cache/quiz";
    paths.runtime = top_ / "run/quiz";
    return named_mounts(values, paths, top_ / "home/project", top_ / "home/project/src");
  }
  /// "" if they are accepted.
  std::string refusal(const std::vector<std::string>& writes) const {
    try {
      named(writes);
      return "";
    } catch (const base::Error& error) {
      EXPECT_NE(error.hint(), "") << error.message();
      return error.message();
    }
  }
  std::string at(const std::string& name) const { return (top_ / "home" / name).string(); }

  base::TempDir place_{fs::temp_directory_path()};
  fs::path top_ = fs::canonical(place_.path());
  std::string home_ = std::getenv("HOME") == nullptr ? "/" : std::getenv("HOME");
};

TEST_F(WritableMounts, AreWhereTheHostHasThemOrAtAPlace) {
  const auto found = mounts({at("plain/"), at("project/src") + ":/mnt/x/"});
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].directory, at("plain"));
  EXPECT_EQ(found[0].place, at("plain"));
  EXPECT_TRUE(found[0].kept.empty());
  EXPECT_EQ(found[1].directory, at("project/src"));
  EXPECT_EQ(found[1].place, "/mnt/x");
}

TEST_F(WritableMounts, LeadWhereLinksLeadAndKeepTheNameInTheGuest) {
  fs::create_directory_symlink(at("plain"), at("link"));
  const auto found = mounts({at("link")});
  EXPECT_EQ(found.at(0).directory, at("plain"));
  EXPECT_EQ(found.at(0).place, at("link"));
}

TEST_F(WritableMounts, KeepWhatQuizFollows) {
  const std::vector<fs::path> kept = {at("project/.quiz"), at("project/.quiz.toml")};
  EXPECT_EQ(mounts({at("project")}).at(0).kept, kept);
  fs::remove(at("project/.quiz.toml"));
  fs::create_symlink("elsewhere", at("project/.quiz.toml"));
  EXPECT_NE(refusal({at("project")}), "") << "a link could be made another";
}

TEST_F(WritableMounts, AreDirectoriesThatAreThere) {
  base::write_file_atomically(at("file"), "");
  EXPECT_NE(refusal({at("nonesuch")}), "");
  EXPECT_NE(refusal({at("file")}), "");
  EXPECT_NE(refusal({at("plain:relative")}), "");
}

TEST_F(WritableMounts, AreNoPartOfTheSystemAndNobodyElses) {
  for (const char* name :
       {"/", "/proc", "/proc/self", "/sys", "/dev", "/run", "/etc", "/usr/bin", "/tmp", "/var"}) {
    EXPECT_NE(refusal({name}), "") << name;
  }
}

TEST_F(WritableMounts, HoldNeitherAHomeNorItsSettings) {
  for (const char* name : {"", "..", ".ssh", ".config", ".config/quiz"}) {
    EXPECT_NE(refusal({at(name)}), "") << name;
  }
}

TEST_F(WritableMounts, HoldNothingThatQuizFollowsButAProjectThatIsTheDirectoryItself) {
  EXPECT_NE(refusal({at("project/.quiz")}), "");
  EXPECT_NE(refusal({at("project/.quiz/profiles")}), "");
  EXPECT_NE(refusal({(top_ / "run").string()}), "");
  EXPECT_EQ(refusal({at("project")}), "");
  EXPECT_EQ(refusal({at("project/src")}), "");
}

TEST_F(WritableMounts, HaveAPlaceThatIsFree) {
  for (const char* place : {"/", "/proc", "/sys/x", "/dev", "/run/quiz/output"}) {
    EXPECT_NE(refusal({at("plain") + ":" + place}), "") << place;
  }
  EXPECT_NE(refusal({at("plain") + ":" + at("project")}), "") << "covers where the program runs";
  EXPECT_EQ(refusal({at("project") + ":" + at("project")}), "") << "that is still there";
}

TEST_F(WritableMounts, AreNotMoreThanTheViewHasRoomFor) {
  std::vector<std::string> many;
  for (int i = 0; i < 17; ++i) {
    fs::create_directory(at("plain" + std::to_string(i)));
    many.push_back(at("plain" + std::to_string(i)));
  }
  EXPECT_NE(refusal(many), "");
  many.pop_back();
  EXPECT_EQ(refusal(many), "");
}

TEST_F(WritableMounts, AreOnlyShownWhereAnOptionSaysSo) {
  const auto found = named({at("plain") + ":/a:ro", at("plain/deep") + ":/b:cow", "/etc:/c:ro"});
  EXPECT_TRUE(found.writes.empty());
  ASSERT_EQ(found.shown.size(), 3U);
  EXPECT_EQ(found.shown[0].place, "/a");
  EXPECT_FALSE(found.shown[0].copy_on_write);
  EXPECT_EQ(found.shown[1].directory, at("plain/deep"));
  EXPECT_TRUE(found.shown[1].copy_on_write);
  EXPECT_EQ(found.shown[2].directory, "/etc") << "what may not be written may be looked at";
  EXPECT_NE(refusal({"/proc:/a:ro"}), "");
  EXPECT_NE(refusal({at("plain") + ":/a:ro", at("plain") + ":/b"}), "")
      << "it would change under a name that is read-only";
  EXPECT_NE(refusal({at("plain") + ":/a:ro", at("project") + ":/a/b:ro"}), "");
}

TEST_F(WritableMounts, HaveOptionsThatMakeSenseTogether) {
  EXPECT_EQ(refusal({at("plain") + ":rw"}), "");
  for (const char* options : {":/a:often", ":/a:", ":ro:rw", ":ro:map", ":map:cow", ":/a:ro:x"}) {
    EXPECT_NE(refusal({at("plain") + options}), "") << options;
  }
}

TEST_F(WritableMounts, AreMappedOnlyWhereAttributesCanBeKept) {
  const bool kept = ::getxattr(at("plain").c_str(), "user.x", nullptr, 0) < 0 && errno == ENODATA;
  if (!kept) GTEST_SKIP() << "no user attributes in the directory for temporary files";
  EXPECT_TRUE(mounts({at("plain") + ":map"}).at(0).mapped);
  EXPECT_FALSE(mounts({at("plain")}).at(0).mapped);
}

TEST_F(WritableMounts, AreNotInOneAnother) {
  EXPECT_NE(refusal({at("plain"), at("plain") + ":/mnt"}), "");
  EXPECT_NE(refusal({at("plain"), at("plain/deep")}), "");
  EXPECT_NE(refusal({at("plain/deep"), at("plain")}), "");
  EXPECT_NE(refusal({at("plain") + ":/mnt", at("project") + ":/mnt/x"}), "");
}

}  // namespace
}  // namespace quiz::run
