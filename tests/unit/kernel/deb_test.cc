#include "build/deb.h"

#include <gtest/gtest.h>
#include <sys/mount.h>
#include <unistd.h>

#include "base/error.h"
#include "build/debian_tree.h"
#include "fixtures.h"
#include "kernel/add.h"
#include "kernel/entry.h"

namespace quiz::kernel {
namespace {

using test::kernel_package_members;
using test::kRelease;
using test::make_deb;
using test::Member;
using test::Scratch;

void unpack(const fs::path& deb, const fs::path& target) {
  build::unpack_deb(deb, target, place_of_kernel_file);
}

class DebTest : public testing::TestWithParam<const char*> {};

TEST_P(DebTest, UnpacksWhatAVirtualMachineNeedsAndNothingElse) {
  const Scratch scratch;
  const auto deb = scratch.write("k.deb", make_deb(kernel_package_members(), GetParam()));
  const fs::path target = scratch.path() / "out";
  unpack(deb, target);
  EXPECT_EQ(base::read_file(target / "boot" / (std::string("config-") + kRelease)),
            "CONFIG_PVH=y\n");
  const fs::path modules = target / "lib" / "modules" / kRelease;
  EXPECT_EQ(base::read_file(modules / "modules.order"), "kernel/fs/9p/9p.ko\n");
  EXPECT_TRUE(fs::exists(modules / "kernel/fs/9p/9p.ko"));
  EXPECT_FALSE(fs::exists(fs::symlink_status(modules / "build")));
  EXPECT_FALSE(fs::exists(target / "usr"));
}

INSTANTIATE_TEST_SUITE_P(EveryCompressor, DebTest, testing::Values("xz", "zstd", "gzip"));

TEST(Deb, UnpacksModulesFromUsrToo) {
  const Scratch scratch;
  const auto deb =
      scratch.write("k.deb", make_deb({{"./usr/lib/modules/6.17/config", "CONFIG_PVH=y\n"}}));
  unpack(deb, scratch.path() / "out");
  EXPECT_TRUE(fs::exists(scratch.path() / "out/lib/modules/6.17/config"));
}

TEST(Deb, IsRefusedWhenAPathLeadsOutOfIt) {
  const Scratch scratch;
  for (const char* path : {"../evil", "./boot/../../evil", "/evil", "./lib/modules/../../../evil",
                           "boot/vmlinuz-/../../../evil"}) {
    const auto deb = scratch.write("k.deb", make_deb({Member{path, "evil"}}));
    EXPECT_THROW(unpack(deb, scratch.path() / "a" / "out"), base::Error) << path;
    EXPECT_FALSE(fs::exists(scratch.path() / "evil"));
    EXPECT_FALSE(fs::exists(scratch.path() / "a" / "evil"));
  }
  EXPECT_FALSE(fs::exists("/evil"));
}

TEST(Deb, DoesNotWriteThroughALinkInIt) {
  const Scratch scratch;
  fs::create_directory(scratch.path() / "victim");
  const auto deb = scratch.write(
      "k.deb", make_deb({{"./lib/modules/x", "", AE_IFLNK, (scratch.path() / "victim").string()},
                         {"./lib/modules/x/file", "evil"}}));
  unpack(deb, scratch.path() / "out");
  EXPECT_FALSE(fs::exists(scratch.path() / "victim/file"));
}

TEST(Deb, IsRefusedWhenCutOffOrOfAnotherKind) {
  const Scratch scratch;
  const std::string good = make_deb(kernel_package_members());
  for (const double part : {0.0, 0.01, 0.3, 0.6, 0.9}) {
    const auto length = static_cast<std::size_t>(static_cast<double>(good.size()) * part);
    const auto deb = scratch.write("k.deb", good.substr(0, length));
    EXPECT_THROW(unpack(deb, scratch.path() / ("out" + std::to_string(length))), base::Error)
        << part;
  }
  EXPECT_THROW(unpack(scratch.write("k.deb", "text"), scratch.path() / "o1"), base::Error);
  const auto other = test::make_archive(archive_write_set_format_ar_bsd, "none", {{"other", "x"}});
  EXPECT_THROW(unpack(scratch.write("k.deb", other), scratch.path() / "o2"), base::Error);
  const auto no_data =
      test::make_archive(archive_write_set_format_ar_bsd, "none", {{"debian-binary", "2.0\n"}});
  EXPECT_THROW(unpack(scratch.write("k.deb", no_data), scratch.path() / "o3"), base::Error);
}

TEST(Add, TakesADebianPackage) {
  const Scratch scratch;
  Store store(scratch.path());
  base::SilentReporter reporter;
  const auto deb = scratch.write("k.deb", make_deb(kernel_package_members()));
  const Kernel kernel = add_kernel(store, {deb, "", {}}, reporter);
  EXPECT_EQ(kernel.name, kRelease);
  EXPECT_EQ(kernel.version, "6.1.27-1");
  EXPECT_EQ(base::read_file(kernel.image), boot::test::make_vmlinux(test::kBanner));
  EXPECT_EQ(base::read_file(kernel.config), "CONFIG_PVH=y\n");
  EXPECT_TRUE(fs::exists(kernel.module_directory() / "kernel/fs/9p/9p.ko"));
  EXPECT_FALSE(fs::exists(store.directory() / kRelease / "unpacked"));
  EXPECT_THROW(add_kernel(store, {deb, "", {}}, reporter), base::Error) << "the name is taken";
  EXPECT_EQ(add_kernel(store, {deb, "second", {}}, reporter).name, "second");
}

TEST(Add, TakesAnImageWithModules) {
  const Scratch scratch;
  Store store(scratch.path());
  base::SilentReporter reporter;
  const auto image = scratch.write("build/vmlinux", boot::test::make_vmlinux(test::kBanner));
  const std::string directory = std::string("elsewhere/lib/modules/") + kRelease;
  scratch.write(directory + "/modules.dep", "kernel/a.ko:\n");
  scratch.write(directory + "/kernel/a.ko", "a");
  const Kernel kernel = add_kernel(store, {image, "k", scratch.path() / "elsewhere"}, reporter);
  EXPECT_EQ(base::read_file(kernel.module_directory() / "kernel/a.ko"), "a");
  const Kernel same = add_kernel(store, {image, "l", scratch.path() / directory}, reporter);
  EXPECT_EQ(base::read_file(same.module_directory() / "kernel/a.ko"), "a");
  EXPECT_TRUE(fs::exists(scratch.path() / directory / "kernel/a.ko")) << "copied, not moved";
  EXPECT_THROW(add_kernel(store, {image, "m", scratch.path() / "build"}, reporter), base::Error);
  EXPECT_THROW(add_kernel(store, {image, "k", {}}, reporter), base::Error);
  EXPECT_THROW(add_kernel(store, {scratch.path(), "n", {}}, reporter), base::Error);
  EXPECT_THROW(add_kernel(store, {scratch.path() / "none", "n", {}}, reporter), base::Error);
  EXPECT_EQ(store.list().size(), 2U);
}

TEST(Add, LeavesNothingWhenTheDiskIsFull) {
  const Scratch scratch;
  const fs::path mounted = scratch.path() / "small";
  fs::create_directory(mounted);
  if (::geteuid() != 0 || ::mount("quiz-test", mounted.c_str(), "tmpfs", 0, "size=64k") != 0) {
    GTEST_SKIP() << "needs root to mount a small file system";
  }
  std::string error = "no error";
  std::size_t left = 0;
  {
    Store store(mounted);
    base::SilentReporter reporter;
    auto members = kernel_package_members();
    members.push_back(
        {std::string("./lib/modules/") + kRelease + "/kernel/big.ko", std::string(200000, 'x')});
    const auto deb = scratch.write("k.deb", make_deb(members));
    try {
      add_kernel(store, {deb, "", {}}, reporter);
    } catch (const base::Error& caught) {
      error = caught.message();
    }
    EXPECT_TRUE(store.list().empty());
    for (const auto& item : fs::directory_iterator(store.directory())) {
      if (item.path().filename() != ".lock") ++left;
    }
  }
  ::umount(mounted.c_str());
  EXPECT_NE(error.find("not enough space in " + (mounted / "kernels").string()), std::string::npos)
      << error;
  EXPECT_EQ(left, 0U);
}

TEST(Space, IsAskedForBeforehand) {
  const Scratch scratch;
  EXPECT_NO_THROW(require_space(scratch.path() / "not/yet/there", 1, "x"));
  EXPECT_THROW(require_space(scratch.path() / "not/yet/there", UINT64_MAX, "x"), base::Error);
}

void unpack_tree(const fs::path& deb, const fs::path& target) {
  build::unpack_deb_tree(deb, target, build::place_in_debian_tree);
}

TEST(DebTree, HasItsProgramsAndItsLinksTurnedToWhereThingsAre) {
  const Scratch scratch;
  const fs::path tree = scratch.path() / "out";
  unpack_tree(
      scratch.write("k.deb", make_deb({{"./lib/x/libz.so.1", "library"},
                                       {"./usr/lib/x/libz.so", "", AE_IFLNK, "/lib/x/libz.so.1"},
                                       {"./sbin/tool", "", AE_IFLNK, "../bin/tool"},
                                       {"./bin/tool", "program", AE_IFREG, "", 0755},
                                       {"./usr/share/doc/x/copyright", "text"},
                                       {"./etc/none", "", AE_IFLNK, "/run/none"}})),
      tree);
  EXPECT_EQ(base::read_file(tree / "usr/lib/x/libz.so"), "library");
  EXPECT_EQ(fs::read_symlink(tree / "usr/lib/x/libz.so"), "libz.so.1");
  EXPECT_EQ(fs::read_symlink(tree / "usr/sbin/tool"), "../bin/tool");
  EXPECT_EQ(fs::read_symlink(tree / "etc/none"), "../run/none");
  EXPECT_EQ(fs::status(tree / "usr/bin/tool").permissions(), fs::perms(0755));
  EXPECT_EQ(fs::status(tree / "usr/lib/x/libz.so.1").permissions(), fs::perms(0644));
  EXPECT_FALSE(fs::exists(tree / "usr/share"));
  EXPECT_FALSE(fs::exists(tree / "lib"));
}

TEST(DebTree, IsRefusedWhenALinkLeadsOutOfIt) {
  const Scratch scratch;
  for (const char* link : {"../../evil", "../../../../../etc/passwd", "a/../../../../evil", ""}) {
    const auto deb = scratch.write("k.deb", make_deb({{"./usr/x", "", AE_IFLNK, link}}));
    EXPECT_THROW(unpack_tree(deb, scratch.path() / "a" / "out"), base::Error) << link;
  }
}

TEST(DebTree, IsRefusedWhenAFileWouldLieBehindALink) {
  const Scratch scratch;
  const fs::path tree = scratch.path() / "out";
  unpack_tree(scratch.write("k.deb", make_deb({{"./usr/x", "", AE_IFLNK, "y"}})), tree);
  for (const unsigned type : {AE_IFREG, AE_IFLNK}) {
    const auto deb = scratch.write("k.deb", make_deb({{"./usr/x/file", "", type, "z"}}));
    EXPECT_THROW(unpack_tree(deb, tree), base::Error);
  }
  EXPECT_FALSE(fs::exists(tree / "usr/y"));
}

TEST(DebianTree, KnowsAPackageByItsFile) {
  EXPECT_EQ(build::package_of_file("libc6_2.36-9+deb12u14_s390x.deb"), "libc6 2.36-9+deb12u14");
  EXPECT_EQ(build::package_of_file("zlib1g_1%3a1.2.13.dfsg-1_s390x.deb"), "zlib1g 1:1.2.13.dfsg-1");
  EXPECT_EQ(build::package_of_file("odd.deb"), "odd.deb");
}

}  // namespace
}  // namespace quiz::kernel
