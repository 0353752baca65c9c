#include "base/local_socket.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/files.h"

namespace quiz::base {
namespace {

TEST(LocalSocket, IsItsOwnersAloneAndKnowsWhoConnects) {
  const TempDir directory("/tmp");
  const Fd listener = listen_at(directory.path(), "door");
  struct stat status = {};
  ASSERT_EQ(::stat((directory.path() / "door").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0600U);
  EXPECT_FALSE(accept_one(listener.get())) << "nobody has come yet";
  const Fd visitor = connect_to(directory.path(), "door");
  ASSERT_TRUE(visitor);
  const Fd accepted = accept_one(listener.get());
  ASSERT_TRUE(accepted);
  for (const Fd* end : {&visitor, &accepted}) {
    const auto peer = peer_of(end->get());
    ASSERT_TRUE(peer);
    EXPECT_EQ(peer->uid, ::geteuid());
    EXPECT_EQ(peer->pid, ::getpid());
  }
}

TEST(LocalSocket, OfADirectoryWithALongPathIsOneToo) {
  const TempDir directory("/tmp");
  const fs::path deep = directory.path() / std::string(120, 'a') / std::string(120, 'b');
  make_directories(deep);
  const Fd listener = listen_at(deep, "door");
  EXPECT_TRUE(connect_to(deep, "door"));
}

TEST(LocalSocket, ThatNobodyListensAtIsNoError) {
  const TempDir directory("/tmp");
  EXPECT_FALSE(connect_to(directory.path(), "door"));
  EXPECT_FALSE(connect_to(directory.path() / "missing", "door"));
  listen_at(directory.path(), "door").reset();
  EXPECT_FALSE(connect_to(directory.path(), "door")) << "its owner has ended";
  EXPECT_THROW(listen_at(directory.path(), "door"), SystemError) << "the place is taken";
}

}  // namespace
}  // namespace quiz::base
