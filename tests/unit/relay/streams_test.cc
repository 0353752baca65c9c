#include "relay/streams.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "base/files.h"
#include "base/pipe.h"
#include "standard_descriptors.h"

namespace quiz::relay {
namespace {

using wire::StreamKind;
using Kinds = std::array<StreamKind, 3>;

constexpr auto kClosed = StreamKind::closed;
constexpr auto kPipe = StreamKind::pipe;
constexpr auto kPty = StreamKind::pty;
constexpr auto kJoined = StreamKind::joined;
constexpr auto kAsked = StreamKind::asked;

class PlanStreamsTest : public testing::Test {
 protected:
  /// The plan for these descriptors; -1 is one that the caller had closed.
  static StreamPlan plan(int in, int out, int err, std::optional<bool> pty = std::nullopt) {
    const test::StandardDescriptors standard(in, out, err);
    return plan_streams({in >= 0, out >= 0, err >= 0}, pty);
  }
  /// A terminal of its own: the slave of a new pty.
  struct Terminal {
    Terminal() {
      master.reset(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
      EXPECT_EQ(::grantpt(master.get()), 0);
      EXPECT_EQ(::unlockpt(master.get()), 0);
      slave = base::open_file(::ptsname(master.get()), O_RDWR | O_NOCTTY);
    }
    int fd() const { return slave.get(); }
    base::Fd master;
    base::Fd slave;
  };

  base::Pipe in_ = base::make_pipe();
  base::Pipe out_ = base::make_pipe();
  base::Pipe err_ = base::make_pipe();
  int i_ = in_.read_end.get();
  int o_ = out_.write_end.get();
  int e_ = err_.write_end.get();
};

TEST_F(PlanStreamsTest, GivesEachPipeAPipeOfItsOwn) {
  const StreamPlan plan = this->plan(i_, o_, e_);
  EXPECT_EQ(plan.kinds, (Kinds{kAsked, kPipe, kPipe}));
  EXPECT_FALSE(plan.uses_pty || plan.raw_input);
}

TEST_F(PlanStreamsTest, LeavesClosedWhatTheCallerHadClosed) {
  EXPECT_EQ(plan(-1, o_, e_).kinds, (Kinds{kClosed, kPipe, kPipe}));
  EXPECT_EQ(plan(i_, -1, e_).kinds, (Kinds{kAsked, kClosed, kPipe}));
  EXPECT_EQ(plan(i_, o_, -1).kinds, (Kinds{kAsked, kPipe, kClosed}));
  EXPECT_EQ(plan(-1, -1, -1).kinds, (Kinds{kClosed, kClosed, kClosed}));
}

TEST_F(PlanStreamsTest, AsksBeforeWhatCannotBePutBackIsRead) {
  const base::SocketPair sockets = base::make_socket_pair();
  const base::TempDir directory(base::fs::temp_directory_path(), "quiz-unit-");
  const base::Fd file = base::open_file(directory.path() / "file", O_RDWR | O_CREAT);
  const base::Fd null = base::open_file("/dev/null", O_RDONLY);
  EXPECT_EQ(plan(i_, o_, e_).kinds[0], kAsked);
  EXPECT_EQ(plan(sockets.first.get(), o_, e_).kinds[0], kAsked);
  EXPECT_EQ(plan(file.get(), o_, e_).kinds[0], kPipe);
  EXPECT_EQ(plan(null.get(), o_, e_).kinds[0], kPipe);
  const test::StandardDescriptors standard(i_, o_, e_);
  EXPECT_EQ(plan_streams({true, true, true}, std::nullopt, true).kinds[0], kPipe);
}

TEST_F(PlanStreamsTest, KeepsAnInputThatCannotBeReadOne) {
  const base::Fd directory = base::open_file("/tmp", O_RDONLY | O_DIRECTORY);
  const base::Fd sink = base::open_file("/dev/null", O_WRONLY);
  const base::Fd both = base::open_file("/dev/null", O_RDWR);
  EXPECT_EQ(plan(directory.get(), o_, e_).kinds[0], StreamKind::directory);
  EXPECT_EQ(plan(sink.get(), o_, e_).kinds[0], StreamKind::unreadable);
  EXPECT_EQ(plan(both.get(), o_, e_).kinds[0], kPipe);
  EXPECT_EQ(plan(directory.get(), o_, e_, true).kinds[0], StreamKind::directory);
}

TEST_F(PlanStreamsTest, JoinsStderrToAStdoutThatIsTheSamePipe) {
  EXPECT_EQ(plan(i_, o_, o_).kinds, (Kinds{kAsked, kPipe, kJoined}));
  const base::TempDir directory(base::fs::temp_directory_path(), "quiz-unit-");
  const base::Fd file = base::open_file(directory.path() / "file", O_WRONLY | O_CREAT);
  const base::Fd again = base::open_file(directory.path() / "file", O_WRONLY);
  const base::Fd other = base::open_file(directory.path() / "other", O_WRONLY | O_CREAT);
  EXPECT_EQ(plan(i_, file.get(), again.get()).kinds[2], kJoined);
  EXPECT_EQ(plan(i_, file.get(), other.get()).kinds[2], kPipe);
}

TEST_F(PlanStreamsTest, MakesATerminalOfStdoutAPtyForAllThatIsThatTerminal) {
  const Terminal terminal;
  const StreamPlan plan = this->plan(terminal.fd(), terminal.fd(), terminal.fd());
  EXPECT_EQ(plan.kinds, (Kinds{kPty, kPty, kPty}));
  EXPECT_TRUE(plan.uses_pty);
  EXPECT_TRUE(plan.raw_input);
}

TEST_F(PlanStreamsTest, KeepsAPipedInputBesideAPtyByteClean) {
  const Terminal terminal;
  const StreamPlan plan = this->plan(i_, terminal.fd(), terminal.fd());
  EXPECT_EQ(plan.kinds, (Kinds{kAsked, kPty, kPty}));
  EXPECT_FALSE(plan.raw_input) << "nothing is typed at the program";
}

TEST_F(PlanStreamsTest, GivesAStderrThatIsNotThatTerminalItsOwnPipe) {
  const Terminal terminal;
  const Terminal other;
  EXPECT_EQ(plan(terminal.fd(), terminal.fd(), e_).kinds, (Kinds{kPty, kPty, kPipe}));
  EXPECT_EQ(plan(terminal.fd(), terminal.fd(), other.fd()).kinds, (Kinds{kPty, kPty, kPipe}));
  EXPECT_EQ(plan(terminal.fd(), terminal.fd(), -1).kinds, (Kinds{kPty, kPty, kClosed}));
}

TEST_F(PlanStreamsTest, UsesNoPtyWhereStdoutIsNoTerminal) {
  const Terminal terminal;
  const StreamPlan plan = this->plan(terminal.fd(), o_, terminal.fd());
  EXPECT_EQ(plan.kinds, (Kinds{kPipe, kPipe, kPipe}));
  EXPECT_FALSE(plan.uses_pty || plan.raw_input);
}

TEST_F(PlanStreamsTest, ObeysTheCallerAgainstWhatTheDescriptorsAre) {
  const Terminal terminal;
  const StreamPlan refused = plan(terminal.fd(), terminal.fd(), terminal.fd(), false);
  EXPECT_EQ(refused.kinds, (Kinds{kPipe, kPipe, kJoined}));
  EXPECT_FALSE(refused.uses_pty || refused.raw_input);

  const StreamPlan forced = plan(i_, o_, e_, true);
  EXPECT_EQ(forced.kinds, (Kinds{kAsked, kPty, kPipe}));
  EXPECT_TRUE(forced.uses_pty);
  EXPECT_FALSE(forced.raw_input);
  EXPECT_EQ(plan(i_, o_, o_, true).kinds, (Kinds{kAsked, kPty, kPty}));
}

}  // namespace
}  // namespace quiz::relay
