#include "root/sharing.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace quiz::root {
namespace {

namespace fs = std::filesystem;

using wire::ShareMode;

SharingRequest request() {
  SharingRequest request;
  request.root = "/run/user/1000/quiz/1234/root";
  request.release = "6.1.0";
  request.directory = "/home/me";
  return request;
}

/// For every share of the guest the host exports one of that tag, and writable only where both
/// sides mean it.
void expect_both_sides_agree(const Sharing& sharing) {
  const auto of_its_own = std::count_if(sharing.shares.begin(), sharing.shares.end(),
                                        [](const auto& share) { return share.source.empty(); });
  EXPECT_EQ(sharing.exported.size(), sharing.layers.size() + static_cast<std::size_t>(of_its_own));
  for (const auto* shares : {&sharing.layers, &sharing.shares}) {
    for (const wire::Share& share : *shares) {
      int exported = 0;
      for (const machine::Share& other : sharing.exported) {
        if (other.tag != share.tag) continue;
        ++exported;
        EXPECT_EQ(other.writable, share.mode == ShareMode::read_write) << share.tag;
      }
      EXPECT_EQ(exported, 1) << share.tag;
    }
  }
}

TEST(MakeSharing, ShowsTheRootReadOnlyAndNothingElse) {
  const Sharing sharing = make_sharing(request());
  ASSERT_EQ(sharing.exported.size(), 1U);
  EXPECT_EQ(sharing.exported[0].path, "/run/user/1000/quiz/1234/root");
  EXPECT_FALSE(sharing.exported[0].writable);
  ASSERT_EQ(sharing.layers.size(), 1U);
  EXPECT_EQ(sharing.layers[0].mode, ShareMode::read_only);
  EXPECT_TRUE(sharing.shares.empty());
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

TEST(MakeSharing, PutsEachShareInItsPlace) {
  SharingRequest all = request();
  all.modules = "/store/lib/modules/6.1.0";
  all.directory = "/dev/shm/work";
  all.output = "/home/me/out";
  std::vector<std::string> places;
  for (const wire::Share& share : make_sharing(all).shares) places.push_back(share.path);
  EXPECT_EQ(places, (std::vector<std::string>{fs::canonical("/lib") / "modules/6.1.0",
                                              "/dev/shm/work", kOutputInGuest}));
}

TEST(MakeSharing, TakesModulesFromTheRootWhereThatShowsThem) {
  SharingRequest wanted = request();
  wanted.modules = "/store/lib/modules/6.1.0";
  const Sharing seen = make_sharing(wanted);
  ASSERT_EQ(seen.shares.size(), 1U);
  EXPECT_EQ(seen.shares[0].tag, seen.layers[0].tag);
  EXPECT_EQ(seen.shares[0].source, "store/lib/modules/6.1.0");
  EXPECT_EQ(seen.shares[0].mode, ShareMode::copy_on_write);
  wanted.modules = "/dev/shm/store/lib/modules/6.1.0";
  const Sharing hidden = make_sharing(wanted);
  ASSERT_EQ(hidden.exported.size(), 2U);
  EXPECT_EQ(hidden.shares[0].source, "");
  expect_both_sides_agree(hidden);
}

TEST(MakeSharing, AlwaysExportsTheSameTagsIfThereIsASpareDirectory) {
  SharingRequest few = request();
  few.spare = "/run/user/1000/quiz/1234/empty";
  SharingRequest all = few;
  all.directory = "/dev/shm/work";
  all.output = "/home/me/out";
  const auto tags = [](const SharingRequest& wanted) {
    std::vector<std::string> found;
    for (const machine::Share& share : make_sharing(wanted).exported) found.push_back(share.tag);
    return found;
  };
  EXPECT_EQ(tags(few), tags(all));
  EXPECT_EQ(tags(few).size(), 3U);
  for (const machine::Share& share : make_sharing(few).exported) {
    EXPECT_FALSE(share.writable);
    EXPECT_TRUE(share.path == few.root || share.path == few.spare) << share.path;
  }
}

TEST(MakeSharing, FollowsTheHostsChangesOnlyWhenAsked) {
  SharingRequest wanted = request();
  EXPECT_EQ(make_sharing(wanted).layers[0].options, "cache=loose");
  wanted.follow_changes = true;
  EXPECT_EQ(make_sharing(wanted).layers[0].options, "cache=mmap");
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

}  // namespace
}  // namespace quiz::root
