#include "relay/caller.h"

#include <gtest/gtest.h>

#include <csignal>
#include <string>
#include <vector>

#include "base/pipe.h"
#include "standard_descriptors.h"

namespace quiz::relay {
namespace {

using namespace std::string_literals;

/// Notes what the caller wants.
class Notebook final : public Caller::Conductor {
 public:
  bool program_runs() const override { return runs; }
  bool takes_signals() const override { return takes; }
  void type(std::string_view bytes) override { notes.push_back("type " + std::string(bytes)); }
  void interrupt() override { notes.emplace_back("interrupt"); }
  void signal(int number, bool whole_group) override {
    notes.push_back("signal "s + std::to_string(number) + (whole_group ? " to the group" : ""));
  }
  void resize(wire::WindowSize) override { notes.emplace_back("resize"); }
  void pause() override { notes.emplace_back("pause"); }
  void resume(Clock::duration) override { notes.emplace_back("resume"); }
  void kill(int signal) override { notes.push_back("kill " + std::to_string(signal)); }

  bool runs = true;
  bool takes = true;
  std::vector<std::string> notes;
};

class Silent final : public Observer {
 public:
  void console_line(const std::string&) override {}
  void kernel_message(int, const std::string&) override {}
  void notice(const std::string&) override {}
  void program_started() override {}
  void stays(const std::string&) override {}
  void terminal_raw(bool) override { ADD_FAILURE() << "there is no terminal"; }
};

class CallerTest : public testing::Test {
 protected:
  std::vector<std::string> sent(const std::vector<int>& numbers) {
    for (const int number : numbers) {
      ::kill(::getpid(), number);
      caller_.handle_signals();
    }
    return notebook_.notes;
  }
  static std::string note(const char* what, int number, const char* more = "") {
    return what + std::to_string(number) + more;
  }

  base::Pipe pipe_ = base::make_pipe();
  test::StandardDescriptors standard_{pipe_.read_end.get(), pipe_.write_end.get(), 2};
  base::SignalSource signals_{{SIGINT, SIGTERM, SIGQUIT, SIGUSR1, SIGWINCH, SIGCONT}};
  Silent observer_;
  Notebook notebook_;
  Caller caller_{signals_, false, observer_, notebook_};
};

TEST_F(CallerTest, PassesSignalsOnToAProgramThatTakesThem) {
  EXPECT_EQ(sent({SIGUSR1, SIGTERM, SIGQUIT, SIGINT}),
            (std::vector{note("signal ", SIGUSR1), note("signal ", SIGTERM),
                         note("signal ", SIGQUIT, " to the group"),
                         note("signal ", SIGINT, " to the group")}));
}

TEST_F(CallerTest, IsKilledByASignalWhileThereIsNoProgramButNotByTheUsersOwn) {
  notebook_.takes = false;
  EXPECT_EQ(sent({SIGUSR1, SIGTERM}), std::vector{note("kill ", SIGTERM)});
}

TEST_F(CallerTest, IsKilledByTheSecondInterruptWithinASecond) {
  EXPECT_EQ(sent({SIGINT, SIGINT}),
            (std::vector{note("signal ", SIGINT, " to the group"), note("kill ", SIGINT)}));
}

TEST_F(CallerTest, TellsOfNoSizeWhereThereIsNoTerminal) {
  EXPECT_TRUE(sent({SIGWINCH, SIGCONT}).empty());
  EXPECT_EQ(caller_.window().rows, 24);
  EXPECT_EQ(caller_.window().columns, 80);
}

TEST_F(CallerTest, LooksAtNoKeysWhereNoneAreTyped) {
  caller_.take_keys();
  caller_.handle_input("\x1d.\x03");
  caller_.leave_keys();
  EXPECT_EQ(notebook_.notes, std::vector{"type \x1d.\x03"s});
}

}  // namespace
}  // namespace quiz::relay
