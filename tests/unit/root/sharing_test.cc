#include "root/sharing.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/files.h"

namespace quiz::root {
namespace {

namespace fs = std::filesystem;

using wire::ShareMode;

SharingRequest request() {
  SharingRequest request;
  request.release = "6.1.0";
  request.directory = "/home/me";
  return request;
}

std::string text(const wire::Place& place) { return place.tag + ":" + place.path; }

std::vector<std::string> texts(const std::vector<wire::Place>& places) {
  std::vector<std::string> result;
  for (const wire::Place& place : places) result.push_back(text(place));
  return result;
}

std::vector<std::string> tags(const Sharing& sharing) {
  std::vector<std::string> found;
  for (const machine::Share& share : sharing.exported) found.push_back(share.tag);
  return found;
}

using Texts = std::vector<std::string>;

/// Every export of the guest is one of the host's, and writable only where both sides mean it;
/// every place is in an export.
void expect_both_sides_agree(const Sharing& sharing) {
  const auto exports_of = [&](const std::string& tag) {
    return std::count_if(sharing.exports.begin(), sharing.exports.end(),
                         [&](const wire::Export& one) { return one.tag == tag; });
  };
  for (const wire::Export& one : sharing.exports) {
    int exported = 0;
    for (const machine::Share& other : sharing.exported) {
      if (other.tag != one.tag) continue;
      ++exported;
      EXPECT_EQ(other.writable, one.writable) << one.tag;
    }
    EXPECT_EQ(exported, 1) << one.tag;
  }
  const auto expect_exported = [&](const wire::Place& place) {
    if (!place.tag.empty() && place.tag != wire::kRootImage) {
      EXPECT_EQ(exports_of(place.tag), 1) << text(place);
    }
    EXPECT_FALSE(place.path.starts_with('/')) << text(place);
  };
  for (const wire::Place& place : sharing.layers) expect_exported(place);
  for (const wire::Mount& mount : sharing.mounts) {
    for (const wire::Place& place : mount.from) expect_exported(place);
  }
}

TEST(MakeSharing, ShowsTheRootReadOnlyAndNothingElse) {
  const Sharing sharing = make_sharing(request());
  ASSERT_EQ(sharing.exported.size(), 1U);
  EXPECT_EQ(sharing.exported[0].path, "/");
  EXPECT_FALSE(sharing.exported[0].writable);
  EXPECT_EQ(texts(sharing.layers), Texts{"host:"});
  EXPECT_TRUE(sharing.mounts.empty());
  expect_both_sides_agree(sharing);
}

TEST(MakeSharing, LetsOnlyTheOutputDirectoryBeWritten) {
  SharingRequest all = request();
  all.modules = "/store/lib/modules/6.1.0";
  all.directory = "/dev/shm/work";
  all.output = "/home/me/out";
  const Sharing sharing = make_sharing(all);
  ASSERT_EQ(sharing.exported.size(), 3U);
  for (const machine::Share& share : sharing.exported) {
    EXPECT_EQ(share.writable, share.path == "/home/me/out") << share.path;
  }
  expect_both_sides_agree(sharing);
}

TEST(MakeSharing, HasTheSameDevicesForTwoDirectoriesThatMayBeWritten) {
  SharingRequest few = request();
  few.spare = "/run/user/1000/quiz/1234/empty";
  SharingRequest all = few;
  all.output = "/home/me/out";
  all.writable = {{"/home/me/project", "/mnt"}};
  const Sharing sharing = make_sharing(all);
  EXPECT_EQ(tags(sharing), tags(make_sharing(few)));
  ASSERT_EQ(sharing.mounts.size(), 2U);
  EXPECT_EQ(sharing.mounts[1].path, "/mnt");
  EXPECT_EQ(sharing.mounts[1].mode, ShareMode::read_write);
  EXPECT_EQ(texts(sharing.mounts[1].from), Texts{"second:"});
  for (const machine::Share& share : sharing.exported) EXPECT_EQ(share.writable, share.path != "/");
  expect_both_sides_agree(sharing);
}

TEST(MakeSharing, ShowsDirectoriesAtPlacesOfTheirOwnWithoutADevice) {
  SharingRequest few = request();
  SharingRequest all = few;
  all.shown = {{"/srv/data", "/mnt/a", false}, {"/srv/more", "/mnt/b", true}};
  const Sharing sharing = make_sharing(all);
  EXPECT_EQ(tags(sharing), tags(make_sharing(few)));
  const std::size_t count = sharing.mounts.size();
  ASSERT_GE(count, 2U);
  EXPECT_EQ(sharing.mounts[count - 2].path, "/mnt/a");
  EXPECT_EQ(sharing.mounts[count - 2].mode, ShareMode::read_only);
  EXPECT_EQ(texts(sharing.mounts[count - 2].from), Texts{"host:srv/data"});
  EXPECT_EQ(sharing.mounts[count - 1].mode, ShareMode::copy_on_write);
  for (const machine::Share& share : sharing.exported) EXPECT_FALSE(share.writable);
  expect_both_sides_agree(sharing);
}

TEST(MakeSharing, WritableDirectoriesNeedDevicesOfTheirOwnBesideAll) {
  SharingRequest all = request();
  all.directory = "/dev/shm/work";
  all.output = "/home/me/out";
  all.writable = {{"/a", "/a"}, {"/b", "/b"}};
  const Sharing sharing = make_sharing(all);
  EXPECT_EQ(tags(sharing), (Texts{"host", "second", "output", "write2", "write3"}));
  expect_both_sides_agree(sharing);
}

TEST(MakeSharing, PutsEachMountInItsPlace) {
  SharingRequest all = request();
  all.modules = "/store/lib/modules/6.1.0";
  all.directory = "/dev/shm/work";
  all.output = "/home/me/out";
  std::vector<std::string> places;
  for (const wire::Mount& mount : make_sharing(all).mounts) places.push_back(mount.path);
  EXPECT_EQ(places,
            (Texts{fs::canonical("/lib") / "modules/6.1.0", "/dev/shm/work", kOutputInGuest}));
}

TEST(MakeSharing, TakesModulesFromTheRootWhereThatShowsThem) {
  SharingRequest wanted = request();
  wanted.modules = "/store/lib/modules/6.1.0";
  const Sharing seen = make_sharing(wanted);
  ASSERT_EQ(seen.mounts.size(), 1U);
  EXPECT_EQ(texts(seen.mounts[0].from), Texts{":store/lib/modules/6.1.0"});
  EXPECT_EQ(seen.mounts[0].mode, ShareMode::copy_on_write);
  wanted.modules = "/dev/shm/store/lib/modules/6.1.0";
  const Sharing hidden = make_sharing(wanted);
  ASSERT_EQ(hidden.exported.size(), 2U);
  EXPECT_EQ(texts(hidden.mounts[0].from), Texts{"second:"});
  expect_both_sides_agree(hidden);
}

TEST(MakeSharing, AlwaysExportsTheSameTagsIfThereIsASpareDirectory) {
  SharingRequest few = request();
  few.spare = "/run/user/1000/quiz/1234/empty";
  SharingRequest all = few;
  all.directory = "/dev/shm/work";
  all.output = "/home/me/out";
  EXPECT_EQ(tags(make_sharing(few)), tags(make_sharing(all)));
  EXPECT_EQ(tags(make_sharing(few)).size(), 3U);
  for (const machine::Share& share : make_sharing(few).exported) {
    EXPECT_FALSE(share.writable);
    EXPECT_TRUE(share.path == "/" || share.path == few.spare) << share.path;
  }
  // Layers need no further device.
  SharingRequest layered = few;
  layered.user = {"/home/me/.config/quiz/user"};
  layered.system = {"/home/me/project/.quiz/system"};
  EXPECT_EQ(tags(make_sharing(layered)), tags(make_sharing(few)));
}

TEST(SeenThrough, PutsTheViewBeforeEveryPath) {
  const std::vector<machine::Share> shares = {{"host", "/", false}, {"output", "/home/me", true}};
  const auto seen = seen_through("/proc/self/fd/9", shares);
  EXPECT_EQ(seen[0].path, "/proc/self/fd/9");
  EXPECT_EQ(seen[1].path, "/proc/self/fd/9/home/me");
  EXPECT_TRUE(seen[1].writable);
  EXPECT_EQ(seen_through("", shares)[1].path, "/home/me");
}

TEST(MakeSharing, LaysLayersOverTheHostFromAnotherFileSystem) {
  SharingRequest layered = request();
  layered.user = {"/home/me/.quiz/user", "/dev/shm/user"};
  layered.system = {"/home/me/.quiz/system"};
  const Sharing sharing = make_sharing(layered);
  EXPECT_EQ(texts(sharing.layers),
            (Texts{"second:home/me/.quiz/user", "more2:", "second:home/me/.quiz/system", "host:"}));
  EXPECT_EQ(tags(sharing), (Texts{"host", "second", "more2"}));
  EXPECT_EQ(sharing.exported[1].path, "/");
  expect_both_sides_agree(sharing);
}

TEST(MakeSharing, TakesLayersOverAnImageFromTheOneExport) {
  SharingRequest layered = request();
  layered.base = BaseKind::image;
  layered.directory = "/";
  layered.user = {"/home/me/.quiz/user"};
  const Sharing sharing = make_sharing(layered);
  EXPECT_EQ(texts(sharing.layers), (Texts{"host:home/me/.quiz/user", "root:"}));
  EXPECT_TRUE(sharing.mounts.empty());
  expect_both_sides_agree(sharing);
}

TEST(MakeSharing, KeepsLayersApartFromADirectoryThatContainsThem) {
  SharingRequest layered = request();
  layered.base = BaseKind::directory;
  layered.directory = "/";
  layered.base_directory = "/srv/root";
  layered.user = {"/srv/root/home/me/.quiz/user", "/home/me/.quiz/user"};
  EXPECT_EQ(
      texts(make_sharing(layered).layers),
      (Texts{"second:srv/root/home/me/.quiz/user", "host:home/me/.quiz/user", "host:srv/root"}));
  layered.user.clear();
  layered.base_directory = "/dev/shm/root";
  EXPECT_EQ(texts(make_sharing(layered).layers), Texts{"second:"});
}

TEST(MakeSharing, ShowsTheCallersDirectoryInAnotherRoot) {
  SharingRequest wanted = request();
  wanted.base = BaseKind::image;
  wanted.directory = "/no/such/directory";
  const Sharing sharing = make_sharing(wanted);
  ASSERT_EQ(sharing.mounts.size(), 1U);
  EXPECT_EQ(sharing.mounts[0].path, "/no/such/directory");
  EXPECT_EQ(sharing.mounts[0].mode, ShareMode::read_only);
  EXPECT_EQ(texts(sharing.mounts[0].from), Texts{"host:no/such/directory"});
  expect_both_sides_agree(sharing);
}

TEST(MakeSharing, PutsTheModulesOfLayersAboveTheKernels) {
  const base::TempDir layer("/tmp", "quiz-test-");
  base::make_directories(layer.path() / "usr/lib/modules/6.1.0");
  SharingRequest wanted = request();
  wanted.modules = "/store/lib/modules/6.1.0";
  wanted.system = {layer.path()};
  const Sharing sharing = make_sharing(wanted);
  ASSERT_EQ(sharing.mounts.size(), 1U);
  const std::string path = layer.path().relative_path();
  EXPECT_EQ(texts(sharing.mounts[0].from),
            (Texts{"host:" + path + "/usr/lib/modules/6.1.0", "host:store/lib/modules/6.1.0"}));
}

TEST(MakeSharing, KeepsNothingThatTheHostMayChange) {
  EXPECT_EQ(make_sharing(request()).exports[0].options, "cache=none");
}

TEST(NeedsOwnShare, IsTrueBelowTheDirectoriesThatNoGuestSees) {
  for (const char* path : {"/dev/shm", "/dev/shm/a b", "/run/user/1000/x", "/run", "/dev"}) {
    EXPECT_TRUE(needs_own_share(path)) << path;
  }
}

TEST(NeedsOwnShare, IsFalseWhereTheRootShowsItOrTheGuestHasItsOwn) {
  for (const char* path :
       {"/", "/home/me", "/tmp/dev", "/devices", "/running/x", "/proc/self", "/sys"}) {
    EXPECT_FALSE(needs_own_share(path)) << path;
  }
}

TEST(DirectoryView, NeverHidesWhatARootConsistsOf) {
  for (const char* path : {"/", "/usr", "/usr/bin", "/usr/share/doc", "/etc", "/lib64", "/var",
                           "/var/lib/dpkg", "/proc/self", "/sys/kernel"}) {
    EXPECT_EQ(directory_view(path), DirectoryView::own) << path;
  }
}

TEST(DirectoryView, IsReadOnlyButWhereProgramsWrite) {
  for (const char* path : {"/root", "/home/me/x", "/tmp/x", "/usr/src/linux", "/library", "/srv"}) {
    EXPECT_EQ(directory_view(path), DirectoryView::read_only) << path;
  }
  for (const char* path : {"/tmp", "/var/tmp", "/dev/shm/x", "/run/user/1000"}) {
    EXPECT_EQ(directory_view(path), DirectoryView::copy_on_write) << path;
  }
}

}  // namespace
}  // namespace quiz::root
