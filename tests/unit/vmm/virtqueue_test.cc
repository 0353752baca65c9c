#include "vmm/virtqueue.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

namespace quiz::vmm {
namespace {

constexpr std::uint64_t kDescriptors = 0x1000;
constexpr std::uint64_t kAvailable = 0x2000;
constexpr std::uint64_t kUsed = 0x3000;
constexpr std::uint16_t kSize = 4;

class VirtqueueTest : public testing::Test {
 protected:
  VirtqueueTest() {
    queue_.state().descriptors = kDescriptors;
    queue_.state().available = kAvailable;
    queue_.state().used = kUsed;
    queue_.state().size = kSize;
  }
  template <typename Value>
  void put(std::uint64_t address, Value value) {
    std::memcpy(bytes_.data() + address, &value, sizeof value);
  }
  template <typename Value>
  Value get(std::uint64_t address) {
    Value value;
    std::memcpy(&value, bytes_.data() + address, sizeof value);
    return value;
  }
  void describe(std::uint16_t index, std::uint64_t address, std::uint32_t size,
                std::uint16_t flags = 0, std::uint16_t next = 0) {
    const std::uint64_t at = kDescriptors + 16u * index;
    put(at, address);
    put(at + 8, size);
    put(at + 12, flags);
    put(at + 14, next);
  }
  void offer(std::uint16_t head) {
    put<std::uint16_t>(kAvailable + 4 + 2u * (offered_ % kSize), head);
    put<std::uint16_t>(kAvailable + 2, ++offered_);
  }
  bool pop() { return queue_.pop(chain_); }

  std::vector<std::uint8_t> bytes_ = std::vector<std::uint8_t>(0x10000);
  GuestMemory memory_{bytes_.data(), 0x10000, 0x10000};
  Virtqueue queue_{8};
  Chain chain_;
  std::uint16_t offered_ = 0;
};

TEST_F(VirtqueueTest, GivesChainsAndTakesThemBack) {
  ASSERT_TRUE(queue_.start(memory_));
  EXPECT_FALSE(pop());
  describe(0, 0x4000, 8, 1, 2);
  describe(2, 0x5000, 16, 2 | 1, 3);
  describe(3, 0x6000, 4, 2);
  std::memcpy(bytes_.data() + 0x4000, "question", 8);
  offer(0);
  EXPECT_TRUE(queue_.has_some());
  ASSERT_TRUE(pop());
  EXPECT_FALSE(queue_.has_some());
  EXPECT_EQ(chain_.readable, 1u);
  EXPECT_EQ(chain_.writable, 2u);
  EXPECT_EQ(chain_.writable_size(), 20u);
  char text[16] = {};
  EXPECT_EQ(chain_.read(text, sizeof text), 8u);
  EXPECT_STREQ(text, "question");
  EXPECT_EQ(chain_.read(text, 4, 6), 2u);
  EXPECT_EQ(chain_.write("0123456789abcdefghijklm", 23), 20u);
  EXPECT_EQ(std::string(bytes_.begin() + 0x6000, bytes_.begin() + 0x6004), "ghij");
  EXPECT_EQ(bytes_[0x6004], 0);
  queue_.push(chain_.head, 20);
  EXPECT_EQ(get<std::uint16_t>(kUsed + 2), 1);
  EXPECT_EQ(get<std::uint32_t>(kUsed + 4), 0u);
  EXPECT_EQ(get<std::uint32_t>(kUsed + 8), 20u);
  EXPECT_TRUE(queue_.wants_interrupt());
  put<std::uint16_t>(kAvailable, 1);
  EXPECT_FALSE(queue_.wants_interrupt());
}

TEST_F(VirtqueueTest, GoesRoundItsRings) {
  ASSERT_TRUE(queue_.start(memory_));
  describe(1, 0x4000, 1, 2);
  for (int i = 0; i < 70000; ++i) {
    offer(1);
    ASSERT_TRUE(pop()) << i;
    queue_.push(chain_.head, 1);
    ASSERT_EQ(get<std::uint16_t>(kUsed + 2), offered_);
  }
  EXPECT_FALSE(queue_.broken());
}

TEST_F(VirtqueueTest, AQueueThatMakesNoSenseDoesNotStart) {
  const auto with = [this](auto change) {
    Virtqueue queue(8);
    queue.state() = queue_.state();
    change(queue.state());
    const bool started = queue.start(memory_);
    EXPECT_EQ(started, !queue.broken());
    return started;
  };
  EXPECT_TRUE(with([](QueueState&) {}));
  EXPECT_FALSE(with([](QueueState& state) { state.size = 0; }));
  EXPECT_FALSE(with([](QueueState& state) { state.size = 3; }));
  EXPECT_FALSE(with([](QueueState& state) { state.size = 16; }));
  EXPECT_FALSE(with([](QueueState& state) { state.descriptors = 0xFFF0; }));
  EXPECT_FALSE(with([](QueueState& state) { state.descriptors = 0x1008; }));
  EXPECT_FALSE(with([](QueueState& state) { state.available = ~std::uint64_t{1}; }));
  EXPECT_FALSE(with([](QueueState& state) { state.used = 0xFFFE; }));
  EXPECT_FALSE(with([](QueueState& state) { state.used = std::uint64_t{1} << 32; }));
}

TEST_F(VirtqueueTest, ChainsThatAreNoneBreakTheQueueForGood) {
  const auto breaks = [this](auto prepare) {
    queue_.state().next_available = 0;
    put<std::uint16_t>(kAvailable + 2, offered_ = 0);
    EXPECT_TRUE(queue_.start(memory_));
    prepare();
    const bool popped = pop();
    const bool broken = queue_.broken();
    EXPECT_FALSE(popped && broken);
    if (broken) {
      offer(0);
      EXPECT_FALSE(pop());
      EXPECT_FALSE(queue_.has_some());
      queue_.push(0, 0);
    }
    return broken;
  };
  EXPECT_FALSE(breaks([&] { describe(0, 0x4000, 1), offer(0); }));
  // In a circle, to itself and to another.
  EXPECT_TRUE(breaks([&] { describe(0, 0x4000, 1, 1, 0), offer(0); }));
  EXPECT_TRUE(
      breaks([&] { describe(0, 0x4000, 1, 1, 1), describe(1, 0x4000, 1, 1, 0), offer(0); }));
  // A descriptor that does not exist.
  EXPECT_TRUE(breaks([&] { offer(4); }));
  EXPECT_TRUE(breaks([&] { describe(0, 0x4000, 1, 1, 0xFFFF), offer(0); }));
  // Outside of the memory, in part or as a whole, or around the end of all addresses.
  EXPECT_TRUE(breaks([&] { describe(0, 0xFFFF, 2), offer(0); }));
  EXPECT_TRUE(breaks([&] { describe(0, 0xFFFFFFFFFFFFFFFF, 2), offer(0); }));
  EXPECT_TRUE(breaks([&] { describe(0, 0x20000, 0xFFFFFFFF), offer(0); }));
  // Readable behind writable.
  EXPECT_TRUE(
      breaks([&] { describe(0, 0x4000, 1, 3, 1), describe(1, 0x4000, 1, 0, 0), offer(0); }));
  // More than there are.
  EXPECT_TRUE(breaks([&] { put<std::uint16_t>(kAvailable + 2, 5); }));
  // No bytes at all are no mistake.
  EXPECT_FALSE(breaks([&] { describe(0, 0x4000, 0, 2), offer(0); }));
}

TEST(GuestMemory, HasAHoleBelow4GiB) {
  std::vector<std::uint8_t> bytes(0x3000);
  const GuestMemory memory(bytes.data(), 0x1000, 0x3000);
  constexpr std::uint64_t kFourGiB = std::uint64_t{1} << 32;
  EXPECT_EQ(memory.at(0xFFF, 1), bytes.data() + 0xFFF);
  EXPECT_EQ(memory.at(0xFFF, 2), nullptr);
  EXPECT_EQ(memory.at(0x1000, 1), nullptr);
  EXPECT_EQ(memory.at(0x1000, 0), bytes.data() + 0x1000);
  EXPECT_EQ(memory.at(kFourGiB, 0x2000), bytes.data() + 0x1000);
  EXPECT_EQ(memory.at(kFourGiB - 1, 2), nullptr);
  EXPECT_EQ(memory.at(kFourGiB + 0x1FFF, 2), nullptr);
  EXPECT_EQ(memory.at(~std::uint64_t{0}, 1), nullptr);
}

}  // namespace
}  // namespace quiz::vmm
