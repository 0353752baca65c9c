// What is spoken at a running machine's socket: frames as on the wire (wire/frame.h), in which a
// visitor asks and the owning quiz answers. A visitor says hello, and then what it wants:
//
//   describe          answered with describe, as often as it asks
//   stop, wait        answered with over, when the machine has ended
//   press, pause, resume   answered with done, or with refused
//   nmi               "
//   stats             answered with stats
//   link              answered with done, or with refused
//   plug              answered with plug and the disk's name, or with refused
//   unplug            answered with done, or with refused
//   log               answered with a log frame (wire::Log) for each message and done
//   debug             a debugger for the machine, which stands when that is answered with debug;
//                     then both send debug_data, gdb's remote protocol, until the visitor goes or
//                     the owner says done
//   attach            the terminal of the machine's own program; answered with started and then
//                     spoken of as a program of one's own, or with refused
//   exec (wire::Exec) a program; from then on the two speak of it as a host and a guest do, in
//                     frames of wire::Type, until exit. Credit goes from end to end.
//
// Over may come at any time, and is the last frame. Both sides take everything that they read as if
// the other were not to be trusted.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "relay/visitors.h"
#include "wire/frame.h"
#include "wire/messages.h"

namespace quiz::live {

/// Hello keeps its place and form in every version.
inline constexpr std::uint32_t kVersion = 4;

/// The socket in the instance's directory.
inline constexpr char kSocket[] = "live";
/// A file there with the machine's name, and nothing else.
inline constexpr char kNameFile[] = "name";

/// Beside those of the wire.
enum class Type : std::uint16_t {
  hello = 0x100,  ///< both, first: Hello
  describe,       ///< visitor: empty; owner: Description
  stop,           ///< visitor: Stop
  wait,           ///< visitor: empty
  refused,        ///< owner: a sentence, why that cannot be
  over,           ///< owner: Over
  done,           ///< owner: empty
  press,          ///< visitor: the SysRq key, one byte
  pause,          ///< visitor: empty
  resume,         ///< visitor: empty
  log,            ///< visitor: empty; owner: wire::Log
  attach,         ///< visitor: Attach
  debug,          ///< visitor: empty; owner: empty
  debug_data,     ///< both: bytes
  nmi,            ///< visitor: empty
  stats,          ///< visitor: empty; owner: Stats
  link,           ///< visitor: Link
  plug,           ///< visitor: Plug; owner: the name, when the guest has it
  unplug,         ///< visitor: a disk's name
};

/// As relay::WireLink sends them.
inline wire::Type on_wire(Type type) { return static_cast<wire::Type>(type); }

/// A request may have so many bytes: what execve(2) takes, and some more.
inline constexpr std::size_t kLargestRequest = std::size_t{16} << 20;

struct Hello {
  std::uint32_t version = kVersion;

  std::string encode() const;
  /// Whatever follows the version is another version's.
  static std::optional<Hello> decode(std::string_view payload);
};

/// A running machine, as `quiz vm list` shows it.
struct Description {
  std::string name;
  relay::RunState state = relay::RunState::boots;
  bool paused = false;
  bool debugged = false;         ///< a debugger looks at it
  std::uint64_t started_ns = 0;  ///< CLOCK_REALTIME
  std::string kernel;
  std::string architecture;  ///< as in uname
  std::string symbols;       ///< the vmlinux with debug information; empty: there is none
  /// Directories of this host below which the kernel's modules lie, those that come first win.
  std::vector<std::string> modules;
  std::uint32_t cpus = 0;
  std::uint64_t memory_mib = 0;  ///< that it may have
  bool has_program = true;
  std::vector<std::string> program;  ///< empty: a shell
  std::string directory;
  std::string shell;                     ///< for a visitor who names no program
  std::vector<std::string> environment;  ///< "NAME=VALUE": what it adds to the caller's
  bool hides_secrets = false;            ///< nothing that looks like a secret goes into it
  bool host_files = false;               ///< programs are where the host has them

  std::string encode() const;
  static std::optional<Description> decode(std::string_view payload);
};

/// What its disks have been used for.
struct Stats {
  struct Disk {
    std::string name;
    std::uint64_t read_bytes = 0;
    std::uint64_t written_bytes = 0;
    std::uint64_t reads = 0;
    std::uint64_t writes = 0;
  };
  std::vector<Disk> disks;

  std::string encode() const;
  static std::optional<Stats> decode(std::string_view payload);
};

/// What the machine's way to its LAN shall be like.
struct Link {
  relay::LinkState state;

  std::string encode() const;
  /// Losses are at most 1000, delays at most a minute.
  static std::optional<Link> decode(std::string_view payload);
};

/// An empty disk that shall be plugged.
struct Plug {
  relay::NewDisk disk;

  std::string encode() const;
  /// Sizes are multiples of 4 KiB, at least 64 KiB and at most 1 PiB, as of the disks of profiles.
  static std::optional<Plug> decode(std::string_view payload);
};

struct Stop {
  bool at_once = false;

  std::string encode() const;
  static std::optional<Stop> decode(std::string_view payload);
};

struct Attach {
  bool view = false;  ///< looks only
  wire::WindowSize window;

  std::string encode() const;
  static std::optional<Attach> decode(std::string_view payload);
};

/// A SysRq key that there can be.
bool is_system_request(std::string_view key);

enum class End : std::uint8_t {
  done = 0,       ///< its program ended
  stopped = 1,    ///< somebody ended it
  panicked = 2,   ///< the guest's kernel
  timed_out = 3,  ///< --timeout
  lost = 4,       ///< anything else
};

struct Over {
  End end = End::lost;
  std::string reason;  ///< behind "the machine ended: "
  int status = 0;      ///< of its own program, as a shell has it, where that ended

  std::string encode() const;
  static std::optional<Over> decode(std::string_view payload);
};

}  // namespace quiz::live
