#include "root/layers.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/error.h"
#include "base/files.h"

namespace quiz::root {
namespace {

namespace fs = std::filesystem;

class Layers : public testing::Test {
 protected:
  fs::path directory(const std::string& name) const {
    base::make_directories(top_.path() / name);
    return top_.path() / name;
  }
  void file(const std::string& name, const std::string& content = "") const {
    base::make_directories((top_.path() / name).parent_path());
    base::write_file_atomically(top_.path() / name, content);
  }
  Layer layer(const std::string& name) const { return {name, name, "/", directory(name)}; }
  LayerDirectories find(const std::string& start) {
    return find_layers(directory("config"), directory(start), base::host_architecture(), warnings_);
  }
  static std::vector<std::string> names(const Found& found) {
    std::vector<std::string> result;
    for (const Origin& origin : found.origins) result.push_back(origin.layer);
    return result;
  }

  base::TempDir top_{fs::canonical("/tmp"), "quiz-test-"};
  std::vector<std::string> warnings_;
};

using Names = std::vector<std::string>;

TEST_F(Layers, AreTheProjectsAndTheUsers) {
  directory("project/.quiz/user");
  directory("project/.quiz/system");
  directory("config/user");
  const auto found = find("project/a/b");
  EXPECT_EQ(found.user, (std::vector<fs::path>{top_.path() / "project/.quiz/user",
                                               top_.path() / "config/user"}));
  EXPECT_EQ(found.system, std::vector<fs::path>{top_.path() / "project/.quiz/system"});
  EXPECT_TRUE(warnings_.empty());
}

TEST_F(Layers, OfAnotherArchitectureAreItsOwn) {
  directory("project/.quiz/user");
  directory("project/.quiz/system");
  const auto system = directory("project/.quiz/system+s390x");
  const auto found = find_layers(directory("config"), directory("project"),
                                 base::architecture_named("s390x"), warnings_);
  EXPECT_EQ(found.system, std::vector<fs::path>{system});
  EXPECT_EQ(found.user, std::vector<fs::path>{top_.path() / "project/.quiz/user"});
  EXPECT_TRUE(find_layers(directory("config"), directory("project"),
                          base::architecture_named("aarch64"), warnings_)
                  .system.empty());
}

TEST_F(Layers, OfTheProjectAreKnownByNameAndByWhereTheyLead) {
  directory("project/.quiz");
  directory("elsewhere/usr");
  directory("config/user");
  fs::create_directory_symlink("../../elsewhere", top_.path() / "project/.quiz/user");
  const auto found = find("project").of_project;
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].name, top_.path() / "project/.quiz/user");
  EXPECT_EQ(found[0].directory, top_.path() / "elsewhere");
}

TEST_F(Layers, ComeFromTheNearestProjectOnly) {
  directory("project/.quiz/user");
  file("project/inner/.quiz.toml");
  EXPECT_TRUE(find("project/inner").user.empty());
  EXPECT_TRUE(find("elsewhere").user.empty());
}

TEST_F(Layers, AreLeftOutWhereOthersCanWrite) {
  fs::permissions(directory("project/.quiz/user"), fs::perms::all);
  directory("project/.quiz/system");
  const auto found = find("project");
  EXPECT_TRUE(found.user.empty());
  EXPECT_EQ(found.system.size(), 1U);
  ASSERT_EQ(warnings_.size(), 1U);
  EXPECT_NE(warnings_[0].find("everybody may write"), std::string::npos) << warnings_[0];
}

TEST_F(Layers, OfAnotherUserAreLeftOut) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can make another user's directory";
  directory("project/.quiz/user");
  ASSERT_EQ(::chown((top_.path() / "project/.quiz").c_str(), 65534, 65534), 0);
  EXPECT_TRUE(find("project").user.empty());
  EXPECT_EQ(warnings_.size(), 1U);
}

TEST_F(Layers, ThatWouldHideALinkOfTheBaseAreRefused) {
  directory("layer/bin");
  const LayerDirectories layers{{top_.path() / "layer"}, {}};
  EXPECT_THROW(check_layers(layers, [](const std::string&) { return true; }), base::Error);
  EXPECT_NO_THROW(check_layers(layers, [](const std::string&) { return false; }));
  EXPECT_NO_THROW(check_layers(layers, [](const std::string& name) { return name == "lib"; }));
}

TEST_F(Layers, TheTopmostIsSeenAndHidesTheOthers) {
  file("user/usr/bin/tool");
  file("base/usr/bin/tool");
  file("base/usr/bin/other");
  const std::vector<Layer> layers = {layer("user"), layer("base")};
  EXPECT_EQ(names(find_path(layers, "/usr/bin/tool")), (Names{"user", "base"}));
  EXPECT_EQ(find_path(layers, "/usr/bin/tool").origins[0].on_host,
            top_.path() / "user/usr/bin/tool");
  EXPECT_EQ(names(find_path(layers, "/usr/bin/other")), Names{"base"});
  EXPECT_EQ(names(find_path(layers, "/usr/bin")), (Names{"user", "base"}));
  EXPECT_TRUE(find_path(layers, "/usr/bin/none").origins.empty());
  EXPECT_TRUE(find_path(layers, "/usr/bin/tool/below").origins.empty());
}

TEST_F(Layers, LinksOnTheWayAreFollowedThroughAllLayers) {
  file("user/usr/bin/tool");
  directory("base");
  fs::create_symlink("usr/bin", top_.path() / "base/bin");
  fs::create_symlink("/bin", top_.path() / "base/programs");
  const std::vector<Layer> layers = {layer("user"), layer("base")};
  for (const char* path : {"/bin/tool", "/programs/tool", "/programs/../bin/tool"}) {
    const Found found = find_path(layers, path);
    EXPECT_EQ(found.path, "/usr/bin/tool") << path;
    EXPECT_EQ(names(found), Names{"user"}) << path;
  }
  fs::create_symlink("loop", top_.path() / "base/loop");
  EXPECT_TRUE(find_path(layers, "/loop/x").origins.empty());
}

TEST_F(Layers, AMountHidesWhatLiesBelowIt) {
  file("modules/loop.ko");
  file("base/lib/modules/6.1/hidden.ko");
  Layer modules = layer("modules");
  modules.in_guest = "/lib/modules/6.1";
  const std::vector<Layer> layers = {modules, layer("base")};
  EXPECT_EQ(names(find_path(layers, "/lib/modules/6.1/loop.ko")), Names{"modules"});
  EXPECT_TRUE(find_path(layers, "/lib/modules/6.1/hidden.ko").origins.empty());
}

TEST_F(Layers, AnImageAnswersForItself) {
  Layer image{"base", "an image", "/", {}};
  image.look_up = [](const fs::path& path) -> std::optional<Entry> {
    if (path.empty() || path == "usr" || path == "usr/bin") return Entry{true, {}};
    if (path == "bin") return Entry{false, "usr/bin"};
    if (path == "usr/bin/sh") return Entry{false, {}};
    return std::nullopt;
  };
  EXPECT_EQ(names(find_path({image}, "/bin/sh")), Names{"base"});
  EXPECT_EQ(find_path({image}, "/bin/sh").path, "/usr/bin/sh");
  EXPECT_TRUE(find_path({image}, "/bin/none").origins.empty());
}

}  // namespace
}  // namespace quiz::root
