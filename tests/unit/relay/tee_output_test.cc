#include "relay/tee_output.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace quiz::relay {
namespace {

/// Takes only as much as it is told to.
class Slow final : public Sink {
 public:
  explicit Slow(std::uint32_t& takes) : takes_(takes) {}
  void add(std::string_view data) override { text_ += data; }
  bool empty() const override { return text_.empty(); }
  int wants_write() const override { return 7; }
  std::uint32_t take_progress() override { return std::exchange(takes_, 0); }

 private:
  std::uint32_t& takes_;
  std::string text_;
};

class Reader final : public Onlooker {
 public:
  void show(std::string_view printed) override { seen += printed; }
  wire::WindowSize window() const override { return {}; }
  void ended(const wire::Exit&) override {}
  std::string seen;
};

TEST(TeeOutput, OwesNothingForWhatWaitedWhereItsTerminalIsLeft) {
  std::uint32_t takes = 3;
  TeeOutput tee(std::make_unique<Slow>(takes));
  tee.add("0123456789");
  EXPECT_EQ(tee.take_progress(), 3U);
  EXPECT_FALSE(tee.empty());
  tee.leave_target();
  EXPECT_EQ(tee.take_progress(), 7U) << "the program would wait for the rest for ever";
  EXPECT_EQ(tee.take_progress(), 0U);
  EXPECT_TRUE(tee.empty());
  EXPECT_FALSE(tee.broken());
  EXPECT_EQ(tee.wants_write(), -1);
  tee.add("more");
  EXPECT_EQ(tee.take_progress(), 4U);
}

TEST(TeeOutput, ShowsWhoComesLaterWhatWasPrintedWithoutATerminal) {
  std::uint32_t takes = 0;
  TeeOutput tee(std::make_unique<Slow>(takes));
  tee.add("before ");
  tee.leave_target();
  tee.add("between ");
  Reader reader;
  tee.join(reader);
  tee.add("after");
  EXPECT_EQ(reader.seen, "before between after");
  tee.leave(reader);
}

}  // namespace
}  // namespace quiz::relay
