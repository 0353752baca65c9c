#include "profile/selection.h"

#include "catalog_fixture.h"

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
  EXPECT_NE(complaint([&] { chosen("memdev:count=x"); }).find("'x' is not a whole number"),
            std::string::npos);
  EXPECT_NE(complaint([&] { chosen("memdev:backend=ram"); }).find("brd, loop, zram"),
            std::string::npos);
}

TEST_F(SelectionTest, GivesTheUsersWordPrecedence) {
  profile("a", "[needs]\nprofiles = [\"blockdev:count=2\"]");
  profile("b", "[needs]\nprofiles = [\"blockdev:count=3\"]");
  EXPECT_EQ(chosen("a")[0].values.at("count"), "2");
  EXPECT_NE(complaint([&] { chosen("a,b"); }).find("count"), std::string::npos);
  EXPECT_EQ(chosen("a,b,blockdev:count=5")[0].values.at("count"), "5");
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
