// The protocol between the host's relay and the guest's init: one byte stream (a virtio-serial
// port) that carries frames. Both sides include these headers; they need nothing but the compiler's
// library and little_endian.h.
//
//   frame    := header payload             header := { u32 length, u16 type, u16 session }
//   length   counts the payload alone; a whole frame is at most 64 KiB. All integers are
//   little-endian.
//
// The guest begins with hello; the host answers with setup, and after that may exec programs, each
// in a session of its own. Data of a stream is sent only against credit (bytes) that the receiver
// granted; both sides start with kInitialCredit per stream. The host does not trust the guest:
// everything it sends goes through FrameReader and Reader.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/little_endian.h"

namespace quiz::wire {

inline constexpr std::uint32_t kVersion = 5;

struct FrameHeader {
  base::le32 length;
  base::le16 type;
  base::le16 session;
};
static_assert(sizeof(FrameHeader) == 8 && offsetof(FrameHeader, type) == 4 &&
              offsetof(FrameHeader, session) == 6);

inline constexpr std::size_t kMaxFrame = 65536;
inline constexpr std::size_t kMaxPayload = kMaxFrame - sizeof(FrameHeader);

/// Bytes of one stream that may be on their way before the receiver grants more.
inline constexpr std::uint32_t kInitialCredit = 256 * 1024;

/// Set in the type of a frame whose message goes on in the next frame of the same type and session
/// (host to guest, setup and exec only: arguments and environment can be larger than a frame).
inline constexpr std::uint16_t kMoreFollows = 0x8000;

enum class Type : std::uint16_t {
  hello = 1,        ///< guest -> host: Hello
  setup = 2,        ///< host -> guest: Setup; before any exec
  exec = 3,         ///< host -> guest: Exec; opens the session
  started = 4,      ///< guest -> host: Started
  stdin_data = 5,   ///< host -> guest: bytes
  stdout_data = 6,  ///< guest -> host: bytes (a pty's output, too)
  stderr_data = 7,  ///< guest -> host: bytes
  eof = 8,  ///< StreamEnd: the sender will send no more of it, or (receiver to sender) will read no
            ///< more of it
  credit = 9,     ///< Credit: the receiver of a stream takes so many bytes more
  resize = 10,    ///< host -> guest: WindowSize
  signal = 11,    ///< host -> guest: Signal
  exit = 12,      ///< guest -> host: Exit; the last frame of the session
  log = 13,       ///< guest -> host: a kernel message
  sync = 14,      ///< host -> guest: Sync; the guest answers with the same when that is done
  ping = 15,      ///< host -> guest: an opaque token; the guest answers with the same
  boot_log = 16,  ///< host -> guest: asks for the kernel's log from its first message on; the guest
                  ///< answers with a Log for each and an empty frame behind the last
  hosts = 17,     ///< host -> guest: lines that /etc/hosts has beside its own, from now on
  disk = 18,  ///< host -> guest: Disk: it comes or goes; the guest answers with the same when it
              ///< has it as /dev/NAME, or no more
};

enum class Stream : std::uint8_t { in = 0, out = 1, err = 2 };
inline constexpr std::size_t kStreams = 3;

}  // namespace quiz::wire
