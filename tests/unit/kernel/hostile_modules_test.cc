#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/files.h"
#include "kernel/modules.h"

namespace quiz::kernel {
namespace {

namespace fs = std::filesystem;

/// A directory of modules that somebody else has made.
class HostileModules : public ::testing::Test {
 protected:
  HostileModules() {
    base::make_directories(modules() / "kernel");
    base::write_file_atomically(secret(), "secret");
  }
  fs::path modules() const { return scratch_.path() / "modules"; }
  fs::path secret() const { return scratch_.path() / "secret"; }
  std::string error() const {
    try {
      plan_modules(modules(), {"virtio_rng"});
    } catch (const base::Error& problem) {
      return problem.what();
    }
    return "none";
  }
  void list(const std::string& path) const {
    base::write_file_atomically(modules() / "modules.dep", path + ":\n");
  }

 private:
  base::TempDir scratch_{fs::temp_directory_path(), "quiz-unit-"};
};

TEST_F(HostileModules, BringNoFileFromElsewhereByALink) {
  fs::create_symlink(secret(), modules() / "kernel/virtio_rng.ko");
  list("kernel/virtio_rng.ko");
  EXPECT_NE(error().find("is no module of this kernel"), std::string::npos) << error();
}

TEST_F(HostileModules, BringNoFileFromElsewhereByItsName) {
  base::write_file_atomically(secret().parent_path() / "virtio_rng.ko", "secret");
  for (const std::string& path :
       {std::string("../virtio_rng.ko"), (secret().parent_path() / "virtio_rng.ko").string()}) {
    list(path);
    EXPECT_NE(error().find("is no module of this kernel"), std::string::npos) << path << error();
  }
}

TEST_F(HostileModules, BringNothingThatIsNoFile) {
  ASSERT_EQ(::mkfifo((modules() / "kernel/virtio_rng.ko").c_str(), 0600), 0);
  list("kernel/virtio_rng.ko");
  EXPECT_NE(error().find("is no module of this kernel"), std::string::npos) << error();
}

TEST_F(HostileModules, MayHaveModules) {
  base::write_file_atomically(modules() / "kernel/virtio_rng.ko", "module");
  list("kernel/virtio_rng.ko");
  EXPECT_EQ(error(), "none");
}

}  // namespace
}  // namespace quiz::kernel
