#include "wire/codec.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace quiz::wire {
namespace {

using namespace std::string_literals;

struct Taken {
  std::uint16_t type;
  std::uint16_t session;
  std::string payload;
  bool operator==(const Taken&) const = default;
};

/// Feeds bytes as they come and keeps copies of the frames.
class Feeder {
 public:
  void feed(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto space = reader_.space();
      ASSERT_GT(space.size, 0U);
      const std::size_t size = std::min(space.size, bytes.size());
      bytes.copy(space.data, size);
      reader_.commit(size);
      bytes.remove_prefix(size);
      while (const auto frame = reader_.next()) {
        frames_.push_back({frame->type, frame->session, std::string(frame->payload)});
      }
      if (reader_.broken()) return;
    }
  }
  const std::vector<Taken>& frames() const { return frames_; }
  FrameReader& reader() { return reader_; }

 private:
  FrameReader reader_;
  std::vector<Taken> frames_;
};

std::string header(std::uint32_t length, std::uint16_t type = 6, std::uint16_t session = 1) {
  Writer writer;
  writer.u32(length);
  writer.u16(type);
  writer.u16(session);
  return writer.bytes();
}

TEST(Reader, TakesWhatWriterWrote) {
  Writer writer;
  writer.u8(0xfe);
  writer.u16(0xfedc);
  writer.u32(0xfedcba98);
  writer.u64(0xfedcba9876543210);
  writer.text("a\0b"s);
  writer.texts({"", "x"});
  const std::string bytes = writer.bytes() + "rest";
  Reader reader(bytes);
  EXPECT_EQ(reader.u8(), 0xfe);
  EXPECT_EQ(reader.u16(), 0xfedc);
  EXPECT_EQ(reader.u32(), 0xfedcba98);
  EXPECT_EQ(reader.u64(), 0xfedcba9876543210);
  EXPECT_EQ(reader.text(), "a\0b"s);
  EXPECT_EQ(reader.texts(), (std::vector<std::string>{"", "x"}));
  EXPECT_FALSE(reader.done());
  EXPECT_EQ(reader.rest(), "rest");
  EXPECT_TRUE(reader.done());
}

TEST(Reader, YieldsNothingMoreOnceItRanOverTheEnd) {
  const std::string bytes = "\1\2\3"s;
  Reader reader(bytes);
  EXPECT_EQ(reader.u32(), 0U);
  EXPECT_TRUE(reader.failed());
  EXPECT_EQ(reader.u8(), 0);
  EXPECT_EQ(reader.text(), "");
  EXPECT_EQ(reader.rest(), "");
  EXPECT_FALSE(reader.done());
}

TEST(FrameReader, YieldsTheSameFramesHoweverTheStreamIsCut) {
  std::string stream;
  append_frame(stream, Type::hello, 0, "first");
  append_frame(stream, Type::sync, 0, "");
  append_frame(stream, Type::stdout_data, 7, std::string(300, 'x'));
  append_frame(stream, Type::exit, 0xffff, "\0\0"s);
  Feeder whole;
  whole.feed(stream);
  ASSERT_EQ(whole.frames().size(), 4U);
  EXPECT_EQ(whole.frames()[0], (Taken{1, 0, "first"}));
  EXPECT_EQ(whole.frames()[1], (Taken{14, 0, ""}));
  EXPECT_EQ(whole.frames()[3], (Taken{12, 0xffff, "\0\0"s}));
  for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
    Feeder twice;
    twice.feed(stream.substr(0, cut));
    twice.feed(stream.substr(cut));
    ASSERT_EQ(twice.frames(), whole.frames()) << "cut at " << cut;
  }
  Feeder bytewise;
  for (const char byte : stream) bytewise.feed({&byte, 1});
  EXPECT_EQ(bytewise.frames(), whole.frames());
}

TEST(FrameReader, YieldsTheSameLargeFramesInPiecesOfAnySize) {
  std::mt19937 random(1);
  std::string stream;
  for (int i = 0; i < 40; ++i) {
    const std::size_t size = random() % 3 == 0 ? kMaxPayload : random() % kMaxPayload;
    append_frame(stream, Type::stdout_data, 1, std::string(size, static_cast<char>(i)));
  }
  Feeder whole;
  whole.feed(stream);
  ASSERT_EQ(whole.frames().size(), 40U);
  for (int round = 0; round < 10; ++round) {
    Feeder pieces;
    for (std::size_t at = 0; at < stream.size();) {
      const std::size_t size = 1 + random() % (round < 5 ? 300'000 : 10'000);
      pieces.feed(std::string_view(stream).substr(at, size));
      at += size;
    }
    ASSERT_EQ(pieces.frames(), whole.frames());
  }
}

TEST(FrameReader, AlwaysHasRoomForAWholeFrame) {
  Feeder feeder;
  const std::string largest = header(kMaxPayload) + std::string(kMaxPayload, 'x');
  feeder.feed(largest.substr(0, largest.size() - 1));
  EXPECT_TRUE(feeder.frames().empty());
  EXPECT_GE(feeder.reader().space().size, kMaxFrame);
  feeder.feed(largest.substr(largest.size() - 1));
  EXPECT_EQ(feeder.frames().size(), 1U);
  EXPECT_FALSE(feeder.reader().broken());
}

TEST(FrameReader, IsBrokenByALengthBeyondTheLimitAndStaysSo) {
  for (const std::uint32_t length :
       {static_cast<std::uint32_t>(kMaxPayload) + 1, 0x8000'0000U, 0xffff'ffffU, 0xffff'fff8U}) {
    Feeder feeder;
    std::string stream;
    append_frame(stream, Type::log, 0, "before");
    feeder.feed(stream + header(length));
    EXPECT_TRUE(feeder.reader().broken());
    ASSERT_EQ(feeder.frames().size(), 1U);
    feeder.feed(stream);
    EXPECT_EQ(feeder.frames().size(), 1U) << "a frame after the stream broke";
  }
}

TEST(FrameReader, WaitsForTheRestOfAHeader) {
  Feeder feeder;
  feeder.feed(header(0xffff'ffffU).substr(0, 7));
  EXPECT_FALSE(feeder.reader().broken());
  EXPECT_TRUE(feeder.frames().empty());
}

/// As the guest's init joins them.
std::string join(const std::vector<Taken>& frames) {
  std::string message;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const bool more = (frames[i].type & kMoreFollows) != 0;
    EXPECT_EQ(more, i + 1 < frames.size()) << i;
    EXPECT_EQ(frames[i].type & ~kMoreFollows, static_cast<int>(Type::exec));
    EXPECT_EQ(frames[i].session, 3);
    message += frames[i].payload;
  }
  return message;
}

TEST(AppendMessage, ContinuesOverAsManyFramesAsItTakes) {
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, kMaxPayload - 1, kMaxPayload, kMaxPayload + 1,
        2 * kMaxPayload, 2 * kMaxPayload + 1, std::size_t{1'000'000}}) {
    std::string message(size, '\0');
    for (std::size_t i = 0; i < size; ++i) message[i] = static_cast<char>(i * 31 >> 3);
    std::string stream;
    append_message(stream, Type::exec, 3, message);
    Feeder feeder;
    feeder.feed(stream);
    EXPECT_EQ(feeder.frames().size(),
              std::max<std::size_t>(1, (size + kMaxPayload - 1) / kMaxPayload));
    EXPECT_TRUE(join(feeder.frames()) == message) << size;
  }
}

}  // namespace
}  // namespace quiz::wire
