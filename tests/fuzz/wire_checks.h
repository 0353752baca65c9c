// What the fuzz targets of the wire share: the promise that aborts when broken, frames by the
// letter of frame.h, and every message there is tried on some bytes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/printable.h"
#include "expect.h"
#include "wire/codec.h"
#include "wire/messages.h"

namespace quiz::fuzz {

/// The next frame of a stream by the letter of frame.h.
struct Reference {
  std::string_view rest;
  bool broken = false;

  std::optional<wire::Frame> next() {
    if (broken || rest.size() < 8) return std::nullopt;
    wire::Reader header(rest);
    const std::uint32_t length = header.u32();
    const std::uint16_t type = header.u16();
    const std::uint16_t session = header.u16();
    broken = length > wire::kMaxPayload;
    if (broken || rest.size() - 8 < length) return std::nullopt;
    const wire::Frame frame{type, session, rest.substr(8, length)};
    rest.remove_prefix(8 + length);
    return frame;
  }
};

template <typename Message>
void decode_as(std::string_view payload) {
  const auto message = Message::decode(payload);
  if (!message) return;
  const std::string again = message->encode();
  expect(again.size() <= payload.size() + 64, "a message is no larger than its bytes");
  const auto second = Message::decode(again);
  expect(second && second->encode() == again, "what was decoded can travel again");
}

inline void decode_as_everything(std::string_view payload) {
  decode_as<wire::Hello>(payload);
  decode_as<wire::Setup>(payload);
  decode_as<wire::WindowSize>(payload);
  decode_as<wire::Exec>(payload);
  decode_as<wire::Started>(payload);
  decode_as<wire::StreamEnd>(payload);
  decode_as<wire::Credit>(payload);
  decode_as<wire::Signal>(payload);
  decode_as<wire::Exit>(payload);
  decode_as<wire::Sync>(payload);
  decode_as<wire::Log>(payload);
  for (const char c : base::printable_line(payload.substr(0, 1000))) {
    expect((c >= ' ' && c < 0x7f) || c == '\t', "what is shown cannot harm a terminal");
  }
}

}  // namespace quiz::fuzz
