// Turns messages into bytes and back: Writer appends, Reader takes with bounds checked, FrameReader
// cuts the stream into frames. A Reader that ran over the end stays failed and yields zeros and
// empty strings, so that a message is decoded straight on and checked once, with done().
#pragma once

#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wire/frame.h"

namespace quiz::wire {

class Writer {
 public:
  void u8(std::uint8_t value) { bytes_ += static_cast<char>(value); }
  void u16(std::uint16_t value) { raw(base::le16(value)); }
  void u32(std::uint32_t value) { raw(base::le32(value)); }
  void u64(std::uint64_t value) { raw(base::le64(value)); }
  void text(std::string_view value) {
    u32(static_cast<std::uint32_t>(value.size()));
    bytes_ += value;
  }
  void texts(const std::vector<std::string>& values) {
    u32(static_cast<std::uint32_t>(values.size()));
    for (const std::string& value : values) text(value);
  }
  const std::string& bytes() const { return bytes_; }

 private:
  template <typename Value>
  void raw(const Value& value) {
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  std::string bytes_;
};

class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  std::uint8_t u8() { return raw<base::LittleEndian<std::uint8_t>>(); }
  std::uint16_t u16() { return raw<base::le16>(); }
  std::uint32_t u32() { return raw<base::le32>(); }
  std::uint64_t u64() { return raw<base::le64>(); }
  std::string_view text() { return take(u32()); }
  std::vector<std::string> texts() {
    std::vector<std::string> values;
    for (std::uint32_t count = u32(); count > 0 && !failed_; --count) values.emplace_back(text());
    return values;
  }
  /// What is left, as it is.
  std::string_view rest() { return take(rest_.size()); }

  bool failed() const { return failed_; }
  /// Everything was there and nothing is left over.
  bool done() const { return !failed_ && rest_.empty(); }

 private:
  std::string_view take(std::size_t size) {
    if (size > rest_.size()) {
      failed_ = true;
      rest_ = {};
      return {};
    }
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }
  template <typename Value>
  Value raw() {
    Value value{};
    const std::string_view taken = take(sizeof value);
    taken.copy(reinterpret_cast<char*>(&value), sizeof value);
    return value;
  }

  std::string_view rest_;
  bool failed_ = false;
};

struct Frame {
  std::uint16_t type = 0;  ///< a Type, perhaps an unknown one, perhaps with kMoreFollows
  std::uint16_t session = 0;
  std::string_view payload;  ///< valid until the next call of space()
};

/// Cuts a byte stream into frames without copying: read into space(), say how much with commit(),
/// take frames with next().
class FrameReader {
 public:
  FrameReader() : buffer_(4 * kMaxFrame) {}

  struct Space {
    char* data;
    std::size_t size;
  };
  /// Room for at least one whole frame. Frames returned before become invalid.
  Space space() {
    if (begin_ > 0) {
      std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
      end_ -= begin_;
      begin_ = 0;
    }
    return {buffer_.data() + end_, buffer_.size() - end_};
  }
  void commit(std::size_t count) { end_ += count; }

  /// The next whole frame; nullopt when more bytes are needed or the stream is broken.
  std::optional<Frame> next() {
    if (broken_ || end_ - begin_ < sizeof(FrameHeader)) return std::nullopt;
    FrameHeader header;
    std::memcpy(&header, buffer_.data() + begin_, sizeof header);
    if (header.length > kMaxPayload) {
      broken_ = true;
      return std::nullopt;
    }
    if (end_ - begin_ - sizeof header < header.length) return std::nullopt;
    const Frame frame{header.type, header.session,
                      std::string_view(buffer_.data() + begin_ + sizeof header, header.length)};
    begin_ += sizeof header + header.length;
    return frame;
  }
  /// A frame longer than allowed was announced: nothing after it can be understood.
  bool broken() const { return broken_; }

 private:
  std::vector<char> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool broken_ = false;
};

/// Appends one frame to `out`. `payload` is at most kMaxPayload bytes.
inline void append_frame(std::string& out, Type type, std::uint16_t session,
                         std::string_view payload, std::uint16_t flags = 0) {
  FrameHeader header;
  header.length = static_cast<std::uint32_t>(payload.size());
  header.type = static_cast<std::uint16_t>(static_cast<std::uint16_t>(type) | flags);
  header.session = session;
  out.append(reinterpret_cast<const char*>(&header), sizeof header);
  out += payload;
}

/// Appends a message of any size as one or more frames.
inline void append_message(std::string& out, Type type, std::uint16_t session,
                           std::string_view payload) {
  while (payload.size() > kMaxPayload) {
    append_frame(out, type, session, payload.substr(0, kMaxPayload), kMoreFollows);
    payload.remove_prefix(kMaxPayload);
  }
  append_frame(out, type, session, payload);
}

}  // namespace quiz::wire
