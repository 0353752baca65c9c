// Ports of several machines in one process, of which the test is each monitor.
#include "lan/port.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <memory>
#include <string>

#include "base/error.h"
#include "base/files.h"
#include "base/local_socket.h"

namespace quiz::lan {
namespace {

namespace fs = std::filesystem;
using namespace std::string_literals;

std::string card(unsigned number) { return "\x52\x54\x00\x12\x35"s + static_cast<char>(number); }
std::string frame(const std::string& to, unsigned from, const std::string& text) {
  return to + card(from) + "\x08\x00"s + text;
}
const std::string kAll = "\xff\xff\xff\xff\xff\xff"s;

class PortTest : public testing::Test {
 protected:
  std::unique_ptr<Port> join(const std::string& machine, unsigned number = 0,
                             const std::string& lan = "work") {
    const fs::path directory = runtime_.path() / machine;
    fs::create_directories(directory);
    return std::make_unique<Port>(Wish{lan, number}, machine, directory,
                                  std::vector{runtime_.path()});
  }
  /// All that is on its way arrives.
  static void settle(const std::vector<Port*>& ports) {
    for (int turn = 0; turn < 5; ++turn) {
      for (Port* const port : ports) {
        base::PollSet set;
        port->watch(set);
        set.wait(0);
        set.serve();
      }
    }
  }
  static void say(const Port& port, const std::string& frame) {
    ASSERT_EQ(::send(port.machine_end(), frame.data(), frame.size(), MSG_DONTWAIT),
              static_cast<ssize_t>(frame.size()));
  }
  static std::string heard(const Port& port) {
    std::string buffer(70'000, '\0');
    const ssize_t count = ::recv(port.machine_end(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    buffer.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
    return buffer;
  }

  base::TempDir runtime_{fs::temp_directory_path()};
};

TEST_F(PortTest, CarriesAFrameToItsReceiverAloneAndOthersToAll) {
  const auto a = join("a"), b = join("b"), c = join("c", 77);
  EXPECT_EQ(a->number(), 1U);
  EXPECT_EQ(b->number(), 2U);
  EXPECT_EQ(c->number(), 77U);
  settle({a.get(), b.get(), c.get()});
  const std::string to_one = frame(card(77), 1, "one");
  say(*a, to_one);
  settle({a.get(), b.get(), c.get()});
  EXPECT_EQ(heard(*c), to_one);
  EXPECT_EQ(heard(*b), "");
  EXPECT_EQ(heard(*a), "");
  const std::string to_all = frame(kAll, 2, "all");
  say(*b, to_all);
  settle({a.get(), b.get(), c.get()});
  EXPECT_EQ(heard(*a), to_all);
  EXPECT_EQ(heard(*c), to_all);
  EXPECT_EQ(heard(*b), "");
}

TEST_F(PortTest, NamesWhoIsThereAndForgetsWhoGoes) {
  const auto a = join("a");
  EXPECT_EQ(a->take_hosts(), "10.0.3.1 a\n");
  EXPECT_EQ(a->take_hosts(), std::nullopt);
  auto b = join("b");
  EXPECT_EQ(b->take_hosts(), "10.0.3.1 a\n10.0.3.2 b\n");
  settle({a.get()});
  EXPECT_EQ(a->take_hosts(), "10.0.3.1 a\n10.0.3.2 b\n");
  b.reset();
  fs::remove_all(runtime_.path() / "b");
  settle({a.get()});
  EXPECT_EQ(a->take_hosts(), "10.0.3.1 a\n");
  const auto c = join("c");
  EXPECT_EQ(c->number(), 2U) << "the place is free again";
}

TEST_F(PortTest, ForgetsWhoWasKilledWithoutAWord) {
  const auto a = join("a");
  {
    // Its socket is closed, and nobody said so.
    const auto directory = runtime_.path() / "b";
    fs::create_directories(directory);
    const base::Fd socket = base::receive_at(directory, kSocket);
    write_member({"work", 2, "b", directory});
    const base::Fd to_a = base::connect_datagrams_to(runtime_.path() / "a", kSocket);
    const std::string hello = "h" + directory.string();
    ASSERT_GT(::send(to_a.get(), hello.data(), hello.size(), 0), 0);
    settle({a.get()});
    EXPECT_EQ(a->take_hosts(), "10.0.3.1 a\n10.0.3.2 b\n");
  }
  say(*a, frame(kAll, 1, "anybody?"));
  settle({a.get()});
  EXPECT_EQ(a->take_hosts(), "10.0.3.1 a\n");
}

TEST_F(PortTest, KnowsNobodyOfAnotherLanNorFromElsewhere) {
  const auto a = join("a");
  const auto other = join("other", 1, "play");
  settle({a.get(), other.get()});
  say(*a, frame(kAll, 1, "mine"));
  settle({a.get(), other.get()});
  EXPECT_EQ(heard(*other), "");
  const base::TempDir elsewhere(fs::temp_directory_path());
  const base::Fd socket = base::receive_at(elsewhere.path(), kSocket);
  write_member({"work", 9, "evil", elsewhere.path()});
  const base::Fd to_a = base::connect_datagrams_to(runtime_.path() / "a", kSocket);
  for (const std::string& word : {"h" + elsewhere.path().string(), "h"s, "h/"s, ""s, "x"s, "f"s,
                                  "fshort"s, "b"s, "h" + (runtime_.path() / "nonesuch").string()}) {
    ASSERT_GE(::send(to_a.get(), word.data(), word.size(), 0), 0);
  }
  a->take_hosts();
  settle({a.get()});
  EXPECT_EQ(a->take_hosts(), std::nullopt);
  EXPECT_EQ(heard(*a), "");
}

TEST_F(PortTest, HasALinkThatCanBeDownBothWays) {
  const auto a = join("a"), b = join("b");
  settle({a.get(), b.get()});
  b->set_link({.down = true});
  say(*a, frame(card(2), 1, "in"));
  say(*b, frame(card(1), 2, "out"));
  settle({a.get(), b.get()});
  EXPECT_EQ(heard(*a), "");
  EXPECT_EQ(heard(*b), "");
  b->set_link({.down = false});
  const std::string again = frame(card(2), 1, "again");
  say(*a, again);
  settle({a.get(), b.get()});
  EXPECT_EQ(heard(*b), again);
}

TEST_F(PortTest, LosesWhatAReaderDoesNotTakeAndCarriesTheRest) {
  const auto a = join("a"), b = join("b"), c = join("c");
  settle({a.get(), b.get(), c.get()});
  const std::string big = frame(card(2), 1, std::string(1400, 'x'));
  // b's owner is stopped: nobody serves it.
  for (int i = 0; i < 5000; ++i) {
    (void)::send(a->machine_end(), big.data(), big.size(), MSG_DONTWAIT);
    base::PollSet set;
    a->watch(set);
    set.wait(0);
    set.serve();
  }
  const std::string small = frame(card(3), 1, "small");
  say(*a, small);
  settle({a.get(), c.get()});
  EXPECT_EQ(heard(*c), small);
}

TEST_F(PortTest, IsOutOfOthersReach) {
  const auto a = join("a");
  struct stat status = {};
  ASSERT_EQ(::stat((runtime_.path() / "a" / kSocket).c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
  EXPECT_THROW(join("b", 1), base::Error);
}

}  // namespace
}  // namespace quiz::lan
