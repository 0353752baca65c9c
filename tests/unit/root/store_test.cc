#include "root/store.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/error.h"
#include "root/build.h"
#include "root/chosen_root.h"
#include "root/image.h"
#include "root/package_sets.h"
#include "root/tree.h"

namespace quiz::root {
namespace {

namespace fs = std::filesystem;

void write(const fs::path& path, const std::string& content) {
  base::make_directories(path.parent_path());
  std::ofstream(path) << content;
}

std::string error_of(const auto& work) {
  try {
    work();
  } catch (const base::Error& error) {
    return error.message() + " / " + error.hint();
  }
  return "no error";
}

class RootStore : public testing::Test {
 protected:
  Root add(const std::string& name) {
    Store::Draft draft = store_.begin();
    Root root;
    root.name = name;
    root.origin = "Debian bookworm";
    root.architecture = base::architecture_named("x86_64");
    root.file_system = "erofs";
    root.image = draft.path() / "root.erofs";
    root.packages = draft.path() / "packages";
    root.contents = draft.path() / "contents";
    root.package_count = 2;
    root.requested = {"bc"};
    write(root.image, "image of " + name);
    write(root.contents, "\nd usr\nd usr/bin\nf usr/bin/sh\nl bin\tusr/bin\no dev\n");
    return store_.publish(std::move(draft), root);
  }
  base::TempDir data_{fs::canonical("/tmp"), "quiz-test-"};
  Store store_{data_.path()};
};

TEST_F(RootStore, KeepsWhatIsPublished) {
  const Root root = add("debian");
  EXPECT_EQ(root.image, data_.path() / "roots/debian/root.erofs");
  const Root again = store_.find("debian");
  EXPECT_EQ(again.requested, std::vector<std::string>{"bc"});
  EXPECT_EQ(again.package_count, 2U);
  EXPECT_GT(again.size, 0U);
  EXPECT_EQ(store_.list().size(), 1U);
  add("debian");  // replaced
  EXPECT_EQ(store_.list().size(), 1U);
  store_.remove("debian");
  EXPECT_TRUE(store_.list().empty());
}

TEST_F(RootStore, NamesTheNearestOfWhatItLacks) {
  EXPECT_NE(error_of([&] { store_.find("debian"); }).find("quiz root build debian"),
            std::string::npos);
  add("debian-trixie");
  EXPECT_NE(error_of([&] { store_.find("debian-trixi"); }).find("did you mean debian-trixie?"),
            std::string::npos);
  EXPECT_NE(error_of([&] { store_.remove("debian-trixi"); }).find("did you mean debian-trixie?"),
            std::string::npos);
}

TEST_F(RootStore, TellsOfADamagedEntry) {
  add("debian");
  write(store_.directory() / "debian/root.json", "{");
  EXPECT_TRUE(store_.list().empty());
  EXPECT_NE(error_of([&] { store_.find("debian"); }).find("damaged"), std::string::npos);
}

TEST_F(RootStore, AnswersFromTheContents) {
  const ChosenRoot base = choose_root(add("debian").name, store_, base::host_architecture());
  EXPECT_EQ(base.kind, BaseKind::image);
  EXPECT_TRUE(look_up(base, "usr")->directory);
  EXPECT_FALSE(look_up(base, "usr/bin/sh")->directory);
  EXPECT_EQ(look_up(base, "bin")->link, "usr/bin");
  EXPECT_FALSE(look_up(base, "usr/bi"));
  EXPECT_FALSE(look_up(base, "bin/sh"));
  EXPECT_EQ(find_path({layer_of(base)}, "/bin/sh").path, "/usr/bin/sh");
}

TEST_F(RootStore, KnowsHowAnEntryWasMade) {
  Root root = add("debian-bookworm");
  EXPECT_EQ(build_command(root), "quiz root build debian:bookworm --package bc");
  root.name = "mine";
  root.sets = {"base", "block"};
  EXPECT_EQ(build_command(root),
            "quiz root build debian:bookworm --name mine --set base --set block --package bc");
  root.name = "debian-bookworm+s390x";
  root.architecture = base::architecture_named("s390x");
  root.sets = {};
  EXPECT_EQ(build_command(root), "quiz root build debian:bookworm -a s390x --package bc");
}

TEST_F(RootStore, ABaseIsAPathOrAName) {
  EXPECT_EQ(choose_root("host", store_, base::host_architecture()).kind, BaseKind::host);
  EXPECT_EQ(choose_root("/", store_, base::host_architecture()).kind, BaseKind::host);
  base::make_directories(data_.path() / "system/usr");
  EXPECT_EQ(choose_root((data_.path() / "system").string(), store_, base::host_architecture()).kind,
            BaseKind::directory);
  EXPECT_NE(error_of([&] {
              choose_root((data_.path() / "system/usr").string(), store_,
                          base::host_architecture());
            }).find("neither usr nor bin"),
            std::string::npos);
  EXPECT_NE(error_of([&] {
              choose_root("/no/such", store_, base::host_architecture());
            }).find("no root at /no/such"),
            std::string::npos);
  write(data_.path() / "text", "no image");
  EXPECT_NE(error_of([&] {
              choose_root((data_.path() / "text").string(), store_, base::host_architecture());
            }).find("no image of a file system"),
            std::string::npos);
}

TEST(FileSystemOf, KnowsImagesByTheirMagicNumbers) {
  const base::TempDir top("/tmp", "quiz-test-");
  const auto image = [&](std::size_t offset, const std::string& magic) {
    write(top.path() / "image", std::string(offset, '\0') + magic + std::string(100, '\0'));
    return file_system_of(top.path() / "image");
  };
  EXPECT_EQ(image(1024, "\xe2\xe1\xf5\xe0"), "erofs");
  EXPECT_EQ(image(1080, "\x53\xef"), "ext4");
  EXPECT_EQ(image(0, "hsqs"), "squashfs");
  EXPECT_EQ(image(0, "XFSB"), "xfs");
  EXPECT_EQ(image(65600, "_BHRfS_M"), "btrfs");
  EXPECT_EQ(image(1020, "\xe2\xe1\xf5\xe0"), "");
  write(top.path() / "image", "");
  EXPECT_EQ(file_system_of(top.path() / "image"), "");
}

TEST(PackageSets, AreParsedLineByLine) {
  const auto wanted = parse_package_set("# all\nbc\n\n  a | b  # either\n");
  EXPECT_EQ(wanted, (std::vector<Alternatives>{{"bc"}, {"a", "b"}}));
}

TEST(PackageSets, ThatAreShippedHaveTheToolsOfTheTask) {
  std::string all;
  for (const PackageSet& set : package_sets()) all += std::string(set.text) + "\n";
  for (const char* package : {"tini", "udev", "linux-perf", "bpftrace", "fio", "gdb", "ksh"}) {
    EXPECT_NE(all.find(std::string("\n") + package + "\n"), std::string::npos) << package;
  }
}

TEST(MakeReproducible, TakesOutWhatIsOfTheHostAndTheDay) {
  const base::TempDir top("/tmp", "quiz-test-");
  const fs::path& tree = top.path();
  write(tree / "etc/hostname", "my-machine\n");
  write(tree / "etc/machine-id", "0123\n");
  write(tree / "etc/shadow", "root:*:20000:0:99999:7:::\nbroken\n");
  write(tree / "var/log/dpkg.log", "today");
  write(tree / "usr/bin/tool", "");
  write(tree / "var/lib/dpkg/info/tool.list", "/.\n/usr/bin/tool\n/no/such\n");
  const auto packaged = fs::file_time_type::clock::now() - std::chrono::hours(24 * 365);
  fs::last_write_time(tree / "usr/bin/tool", packaged);
  const std::int64_t epoch = make_reproducible(tree);
  EXPECT_FALSE(fs::exists(tree / "etc/hostname"));
  EXPECT_EQ(base::read_file(tree / "etc/machine-id"), "");
  EXPECT_EQ(base::read_file(tree / "var/log/dpkg.log"), "");
  EXPECT_EQ(base::read_file(tree / "etc/shadow"),
            "root:*:" + std::to_string(epoch / 86400) + ":0:99999:7:::\nbroken\n");
  for (const auto& entry : fs::recursive_directory_iterator(tree)) {
    EXPECT_LE(entry.last_write_time(), packaged) << entry.path();
  }
}

TEST(WritePackages, ListsNamesAndVersions) {
  const base::TempDir top("/tmp", "quiz-test-");
  write(top.path() / "var/lib/dpkg/status",
        "Package: zsh\nStatus: x\nVersion: 5\n\nPackage: bc\nVersion: 1.07-3\n");
  EXPECT_EQ(write_packages(top.path(), top.path() / "list"), 2U);
  EXPECT_EQ(base::read_file(top.path() / "list"), "bc 1.07-3\nzsh 5\n");
}

TEST(WriteContents, ListsATreeThatContentsAnswersFrom) {
  const base::TempDir top("/tmp", "quiz-test-");
  write(top.path() / "tree/usr/bin/sh", "");
  fs::create_symlink("usr/bin", top.path() / "tree/bin");
  write_contents(top.path() / "tree", top.path() / "list");
  const Contents contents(top.path() / "list");
  EXPECT_TRUE(contents.look_up("usr/bin")->directory);
  EXPECT_FALSE(contents.look_up("usr/bin/sh")->directory);
  EXPECT_EQ(contents.look_up("bin")->link, "usr/bin");
  EXPECT_FALSE(contents.look_up("usr/bin/bash"));
}

}  // namespace
}  // namespace quiz::root
