#include "run/program_check.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/error.h"
#include "base/files.h"

namespace quiz::run {
namespace {

namespace fs = std::filesystem;

class ProgramCheck : public testing::Test {
 protected:
  fs::path put(const std::string& path, const std::string& content, fs::perms mode) const {
    const fs::path file = top_.path() / path;
    base::make_directories(file.parent_path());
    std::ofstream(file) << content;
    fs::permissions(file, mode);
    return file;
  }
  /// A run that needs `program`, of the package "its-package".
  static Request needing(const std::string& program) {
    Request request;
    request.directory = "/";
    request.profiles.programs = {{program, "mine"}};
    request.profiles.packages = {{program, "its-package"}};
    return request;
  }
  /// Of a root in the store, with one program: /bin/in-root.
  Request in_image(const std::string& program) const {
    Request request = needing(program);
    root::Root entry;
    entry.name = "small";
    entry.origin = "Debian bookworm";
    entry.contents =
        put("contents", "\nd usr\nd usr/bin\nf usr/bin/in-root\nl bin\tusr/bin\n", fs::perms(0644));
    request.base = {root::BaseKind::image, "small", "/nowhere", "erofs", entry};
    return request;
  }
  static std::string complaint(const Request& request) {
    try {
      check_programs(request);
    } catch (const base::Error& error) {
      return error.message() + " / " + error.hint();
    }
    return "fine";
  }

  base::TempDir top_{"/tmp", "quiz-programs-"};
};

TEST_F(ProgramCheck, LooksIntoTheHostForTheHostsRoot) {
  EXPECT_EQ(complaint(needing("sh")), "fine");
  EXPECT_EQ(complaint(needing("no-such-program")),
            "the profile mine needs the program no-such-program, which is not there / "
            "apt install its-package, or use a root that has it, such as -r debian");
}

TEST_F(ProgramCheck, LooksIntoTheImageAndNotIntoTheHost) {
  EXPECT_EQ(complaint(in_image("in-root")), "fine");
  EXPECT_EQ(complaint(in_image("sh")),
            "the profile mine needs the program sh, which is not in the root small / "
            "`quiz root build debian:bookworm --name small --package its-package` makes the root "
            "anew with it");
}

TEST_F(ProgramCheck, FindsWhatALayerBrings) {
  put("layer/usr/bin/layered", "#!/bin/sh\n", fs::perms(0755));
  put("layer/usr/bin/text", "no program\n", fs::perms(0644));
  for (Request request : {needing("layered"), in_image("layered")}) {
    EXPECT_NE(complaint(request), "fine");
    request.layers.user = {top_.path() / "layer"};
    EXPECT_EQ(complaint(request), "fine");
    request.profiles.programs = {{"text", "mine"}};
    EXPECT_NE(complaint(request), "fine");
  }
}

TEST_F(ProgramCheck, LooksIntoADirectory) {
  put("tree/usr/bin/in-tree", "#!/bin/sh\n", fs::perms(0755));
  Request request = needing("in-tree");
  request.base = {root::BaseKind::directory, "tree", top_.path() / "tree", {}, {}};
  EXPECT_EQ(complaint(request), "fine");
  request.profiles.programs = {{"sh", "mine"}};
  EXPECT_NE(complaint(request).find("which is not in the root tree"), std::string::npos);
}

TEST_F(ProgramCheck, TrustsAnImageThatNobodyListed) {
  Request request = needing("no-such-program");
  request.base = {root::BaseKind::image, "x.erofs", "/x.erofs", "erofs", {}};
  EXPECT_EQ(complaint(request), "fine");
}

}  // namespace
}  // namespace quiz::run
