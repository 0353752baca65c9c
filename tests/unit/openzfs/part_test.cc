#include "openzfs/part.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"
#include "confinement/confinement.h"

namespace quiz::openzfs {
namespace {

/// A checkout whose configure and Makefile do what the test says.
class PartTest : public testing::Test {
 protected:
  PartTest() {
    base::make_directories(checkout_.directory / "module" / "zfs");
    base::make_directories(checkout_.user_build());
    script("configure", "echo checking for x... no; echo > config.status");
  }
  void script(const char* name, const std::string& text, mode_t mode = 0755) {
    base::write_file_atomically(checkout_.directory / name, "#!/bin/sh\n" + text + "\n", mode);
  }
  void makefile(const std::string& text) {
    base::write_file_atomically(checkout_.user_build() / "Makefile", text);
  }
  std::string failure_of(const std::function<void()>& work) {
    try {
      work();
    } catch (const base::Error& error) {
      return error.message() + "\n" + error.hint();
    }
    return {};
  }

  // Not in /tmp, where an installation may write.
  base::TempDir directory_{fs::current_path(), ".tmp-part-"};
  Checkout checkout_{directory_.path() / "zfs", {}};
  base::SilentReporter reporter_;
  Part part_{checkout_, {"things", checkout_.user_build(), {"module"}, {}, 1}, reporter_};
};

TEST_F(PartTest, IsConfiguredAnewWhenSomethingAboutItHasChanged) {
  EXPECT_FALSE(part_.is_configured({"--a"}, "kernel"));
  part_.configure({"--a"}, "kernel");
  EXPECT_TRUE(part_.is_configured({"--a"}, "kernel"));
  EXPECT_FALSE(part_.is_configured({"--b"}, "kernel"));
  EXPECT_FALSE(part_.is_configured({"--a"}, "another kernel"));
}

TEST_F(PartTest, AFailingConfigureTellsItsReasonAndThatPartOfItsLog) {
  script("configure",
         "echo 'configure:1: checking for y' >config.log\n"
         "echo 'configure:2: error: y is missing' >>config.log\n"
         "echo 'configure: error: y is missing'; exit 1");
  const std::string failure = failure_of([&] { part_.configure({}, ""); });
  EXPECT_NE(failure.find("things: y is missing\nconfigure:1: checking for y"), std::string::npos)
      << failure;
  EXPECT_NE(failure.find("config.log"), std::string::npos);
  EXPECT_FALSE(part_.is_configured({}, ""));
}

TEST_F(PartTest, AFailingMakeTellsTheFirstRealError) {
  makefile("all:\n\t@echo 'a.c:1:2: error: no such thing'; false\n");
  EXPECT_NE(failure_of([&] { part_.make({}, 1); }).find("a.c:1:2: error: no such thing"),
            std::string::npos);
}

TEST_F(PartTest, InstallsBelowTheCheckoutsOwnDirectory) {
  makefile("all:\ninstall:\n\tmkdir -p $(DESTDIR)/usr\n\techo x >$(DESTDIR)/usr/x\n");
  EXPECT_NE(failure_of([&] { part_.install({"install"}); }).find("have not been built"),
            std::string::npos);
  part_.make({"install"}, 1);  // one target is not all of it
  EXPECT_NE(failure_of([&] { part_.install({"install"}); }).find("have not been built"),
            std::string::npos);
  part_.make({"V=1"}, 1);
  part_.install({"install", "DESTDIR=" + checkout_.system().string()});
  EXPECT_EQ(base::read_file(checkout_.system() / "usr" / "x"), "x\n");
}

TEST_F(PartTest, InstallsNowhereElse) {
  if (!confinement::Confinement({}).has_landlock())
    return;  // a kernel without Landlock: docs/openzfs.md
  const fs::path outside = directory_.path() / "outside";
  makefile("all:\ninstall:\n\techo x >" + outside.string() + "\n");
  part_.make({}, 1);
  const std::string failure = failure_of([&] { part_.install({"install"}); });
  EXPECT_NE(failure.find("wanted to write outside"), std::string::npos) << failure;
  EXPECT_NE(failure.find(outside.string()), std::string::npos) << failure;
  EXPECT_FALSE(fs::exists(outside));
}

TEST_F(PartTest, IsInstalledUntilASourceChanges) {
  const fs::path source = checkout_.directory / "module" / "zfs" / "a.c";
  base::write_file_atomically(source, "1");
  const auto change = [&](std::chrono::seconds ago) {
    for (const fs::path& path :
         {source, source.parent_path(), source.parent_path().parent_path()}) {
      fs::last_write_time(path, fs::file_time_type::clock::now() - ago);
    }
  };
  change(std::chrono::seconds(10));
  makefile("all:\n");
  EXPECT_FALSE(part_.is_installed("x"));
  part_.make({}, 1);
  part_.mark_installed("x");
  EXPECT_TRUE(part_.is_installed("x"));
  EXPECT_FALSE(part_.is_installed("y"));
  // Changed after the make: what is installed then is the old one.
  change(std::chrono::seconds(0));
  part_.mark_installed("x");
  EXPECT_FALSE(part_.is_installed("x"));
  change(std::chrono::seconds(10));
  EXPECT_TRUE(part_.is_installed("x"));
}

}  // namespace
}  // namespace quiz::openzfs
