// How requests of FUSE travel between the monitor, which has them from the guest, and the file
// server's process: a packet each, with this in front, and the answer likewise.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace quiz::files {

/// argv[0] of the file server's process; argv[1] is the directory that it serves.
inline constexpr std::string_view kProgramName = "quiz-files";
/// The descriptor of the file server's packets, in its process.
inline constexpr int kSocket = 3;
/// In front of each packet.
struct Envelope {
  std::uint16_t head;  ///< says whose answer it is: comes back as it was
  std::uint16_t queue;
  std::uint16_t generation;
  std::uint16_t reserved;
  std::uint32_t room;  ///< bytes that the answer may have
};

/// Bytes of file content in one request or answer: two packets fit into a socket's buffer as Linux
/// makes it.
inline constexpr std::size_t kMostContent = 64 << 10;
/// Bytes of a request or an answer.
inline constexpr std::size_t kLargestPacket = kMostContent + 4096;

}  // namespace quiz::files
