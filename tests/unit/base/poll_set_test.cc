#include "base/poll_set.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

#include "base/pipe.h"

namespace quiz::base {
namespace {

void fill(const Pipe& pipe) { ASSERT_EQ(::write(pipe.write_end.get(), "x", 1), 1); }

TEST(PollSet, DoesWhatBelongsToEachThatIsReadyInTheirOrder) {
  const Pipe first = make_pipe();
  const Pipe silent = make_pipe();
  const Pipe last = make_pipe();
  fill(last);
  fill(first);
  std::string done;
  PollSet polled;
  polled.add(first.read_end.get(), POLLIN, [&] { done += 'f'; });
  polled.add(silent.read_end.get(), POLLIN, [&] { done += 's'; });
  polled.add(last.read_end.get(), POLLIN);
  polled.add(last.read_end.get(), POLLIN, [&] { done += 'l'; });
  polled.wait(-1);
  polled.serve();
  EXPECT_EQ(done, "fl");
}

TEST(PollSet, DoesNothingWhenTheTimeIsOver) {
  const Pipe silent = make_pipe();
  PollSet polled;
  polled.add(silent.read_end.get(), POLLIN, [] { ADD_FAILURE() << "nothing was there"; });
  polled.wait(0);
  polled.serve();
}

TEST(PollSet, PassesOverADescriptorThatIsNone) {
  const Pipe pipe = make_pipe();
  bool done = false;
  PollSet polled;
  polled.add(-1, POLLIN, [] { ADD_FAILURE() << "no descriptor"; });
  polled.add(pipe.write_end.get(), POLLOUT, [&] { done = true; });
  polled.wait(-1);
  polled.serve();
  EXPECT_TRUE(done);
}

TEST(PollSet, TellsOfAnEndAsOfInput) {
  Pipe pipe = make_pipe();
  pipe.write_end.reset();
  bool done = false;
  PollSet polled;
  polled.add(pipe.read_end.get(), POLLIN, [&] { done = true; });
  polled.wait(-1);
  polled.serve();
  EXPECT_TRUE(done);
}

}  // namespace
}  // namespace quiz::base
