// What a kernel log tells of a crash, with source lines: the frames of its stacks are looked up in
// the symbols of the kernel and of OpenZFS's modules. Reads a log that a guest wrote: nothing of it
// reaches a command but numbers, and names that are in the symbol tables.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace quiz::openzfs {

/// "zfs_ioc_pool_scan+0x42/0x90 [zfs]".
struct Frame {
  std::string function;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  std::string module;        ///< empty: the kernel itself
  bool instruction = false;  ///< the very instruction (RIP:), not the one after a call
};

/// The frame that a line of the log shows, if any; lines with a '?' are guesses of the unwinder.
std::optional<Frame> parse_frame(std::string_view line);

/// The part of the log from its first report of trouble on (a panic, a BUG, an oops, a failed
/// VERIFY): its lines, without the time stamps. Empty if there is none.
std::vector<std::string> crash_lines(std::string_view log);

/// Takes the messages of zfs_dbgmsg out of a log's lines, which a panicking kernel dumps there
/// (data/profiles/zfs has it do so): "36.293062 zpool-101 … spa.c:1234:spa_load(): …", oldest
/// first.
std::vector<std::string> take_debug_messages(std::vector<std::string>& lines);

/// Files with symbols: "" is the kernel, "zfs" and "spl" the modules.
using SymbolFiles = std::map<std::string, std::filesystem::path>;

/// The lines, each frame followed by where it is in the sources: "    at module/zfs/spa.c:1234
/// spa_open_common". Paths below `checkout` are shown relative to it. A frame that is not in the
/// symbols stays as it is. Throws base::Error if binutils are missing.
std::vector<std::string> with_source_lines(const std::vector<std::string>& lines,
                                           const SymbolFiles& files,
                                           const std::filesystem::path& checkout);

}  // namespace quiz::openzfs
