#include "profile/selection.h"

#include <sys/stat.h>

#include "catalog_fixture.h"
#include "profile/effects.h"

namespace quiz::profile {
namespace {

using Names = std::vector<std::string>;

class SelectionTest : public test::CatalogTest {
 protected:
  std::vector<Chosen> chosen(const std::string& text) const {
    return choose(catalog(), parse_wishes(text, "--profile"), "/work");
  }
  Names names(const std::string& text) const {
    Names result;
    for (const Chosen& one : chosen(text)) result.push_back(one.manifest.name);
    return result;
  }
  void profile(const std::string& name, const std::string& more) const {
    write(name + "/profile.toml", "description = \"" + name + "\"\n" + more);
  }
};

TEST(Wishes, AreReadFromOneText) {
  const auto wishes = parse_wishes(R"(a,b:x=1:y,c:path=/a\:b\,c=d)", "--profile");
  ASSERT_EQ(wishes.size(), 3U);
  EXPECT_EQ(wishes[1].name, "b");
  ASSERT_EQ(wishes[1].options.size(), 2U);
  EXPECT_EQ(wishes[1].options[0], std::make_pair(std::string("x"), std::string("1")));
  EXPECT_EQ(wishes[1].options[1], std::make_pair(std::string("y"), std::string("yes")));
  EXPECT_EQ(wishes[2].options[0], std::make_pair(std::string("path"), std::string("/a:b,c=d")));
  EXPECT_THROW(parse_wishes("a,,b", "--profile"), base::Error);
}

TEST_F(SelectionTest, PutsWhatIsNeededFirst) {
  profile("top", "[needs]\nprofiles = [\"middle\", \"bottom\"]");
  profile("middle", "[needs]\nprofiles = [\"bottom\"]");
  profile("bottom", "");
  EXPECT_EQ(names("top"), (Names{"bottom", "middle", "top"}));
  EXPECT_EQ(names("bottom,top"), (Names{"bottom", "middle", "top"}));
  EXPECT_EQ(names("top,top"), (Names{"bottom", "middle", "top"}));
}

TEST_F(SelectionTest, RefusesACycle) {
  profile("a", "[needs]\nprofiles = [\"b\"]");
  profile("b", "[needs]\nprofiles = [\"a\"]");
  EXPECT_NE(complaint([&] { chosen("a"); }).find("a → b → a"), std::string::npos);
}

TEST_F(SelectionTest, NamesTheNearest) {
  EXPECT_NE(complaint([&] { chosen("memdv"); }).find("did you mean 'memdev'?"), std::string::npos);
  EXPECT_NE(complaint([&] { chosen("memdev:cont=3"); }).find("did you mean 'count'?"),
            std::string::npos);
  EXPECT_NE(complaint([&] { chosen("memdev:count"); }).find("memdev:count: a value is missing"),
            std::string::npos);
  EXPECT_NE(complaint([&] { chosen("memdev:count=x"); }).find("'x' is not a whole number"),
            std::string::npos);
  EXPECT_NE(complaint([&] { chosen("memdev:backend=ram"); }).find("null_blk, brd, loop, zram"),
            std::string::npos);
}

TEST_F(SelectionTest, GivesTheUsersWordPrecedence) {
  profile("a", "[needs]\nprofiles = [\"blockdev:count=2\"]");
  profile("b", "[needs]\nprofiles = [\"blockdev:count=3\"]");
  EXPECT_EQ(chosen("a")[0].values.at("count"), "2");
  EXPECT_NE(complaint([&] { chosen("a,b"); }).find("count"), std::string::npos);
  EXPECT_EQ(chosen("a,b,blockdev:count=5")[0].values.at("count"), "5");
}

TEST_F(SelectionTest, TakesWhatIsWantedInAnyOrder) {
  profile("a", "[needs]\nprofiles = [\"blockdev:count=4:size=8G\"]");
  for (const char* text : {"a", "a,blockdev", "blockdev,a", "blockdev:sector=4096,a"}) {
    const auto all = chosen(text);
    EXPECT_EQ(all[0].values.at("count"), "4") << text;
    EXPECT_EQ(all[0].values.at("size"), std::to_string(std::uint64_t{8} << 30)) << text;
  }
  EXPECT_EQ(chosen("blockdev:count=1,a")[0].values.at("count"), "1");
}

TEST_F(SelectionTest, PassesOnWhatOthersWant) {
  profile("below",
          "[options.n]\ntype = \"number\"\ndefault = 1\n"
          "[needs]\nprofiles = [\"blockdev:count={n}\"]");
  profile("above", "[needs]\nprofiles = [\"below:n=3\"]");
  EXPECT_EQ(chosen("below,above")[0].values.at("count"), "3");
  EXPECT_EQ(chosen("below")[0].values.at("count"), "1");
  profile("odd",
          "[options.n]\ntype = \"number\"\ndefault = 1\n"
          "[needs]\nprofiles = [\"blockdev:count={n}\", \"even:n={n}\"]");
  profile("even", "[options.n]\ntype = \"number\"\ndefault = 2\n");
  EXPECT_EQ(names("odd,even"), (Names{"blockdev", "even", "odd"}));
}

TEST_F(SelectionTest, KnowsWhatOnlyAProjectWants) {
  write("project/theirs/profile.toml", "description = \"x\"\n[needs]\nprofiles = [\"net\"]");
  const Catalog both({scratch_.path() / "project", scratch_.path()});
  const auto of_project = [&](const std::string& by_file, const std::string& by_user) {
    auto wishes = parse_wishes(by_file, "file");
    for (Wish& wish : wishes) wish.project = "/p/.quiz.toml";
    if (!by_user.empty()) {
      for (Wish& wish : parse_wishes(by_user, "--profile")) wishes.push_back(std::move(wish));
    }
    std::vector<fs::path> all;
    for (const config::Ask& one : combine(choose(both, wishes, "/work")).asks) {
      if (one.row->may != config::May::freely) all.push_back(one.project);
    }
    return all;
  };
  const std::vector<fs::path> file = {"/p/.quiz.toml"}, none;
  EXPECT_EQ(of_project("memdev", ""), none);
  EXPECT_EQ(of_project("net", ""), file);
  EXPECT_EQ(of_project("net", "net"), none);
  EXPECT_EQ(of_project("net:forward=8080-80", "net"), file);
  EXPECT_EQ(of_project("blockdev:count=3", ""), none);
  EXPECT_EQ(of_project("blockdev:persist=x", ""), file);
  EXPECT_EQ(of_project("blockdev:count=3", "blockdev:persist=x"), none);
  EXPECT_EQ(of_project("blockdev:persist=x", "blockdev:persist=y"), none);
  EXPECT_EQ(of_project("memdev", "theirs"),
            (std::vector<fs::path>{scratch_.path() / "project/theirs"}));
  EXPECT_EQ(of_project("memdev", "theirs,net"), none);
}

TEST_F(SelectionTest, KnowsWhoChoosesTheUsersOwnHooks) {
  profile("mine", "[options.word]\ndefault = \"x\"\n[options.file]\ntype = \"file\"\n");
  write("mine/host", "#!/bin/sh\n", 0755);
  profile("above", "[options.n]\ndefault = \"x\"\n[needs]\nprofiles = [\"mine:word={n}\"]");
  const auto asks = [&](const std::string& by_file, const std::string& by_user) {
    auto wishes = parse_wishes(by_file, "/p/.quiz.toml:1:2");
    for (Wish& wish : wishes) wish.project = "/p/.quiz.toml";
    if (!by_user.empty()) {
      for (Wish& wish : parse_wishes(by_user, "--profile")) wishes.push_back(std::move(wish));
    }
    Names all;
    for (const config::Ask& one : combine(choose(catalog(), wishes, "/work")).asks) {
      if (one.row->may != config::May::freely) {
        all.push_back(one.place + " " + std::string(one.row->subject));
      }
    }
    return all;
  };
  const Names hook = {"/p/.quiz.toml:1:2 your host hook"};
  EXPECT_EQ(asks("memdev", "mine:word=y"), Names{});
  EXPECT_EQ(asks("mine", "mine"), Names{}) << "the user wants it as it is";
  EXPECT_EQ(asks("mine", ""), hook);
  EXPECT_EQ(asks("mine:word=y", "mine"), hook) << "the option is the project's";
  EXPECT_EQ(asks("mine:word=y", "mine:word=z"), Names{}) << "the user's word counts";
  EXPECT_EQ(asks("above", ""), hook);
  EXPECT_EQ(asks("above:n=y", "above"), hook) << "the option goes through another profile";
  EXPECT_EQ(asks("mine:file=/etc/x", "mine"),
            (Names{"/p/.quiz.toml:1:2 profile's file", "/p/.quiz.toml:1:2 your host hook"}));
  EXPECT_EQ(asks("zfs", ""), Names{}) << "what comes with quiz";
}

TEST_F(SelectionTest, OfAProjectHasNoLinkOutOfItsFolder) {
  write("secret", "x");
  write("p/theirs/profile.toml", "description = \"x\"");
  write("p/theirs/files/plain", "x");
  const auto read = [&] { Catalog({scratch_.path() / "p", {}}).find("theirs"); };
  fs::create_symlink("plain", scratch_.path() / "p/theirs/files/inner");
  EXPECT_NO_THROW(read());
  for (const char* name : {"p/theirs/files/out", "p/theirs/guest"}) {
    fs::create_symlink("/bin/true", scratch_.path() / name);
    EXPECT_NE(complaint(read).find("leads out of the profile's folder"), std::string::npos) << name;
    fs::remove(scratch_.path() / name);
  }
  fs::rename(scratch_.path() / "p/theirs/profile.toml", scratch_.path() / "profile.toml");
  fs::create_symlink("../../profile.toml", scratch_.path() / "p/theirs/profile.toml");
  EXPECT_NE(complaint(read).find("leads out of the profile's folder"), std::string::npos);
  EXPECT_NO_THROW(Catalog({{}, scratch_.path() / "p"}).find("theirs")) << "the user's own may";
}

TEST_F(SelectionTest, OfAProjectIsNotOneThatOthersCanWrite) {
  write("p/theirs/profile.toml", "description = \"x\"");
  fs::permissions(scratch_.path() / "p/theirs", fs::perms::all);
  EXPECT_NE(complaint([&] {
              Catalog({scratch_.path() / "p", {}}).find("theirs");
            }).find("everybody may write"),
            std::string::npos);
}

TEST_F(SelectionTest, DoesNotWaitForAStackThatIsNoFile) {
  ASSERT_EQ(::mkfifo((scratch_.path() / "fifo").c_str(), 0600), 0);
  EXPECT_NE(complaint([&] {
              chosen("dm:stack=" + (scratch_.path() / "fifo").string());
            }).find("is not a regular file"),
            std::string::npos);
}

TEST_F(SelectionTest, BringsValuesIntoOneSpelling) {
  const auto all = chosen("blockdev:size=1M:readonly");
  EXPECT_EQ(all[0].values.at("size"), "1048576");
  EXPECT_EQ(all[0].values.at("readonly"), "yes");
  EXPECT_EQ(all[0].values.at("persist"), "");
}

TEST_F(SelectionTest, TakesFilesFromTheCallersDirectory) {
  write("stack.toml", "[[device]]\nname = \"quizd0\"\non = \"quizm0\"\n");
  const auto all = chosen("dm:stack=" + (scratch_.path() / "stack.toml").string());
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].manifest.name, "memdev");
}

TEST_F(SelectionTest, BringsTheDevicesThatAStackStandsOn) {
  EXPECT_EQ(names("dm:error=1+1"), (Names{"blockdev", "dm"}));
  EXPECT_EQ(names("dm:on=quizm1:delay=5"), (Names{"memdev", "dm"}));
  EXPECT_EQ(names("dm:on=quizc0:delay=5"), (Names{"blockdev", "crypt", "dm"}));
}

TEST_F(SelectionTest, AsksForUdev) {
  profile("a", "[needs]\nudev = true");
  EXPECT_EQ(names("a"), (Names{"udev", "a"}));
}

TEST_F(SelectionTest, PrefersTheUsersProfileToAShippedOne) {
  profile("memdev", "");
  EXPECT_EQ(chosen("memdev")[0].manifest.description, "memdev");
  EXPECT_FALSE(chosen("memdev")[0].manifest.folder.empty());
}

TEST_F(SelectionTest, ReadsEveryShippedProfile) {
  for (const std::string& name : catalog().names()) {
    EXPECT_NO_THROW(catalog().find(name)) << name;
  }
  EXPECT_GE(catalog().names().size(), 7U);
}

TEST_F(SelectionTest, RefusesAHookThatCannotBeRun) {
  profile("a", "");
  write("a/guest", "#!/bin/sh\n", 0644);
  EXPECT_NE(complaint([&] { chosen("a"); }).find("is not executable"), std::string::npos);
}

}  // namespace
}  // namespace quiz::profile
