// The payloads of the frames: plain structs, each with encode() and a decode() that refuses what is
// not exactly one.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "wire/codec.h"

namespace quiz::wire {

/// The guest's init is up and waits for Setup. Said again when one of the last two changes
/// meanwhile.
struct Hello {
  std::uint32_t version = kVersion;
  std::uint64_t kernel_ns = 0;            ///< CLOCK_MONOTONIC: how long the kernel has been running
  std::string release;                    ///< uname -r
  std::string clocksource;                ///< the kernel's current clock source
  std::uint64_t timer_resolution_ns = 0;  ///< 1 with high-resolution timers

  std::string encode() const;
  static std::optional<Hello> decode(std::string_view payload);
};

enum class ShareMode : std::uint8_t {
  read_only = 0,
  read_write = 1,
  copy_on_write = 2,  ///< the guest may write; what it wrote vanishes
};

/// A directory of the host that the guest mounts, where no program sees it: what of it appears in
/// `/` is said by the layers and mounts.
struct Export {
  std::string tag;      ///< of 9p or virtio-fs
  std::string options;  ///< further mount options of 9p: "cache=none"
  bool writable = false;
  bool virtio_fs = false;  ///< else 9p
};

/// The tag of the export of the host's `/`.
inline constexpr char kHostExport[] = "host";
/// Stands for the file system of the root image, which init mounts before it says hello.
inline constexpr char kRootImage[] = "root";

/// A directory inside an export or the root image.
struct Place {
  std::string tag;   ///< empty: of the `/` that the layers make, symbolic links resolved
  std::string path;  ///< relative; empty: all of it
};

/// A directory that appears in `/`.
struct Mount {
  std::string path;  ///< where; if a place of `from` has no tag, then without symbolic links, and
                     ///< the directories above it have the usual owner and mode
  ShareMode mode = ShareMode::read_only;
  std::vector<Place> from;  ///< topmost first; one, but for copy_on_write
};

/// A small file that the host makes for this run and that is placed into `/`: the bundle.
struct BundleFile {
  std::string path;           ///< relative to `/`
  std::uint16_t mode = 0644;  ///< or kSymbolicLink
  std::string content;        ///< of a symbolic link, where it leads
};

/// BundleFile::mode of a symbolic link; none is made where there is something already.
inline constexpr std::uint16_t kSymbolicLink = 0120777;

/// The attribute security.capability of a program of the host's (capabilities(7)).
struct FileCapability {
  std::string path;   ///< absolute
  std::string value;  ///< as the host's kernel gives it
};

inline constexpr char kHostName[] = "quiz";

/// A module's file in the guest's `/`. One that is loaded already is no mistake.
struct Module {
  std::string path;
  std::string parameters;  ///< "name=value …"
};

enum class MemoryBackend : std::uint8_t { brd = 0, loop = 1, zram = 2, null_blk = 3 };

/// A block device in the guest's memory, found as /dev/NAME. Those of brd and zram are made in
/// order.
struct MemoryDevice {
  std::string name;
  MemoryBackend backend = MemoryBackend::brd;
  std::uint64_t bytes = 0;
  std::uint32_t sector = 512;  ///< of loop devices and null_blk's
};

/// A row of a device mapper's table (Documentation/admin-guide/device-mapper/).
struct MapperTarget {
  std::uint64_t start = 0;   ///< in sectors of 512 bytes
  std::uint64_t length = 0;  ///< "
  std::string type;          ///< "linear"
  std::string parameters;    ///< devices by path: "/dev/quizb0 0"
};

/// A device of the device mapper, found as /dev/NAME and /dev/mapper/NAME.
struct MapperDevice {
  std::string name;
  std::vector<MapperTarget> targets;
  std::vector<std::string> messages{};  ///< sent to its first target, in order, once it is there
};

/// A network card's address; all zero: there is no such card.
struct NetworkAddress {
  std::uint32_t address =
      0;  ///< IPv4, most significant byte first in value: 0x0a00020f is 10.0.2.15
  std::uint8_t prefix = 24;    ///< length of the network's part
  std::uint32_t gateway = 0;   ///< 0: it leads nowhere else
  std::uint64_t card = 0;      ///< by which it is found: 52:54:00:12:34:56 is 0x525400123456
  std::uint64_t own_card = 0;  ///< that it takes on; 0: it stays as it is
};

/// What is made in the guest before any program runs, in this order. What fails is the end of
/// whatever Exec follows (Ending::cannot_prepare).
struct Devices {
  std::vector<Module> modules;
  /// Serial numbers of disks: each is found as /dev/SERIAL, its partitions as /dev/SERIALp1 …
  std::vector<std::string> disks;
  std::vector<MemoryDevice> memory;
  std::vector<MapperDevice> mapper;
  NetworkAddress network;
  NetworkAddress lan;
};

/// Who is PID 1 while programs run.
enum class InitSystem : std::uint8_t { quiz = 0, tini = 1, systemd = 2 };

/// What the guest's `/` and identity shall be.
struct Setup {
  std::uint64_t realtime_ns = 0;  ///< CLOCK_REALTIME of the host
  std::string hostname;  ///< empty: kHostName, for which init also makes /etc/hostname and hosts
  std::string entropy;   ///< fresh random bytes for the guest's pool
  std::vector<Export> exports;
  std::vector<Place> layers;  ///< lower layers of `/`, topmost first
  std::vector<Mount> mounts;  ///< into `/`, in this order
  std::vector<BundleFile> bundle;
  std::vector<FileCapability> capabilities;  ///< set in `/` where the file is there
  std::uint64_t size = 0;  ///< bytes that may be written into `/`; 0: half of the memory
  Devices devices;
  InitSystem init = InitSystem::quiz;
  /// Kernel messages below this level (0 worst) are sent as log frames.
  std::uint8_t log_level = 8;

  std::string encode() const;
  static std::optional<Setup> decode(std::string_view payload);
};

enum class StreamKind : std::uint8_t {
  closed = 0,
  pipe = 1,
  pty = 2,
  joined = 3,      ///< stderr only: the same pipe as stdout
  directory = 4,   ///< stdin only: open, and reading it is EISDIR
  unreadable = 5,  ///< stdin only: open for writing, and reading it is EBADF
  asked = 6,  ///< stdin only: a pipe without initial credit, which the guest grants when somebody
              ///< waits for what comes out of it
};

struct WindowSize {
  std::uint16_t rows = 0;
  std::uint16_t columns = 0;

  std::string encode() const;
  static std::optional<WindowSize> decode(std::string_view payload);
};

/// A setting of a terminal, as terminal_modes.h has them. One that the receiver does not know is
/// left out.
struct TerminalMode {
  std::uint8_t code = 0;
  std::uint32_t value = 0;
};

struct ResourceLimit {
  std::uint32_t resource = 0;  ///< RLIMIT_*
  std::uint64_t soft = 0;      ///< all ones: infinity
  std::uint64_t hard = 0;
};

/// A program to run in a new session.
struct Exec {
  std::vector<std::string> arguments;    ///< argv; arguments[0] is looked up in PATH
  std::string candidate;                 ///< tried first: where the host found it; may be empty
  std::vector<std::string> environment;  ///< "NAME=VALUE"
  std::string directory;
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::vector<std::uint32_t> groups;
  std::uint32_t umask = 022;
  std::vector<ResourceLimit> limits;
  std::array<StreamKind, kStreams> streams{};
  WindowSize window;
  std::vector<TerminalMode> terminal_modes;  ///< of a pty; the others are a new terminal's

  std::string encode() const;
  static std::optional<Exec> decode(std::string_view payload);
};

struct Started {
  std::uint64_t kernel_ns = 0;  ///< CLOCK_MONOTONIC at the fork

  std::string encode() const;
  static std::optional<Started> decode(std::string_view payload);
};

/// A disk that is plugged or pulled while the guest runs.
struct Disk {
  std::string name;    ///< its serial number, and in /dev
  bool there = false;  ///< it comes, or goes

  std::string encode() const;
  static std::optional<Disk> decode(std::string_view payload);
};

struct StreamEnd {
  Stream stream = Stream::in;

  std::string encode() const;
  static std::optional<StreamEnd> decode(std::string_view payload);
};

struct Credit {
  Stream stream = Stream::in;
  std::uint32_t bytes = 0;

  std::string encode() const;
  static std::optional<Credit> decode(std::string_view payload);
};

struct Signal {
  std::uint32_t number = 0;
  bool whole_group = false;  ///< as the terminal does it on Ctrl-C; else the program alone

  std::string encode() const;
  static std::optional<Signal> decode(std::string_view payload);
};

enum class Ending : std::uint8_t {
  exited = 0,          ///< value: the exit status
  signalled = 1,       ///< value: the signal
  cannot_execute = 2,  ///< value: errno of execve
  cannot_prepare = 3,  ///< value: errno; `detail` says what failed before (directory, user …)
};

struct Exit {
  Ending ending = Ending::exited;
  std::uint32_t value = 0;
  std::uint64_t new_taint = 0;  ///< bits of /proc/sys/kernel/tainted set since the session began
  std::uint64_t stdin_consumed = 0;  ///< bytes of stdin that the program took
  std::string detail;
  std::uint64_t full_size = 0;  ///< bytes that may be written into `/`, if they were used up
  /// What the guest's CPU can do, as /proc/cpuinfo has it, if an instruction was one too many for
  /// it.
  std::string cpu_features{};

  std::string encode() const;
  static std::optional<Exit> decode(std::string_view payload);
};

/// Write what is only in the guest's memory to where the host has it: to the writable shares, and
/// if so told to the disks, too.
struct Sync {
  bool disks = false;

  std::string encode() const;
  static std::optional<Sync> decode(std::string_view payload);
};

struct Log {
  std::uint8_t level = 0;     ///< as in <linux/kern_levels.h>: 0 emergency … 7 debug
  std::uint64_t time_us = 0;  ///< when it was logged, by the kernel's clock
  std::string text;

  std::string encode() const;
  static std::optional<Log> decode(std::string_view payload);
};

}  // namespace quiz::wire
