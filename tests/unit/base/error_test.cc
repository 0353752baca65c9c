#include "base/error.h"

#include <gtest/gtest.h>

namespace quiz::base {
namespace {

TEST(Error, CarriesMessageHintAndStatus) {
  const Error error("it broke", "mend it", 126);
  EXPECT_STREQ(error.what(), "it broke");
  EXPECT_EQ(error.hint(), "mend it");
  EXPECT_EQ(error.status(), 126);
  EXPECT_EQ(Error("x").status(), kStatusQuizFailed);
}

TEST(Error, GathersNotesInnermostFirst) {
  try {
    with_note("while doing the outer work", [] {
      return with_note("while doing the inner work", []() -> int { throw Error("it broke"); });
    });
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.notes(), (std::vector<std::string>{"while doing the inner work",
                                                       "while doing the outer work"}));
  }
}

TEST(Error, KeepsItsTypeOnTheWayUp) {
  EXPECT_THROW(with_note("note", [] { throw SystemError("it broke", EIO); }), SystemError);
  EXPECT_EQ(with_note("note", [] { return 5; }), 5);
}

TEST(SystemError, AddsTheReason) {
  errno = ENOENT;
  const SystemError from_errno("cannot open x");
  EXPECT_EQ(from_errno.message(), "cannot open x: No such file or directory");
  EXPECT_EQ(from_errno.error_number(), ENOENT);
  const SystemError given("cannot open x", EACCES, "ask");
  EXPECT_EQ(given.message(), "cannot open x: Permission denied");
  EXPECT_EQ(given.hint(), "ask");
}

}  // namespace
}  // namespace quiz::base
