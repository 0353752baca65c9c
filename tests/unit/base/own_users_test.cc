#include "base/own_users.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/error.h"

namespace quiz::base {
namespace {

Captured run_apart(std::vector<std::string> arguments) {
  OwnUsers users;
  SpawnOptions options;
  options.arguments = std::move(arguments);
  options.guard = &users;
  return run_and_capture(std::move(options));
}

TEST(OwnUsers, AreThoseOutsideInNamespacesOfTheirOwn) {
  if (::geteuid() != 0) {
    EXPECT_THROW(run_apart({"true"}), SystemError);
    return;
  }
  EXPECT_EQ(run_apart({"id", "-u"}).output, "0\n");
  EXPECT_EQ(run_apart({"stat", "-c", "%u", "/proc/self"}).output, "0\n");
  const Captured map = run_apart({"cat", "/proc/self/uid_map"});
  EXPECT_NE(map.output.find("4294967295"), std::string::npos) << map.output;
  for (const char* kind : {"user", "mnt"}) {
    const std::string link = std::string("/proc/self/ns/") + kind;
    EXPECT_NE(run_apart({"readlink", link}).output, run_or_throw({"readlink", link})) << kind;
  }
}

TEST(OwnUsers, MayMountWhereNobodyElseSees) {
  if (::geteuid() != 0) return;
  const char* const script = "mount -t tmpfs none /mnt && touch /mnt/quiz-own-users && ls /mnt";
  EXPECT_EQ(run_apart({"sh", "-c", script}).output, "quiz-own-users\n");
  EXPECT_NE(::access("/mnt/quiz-own-users", F_OK), 0);
}

}  // namespace
}  // namespace quiz::base
