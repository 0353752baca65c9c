#include "relay/sessions.h"

#include <gtest/gtest.h>

#include <limits>

#include "base/pipe.h"
#include "fake_guest.h"
#include "relay/kept_output.h"

namespace quiz::relay {
namespace {

using wire::Type;
using Served = Sessions::Served;

class SessionsTest : public testing::Test {
 protected:
  Served serve(Type type, std::uint16_t id, std::string_view payload) {
    return sessions_.serve({static_cast<std::uint16_t>(type), id, payload});
  }
  /// A session that ends in memory.
  KeptOutput& begin(std::uint16_t id) {
    auto output = std::make_unique<KeptOutput>(4);
    KeptOutput& kept = *output;
    Ends ends;
    ends.out = std::move(output);
    sessions_.begin(id, {}, std::move(ends));
    return kept;
  }
  static std::string started() { return wire::Started{1}.encode(); }

  base::SocketPair wire_ = base::make_socket_pair();
  WireLink link_{wire_.first.get()};
  Sessions sessions_{link_};
};

TEST_F(SessionsTest, FindTheOneThatAFrameIsFor) {
  const KeptOutput& first = begin(1);
  const KeptOutput& second = begin(700);
  EXPECT_EQ(serve(Type::stdout_data, 700, "two"), Served::yes);
  EXPECT_EQ(serve(Type::stdout_data, 1, "one"), Served::yes);
  EXPECT_EQ(serve(Type::stdout_data, 700, "2"), Served::yes);
  EXPECT_EQ(first.text(), "one");
  EXPECT_EQ(second.text(), "two2");
  EXPECT_EQ(serve(Type::started, 700, started()), Served::yes);
  EXPECT_FALSE(sessions_.find(1)->started());
  EXPECT_TRUE(sessions_.find(700)->started());
}

TEST_F(SessionsTest, KeepOnlyTheLastOfWhatEndsInMemory) {
  const KeptOutput& output = begin(1);
  EXPECT_EQ(serve(Type::stdout_data, 1, "abc"), Served::yes);
  EXPECT_EQ(serve(Type::stdout_data, 1, "defghi"), Served::yes);
  EXPECT_EQ(output.text(), "fghi");
}

TEST_F(SessionsTest, BelieveNoIdThatWasNeverGivenOut) {
  begin(5);
  for (const int id : {0, 1, 4, 6, 0x7fff, 0xffff}) {
    EXPECT_EQ(serve(Type::stdout_data, static_cast<std::uint16_t>(id), "x"), Served::garbage) << id;
    EXPECT_EQ(serve(Type::exit, static_cast<std::uint16_t>(id), test::exited(0)), Served::garbage);
  }
}

TEST_F(SessionsTest, PassOverWhatComesOfOneThatHasEnded) {
  begin(1);
  EXPECT_EQ(serve(Type::exit, 1, test::exited(3)), Served::yes);
  EXPECT_EQ(serve(Type::stdout_data, 1, "late"), Served::passed_over) << "not taken up yet";
  EXPECT_EQ(serve(Type::exit, 1, test::exited(4)), Served::passed_over);
  EXPECT_EQ(sessions_.find(1)->exit()->value, 3U);
  sessions_.end(1);
  EXPECT_EQ(sessions_.find(1), nullptr);
  EXPECT_EQ(serve(Type::stdout_data, 1, "later"), Served::passed_over);
  EXPECT_EQ(serve(Type::exit, 1, "?"), Served::passed_over);
}

TEST_F(SessionsTest, TakeGarbageForGarbageWhateverItIsFor) {
  begin(1);
  begin(2);
  sessions_.end(2);
  for (const std::uint16_t id : {std::uint16_t{1}, std::uint16_t{2}}) {
    EXPECT_EQ(serve(static_cast<Type>(99), id, ""), Served::garbage);
    EXPECT_EQ(serve(Type::exec, id, ""), Served::garbage);
  }
  EXPECT_EQ(serve(Type::started, 1, "short"), Served::garbage);
}

TEST_F(SessionsTest, KeepTheIdOfOneThatTheGuestHasNotEnded) {
  begin(3);
  EXPECT_FALSE(sessions_.free(3));
  sessions_.end(3);
  EXPECT_FALSE(sessions_.free(3)) << "what comes of it would be taken for another's";
  EXPECT_EQ(serve(Type::exit, 3, test::exited(0)), Served::passed_over);
  EXPECT_TRUE(sessions_.free(3));
  sessions_.end(77);  // of none
}

TEST_F(SessionsTest, GiveOutEachIdBeforeOneComesAgain) {
  EXPECT_EQ(sessions_.new_id(), kFirstOtherSession);
  EXPECT_EQ(sessions_.new_id(), kFirstOtherSession + 1);
  begin(kFirstOtherSession);
  for (int id = kFirstOtherSession + 2; id <= 0xffff; ++id) ASSERT_EQ(sessions_.new_id(), id);
  EXPECT_EQ(sessions_.new_id(), kFirstOtherSession + 1) << "the first is still there";
}

TEST_F(SessionsTest, GiveOutNoIdWhenTheGuestHoldsAll) {
  for (int id = kFirstOtherSession; id <= 0xffff; ++id) {
    begin(static_cast<std::uint16_t>(id));
    sessions_.end(static_cast<std::uint16_t>(id));
  }
  EXPECT_EQ(sessions_.new_id(), std::nullopt);
  EXPECT_EQ(sessions_.size(), 0U);
}

// Whoever has a large message queued before it must not stand still for ever.
TEST_F(SessionsTest, SendWhatWaitedForTheMachine) {
  test::FakeGuest guest(std::move(wire_.second));
  begin(1);
  link_.send(Type::setup, 0, std::string(2'000'000, 's'));
  const std::string piece(wire::kInitialCredit / 4, 'x');
  EXPECT_EQ(serve(Type::stdout_data, 1, piece.substr(0, wire::kMaxPayload)), Served::yes);
  EXPECT_EQ(serve(Type::stdout_data, 1, piece.substr(wire::kMaxPayload)), Served::yes);
  const auto credit = [&] {
    std::size_t sum = 0;
    while (const auto frame = guest.look()) {
      if (frame->type == Type::credit) sum += wire::Credit::decode(frame->payload)->bytes;
      link_.flush();
    }
    return sum;
  };
  EXPECT_EQ(credit(), 0U);
  EXPECT_FALSE(link_.wants_write());
  sessions_.catch_up();
  EXPECT_EQ(credit(), piece.size());
}

}  // namespace
}  // namespace quiz::relay
