#include "openzfs/source_links.h"

#include <gtest/gtest.h>

#include "base/files.h"

namespace quiz::openzfs {
namespace {

TEST(LinkSources, FollowsWhatComesAndGoes) {
  const base::TempDir directory(std::filesystem::temp_directory_path());
  const auto source = directory.path() / "source";
  const auto build = directory.path() / "build";
  base::make_directories(source / "zfs");
  base::make_directories(build / "zfs");
  base::write_file_atomically(source / "zfs" / "a.c", "int a;");
  base::write_file_atomically(source / "zfs" / "Makefile", "");
  base::write_file_atomically(build / "zfs" / "b.c", "generated");
  link_sources(source, build);
  EXPECT_EQ(base::read_file(build / "zfs" / "a.c"), "int a;");
  EXPECT_FALSE(std::filesystem::exists(build / "zfs" / "Makefile"));

  std::filesystem::remove(source / "zfs" / "a.c");
  base::write_file_atomically(source / "zfs" / "b.c", "of the source");
  base::write_file_atomically(source / "zfs" / "c.S", "new");
  link_sources(source, build);
  EXPECT_FALSE(std::filesystem::is_symlink(build / "zfs" / "a.c"));
  EXPECT_EQ(base::read_file(build / "zfs" / "b.c"), "generated");
  EXPECT_EQ(base::read_file(build / "zfs" / "c.S"), "new");
}

}  // namespace
}  // namespace quiz::openzfs
