// The decoder alone: arbitrary bytes arrive in arbitrary pieces, are cut into frames, and every
// frame is decoded as every message there is. Checked: the frames are those that the bytes say,
// whatever the pieces, and what was decoded travels again. (session: what a run does with them.)
//
// The input: 4 bytes that decide the pieces, then the guest's bytes.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "wire_checks.h"

namespace {

using namespace quiz;
using fuzz::expect;

/// Sizes of pieces, taken in turn.
std::array<std::size_t, 4> piece_sizes(std::uint32_t seed) {
  std::array<std::size_t, 4> sizes{};
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const std::uint32_t byte = seed >> (8 * i) & 0xff;
    sizes[i] = byte < 0x80 ? byte + 1 : std::size_t{byte} * 512;
  }
  return sizes;
}

void decode(std::uint32_t seed, std::string_view stream) {
  wire::FrameReader reader;
  fuzz::Reference reference{stream};
  const auto sizes = piece_sizes(seed);
  for (std::size_t turn = 0; !stream.empty() && !reader.broken(); ++turn) {
    const wire::FrameReader::Space space = reader.space();
    expect(space.size >= wire::kMaxFrame, "there is always room for a frame");
    const std::size_t size = std::min({sizes[turn % sizes.size()], stream.size(), space.size});
    stream.copy(space.data, size);
    stream.remove_prefix(size);
    reader.commit(size);
    while (const auto frame = reader.next()) {
      const auto expected = reference.next();
      expect(expected && expected->type == frame->type && expected->session == frame->session &&
                 expected->payload == frame->payload,
             "the frames are those of the stream");
      fuzz::decode_as_everything(frame->payload);
    }
  }
  expect(!reference.next(), "every frame that is there is found");
  expect(reference.broken == reader.broken(), "a stream is broken by too long a frame alone");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  wire::Reader reader({reinterpret_cast<const char*>(data), size});
  const std::uint32_t seed = reader.u32();
  decode(seed, reader.rest());
  return 0;
}
