#include "run/host_resolver.h"

#include <gtest/gtest.h>

#include "base/files.h"

namespace quiz::run {
namespace {

namespace fs = std::filesystem;

class HostResolverTest : public testing::Test {
 protected:
  HostResolverTest() {
    for (const char* name : {"etc", "run/systemd/resolve", "runtime"}) {
      fs::create_directories(root_ / name);
    }
  }
  /// What is needed for a configuration that leads to `target`.
  std::optional<fs::path> needed_for(const fs::path& target) {
    const fs::path link = root_ / "etc/resolv.conf";
    fs::remove(link);
    base::write_file_atomically(root_ / target, "nameserver 127.0.0.53\n");
    fs::create_symlink(fs::path("..") / target, link);
    return hidden_resolver(link, {root_ / "dev", root_ / "run"});
  }

  base::TempDir directory_{fs::temp_directory_path(), "quiz-unit-"};
  fs::path root_ = fs::canonical(directory_.path());
};

TEST_F(HostResolverTest, IsTheDirectoryThatALinkLeadsTo) {
  EXPECT_EQ(needed_for("run/systemd/resolve/stub-resolv.conf"), root_ / "run/systemd/resolve");
}

TEST_F(HostResolverTest, IsNeverAWholeHiddenDirectory) {
  EXPECT_EQ(needed_for("run/resolv.conf"), root_ / "run/resolv.conf");
}

TEST_F(HostResolverTest, IsNothingWhereQemuMayReadAnyway) {
  EXPECT_EQ(needed_for("etc/resolvconf"), std::nullopt);
  EXPECT_EQ(needed_for("runtime/resolv.conf"), std::nullopt) << "only begins like a hidden one";
}

TEST_F(HostResolverTest, IsNothingWhereThereIsNone) {
  EXPECT_EQ(hidden_resolver(root_ / "etc/resolv.conf", {root_ / "run"}), std::nullopt);
}

}  // namespace
}  // namespace quiz::run
