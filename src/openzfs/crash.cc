#include "openzfs/crash.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/child.h"
#include "base/error.h"
#include "base/lines.h"

namespace quiz::openzfs {

namespace fs = std::filesystem;

namespace {

std::optional<std::uint64_t> read_hex(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

bool is_symbol_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '.' || c == '$';
}

/// "[   12.345678] text" and "[   12.345678][  T123] text" without their stamps.
std::string_view without_stamp(std::string_view line) {
  while (line.starts_with('[')) {
    const std::size_t end = line.find(']');
    if (end == std::string_view::npos ||
        line.substr(1, end - 1).find_first_not_of(" .0123456789TC") != std::string_view::npos) {
      break;
    }
    line.remove_prefix(end + 1);
    if (line.starts_with(' ')) line.remove_prefix(1);
  }
  return line;
}

bool begins_trouble(std::string_view line) {
  for (const char* words :
       {"Kernel panic", "BUG:", "kernel BUG at", "Oops:", "general protection fault", "VERIFY",
        "ASSERT", "PANIC at", "PANIC: ", "WARNING: CPU", "Unable to handle kernel", "KASAN:"}) {
    if (line.find(words) != std::string_view::npos) return true;
  }
  return false;
}

/// A stack has some dozens of frames, and each takes a run of addr2line.
constexpr std::size_t kMostFrames = 500;
/// A dump of all tasks has fewer; a line of the kernel's has 1 KiB.
constexpr std::size_t kMostLines = 100'000;
constexpr std::size_t kLongestLine = 8192;

constexpr std::string_view kMessage = "message=\"";
constexpr std::string_view kDump = "Dumping ftrace ";

/// "   zpool-101  1..... 36293062us : zfs_dbgmsg: (__zfs_dbgmsg+0x0/0xc0 [zfs]) message="TEXT"".
std::optional<std::string> debug_message(std::string_view line) {
  line = without_stamp(line);
  const std::size_t event = line.find("us : zfs_dbgmsg: (");
  const std::size_t text = line.find(kMessage);
  if (event == std::string_view::npos || text == std::string_view::npos) return std::nullopt;
  const std::size_t time = line.find_last_of(' ', event) + 1;
  const std::size_t task = line.find_first_not_of(' ');
  std::string seconds = fmt::format("{:0>7}", line.substr(time, event - time));
  seconds.insert(seconds.size() - 6, ".");
  std::string_view message = line.substr(text + kMessage.size());
  if (message.ends_with('"')) message.remove_suffix(1);
  return fmt::format("{} {} {}", seconds, line.substr(task, line.find(' ', task) - task), message);
}

struct Symbol {
  std::uint64_t value = 0;
  std::uint64_t size = 0;
  std::string section;  ///< of a module: its addresses count from there; empty for the kernel
};

std::string output_of(std::vector<std::string> words) {
  if (!base::find_program(words.front())) {
    throw base::Error("source lines cannot be found: there is no " + words.front(),
                      "apt install binutils");
  }
  base::SpawnOptions options;
  options.arguments = std::move(words);
  options.inherit_stderr = false;
  return base::run_and_capture(std::move(options)).output;
}

/// By number: "[ 2] .text PROGBITS …" of `readelf -SW`.
std::map<std::string, std::string> sections_of(const fs::path& file) {
  const auto lines = base::lines_of(output_of({"readelf", "-SW", file.string()}));
  std::map<std::string, std::string> sections;
  for (const std::string& line : lines) {
    const std::size_t open = line.find('[');
    const std::size_t close = line.find(']');
    if (open == std::string::npos || close == std::string::npos) continue;
    const auto number = base::words_of(line.substr(open + 1, close - open - 1));
    const auto name = base::words_of(line.substr(close + 1));
    if (!number.empty() && !name.empty()) sections[number.front()] = name.front();
  }
  return sections;
}

/// The functions of one file: several of one name are possible.
class SymbolTable {
 public:
  SymbolTable(fs::path file, bool relocatable) : file_(std::move(file)) {
    const auto sections = relocatable ? sections_of(file_) : std::map<std::string, std::string>();
    const auto lines = base::lines_of(output_of({"readelf", "-sW", file_.string()}));
    // Num: Value Size Type Bind Vis Ndx Name
    for (const std::string& line : lines) {
      const auto words = base::words_of(line);
      if (words.size() < 8 || words[3] != "FUNC" || words[6] == "UND") continue;
      Symbol symbol;
      symbol.value = read_hex(words[1]).value_or(0);
      symbol.size = std::strtoull(words[2].c_str(), nullptr, 0);
      if (const auto section = sections.find(words[6]); section != sections.end()) {
        symbol.section = section->second;
      }
      symbols_.emplace(words[7], std::move(symbol));
    }
  }

  /// Of several of that name the one whose size is nearest: the kernel counts the padding, too.
  const Symbol* find(const Frame& frame) const {
    const auto [begin, end] = symbols_.equal_range(frame.function);
    const Symbol* best = nullptr;
    const auto distance = [&](const Symbol& symbol) {
      return symbol.size > frame.size ? symbol.size - frame.size : frame.size - symbol.size;
    };
    for (auto at = begin; at != end; ++at) {
      if (best == nullptr || distance(at->second) < distance(*best)) best = &at->second;
    }
    return best;
  }

  /// "FUNCTION at FILE:LINE", and where that is inlined one line more for each.
  std::vector<std::string> source_of(const Symbol& symbol, std::uint64_t offset) const {
    std::vector<std::string> words = {"addr2line", "-fip", "-e", file_.string()};
    if (!symbol.section.empty()) words.push_back("--section=" + symbol.section);
    words.push_back(fmt::format("0x{:x}", symbol.value + offset));
    const auto lines = base::lines_of(output_of(std::move(words)));
    std::vector<std::string> result;
    for (const std::string& line : lines) {
      if (line.find("??") == std::string::npos && !line.empty()) result.push_back(line);
    }
    return result;
  }

 private:
  fs::path file_;
  std::multimap<std::string, Symbol> symbols_;
};

/// "spa_open at /home/me/zfs/module/zfs/spa.c:12 (discriminator 3)" with the path made short.
std::string shortened(std::string line, const fs::path& checkout) {
  if (const std::size_t at = line.find(" (discriminator"); at != std::string::npos) line.resize(at);
  const std::size_t at = line.find(checkout.string() + "/");
  if (at == std::string::npos) return line;
  std::string path = fs::path(line.substr(at)).lexically_normal().string();
  path = path.substr(checkout.string().size() + 1);
  // .quiz/build/KERNEL has links to the sources.
  if (path.starts_with(".quiz/build/")) {
    const std::size_t end = path.find('/', std::string_view(".quiz/build/").size());
    if (end != std::string::npos) path = path.substr(end + 1);
  }
  return line.substr(0, at) + path;
}

}  // namespace

std::optional<Frame> parse_frame(std::string_view line) {
  // name+0xOFFSET/0xSIZE, perhaps followed by [module].
  const std::size_t plus = line.find("+0x");
  if (plus == std::string_view::npos || line.find(" ? ") != std::string_view::npos) {
    return std::nullopt;
  }
  std::size_t begin = plus;
  while (begin > 0 && is_symbol_character(line[begin - 1])) --begin;
  const std::size_t slash = line.find("/0x", plus);
  if (begin == plus || slash == std::string_view::npos) return std::nullopt;
  const std::size_t end = std::min(line.find_first_of(" \t", slash), line.size());
  const auto offset = read_hex(line.substr(plus + 3, slash - plus - 3));
  const auto size = read_hex(line.substr(slash + 3, end - slash - 3));
  if (!offset || !size) return std::nullopt;
  Frame frame{std::string(line.substr(begin, plus - begin)), *offset, *size, {}, false};
  frame.instruction = line.find("RIP: ") != std::string_view::npos;
  std::string_view rest = line.substr(end);
  if (const std::size_t open = rest.find('['); open != std::string_view::npos) {
    rest.remove_prefix(open + 1);
    // "[zfs]", or with the module's taints and build id "[zfs 0123abcd]".
    frame.module = rest.substr(0, rest.find_first_of("] ("));
  }
  return frame;
}

std::vector<std::string> crash_lines(std::string_view log) {
  std::vector<std::string> lines;
  while (!log.empty()) {
    const std::size_t end = std::min(log.find('\n'), log.size());
    std::string_view line = log.substr(0, end);
    log.remove_prefix(std::min(end + 1, log.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    line = without_stamp(line);
    if (lines.empty() && !begins_trouble(line)) continue;
    if (lines.size() == kMostLines) break;
    lines.emplace_back(line.substr(0, kLongestLine));
  }
  return lines;
}

std::vector<std::string> take_debug_messages(std::vector<std::string>& lines) {
  std::vector<std::string> messages;
  // A dump without them is of the user's own tracing.
  if (std::none_of(lines.begin(), lines.end(),
                   [](const std::string& line) { return debug_message(line).has_value(); })) {
    return messages;
  }
  std::vector<std::string> rest;
  int rules = 2;  // that are still to come of the two around a dump
  for (std::string& line : lines) {
    if (auto message = debug_message(line)) {
      messages.push_back(std::move(*message));
    } else if (line.find(kDump) != std::string::npos) {
      rules = 0;
    } else if (rules < 2 && without_stamp(line).starts_with("-----")) {
      ++rules;
    } else {
      rest.push_back(std::move(line));
    }
  }
  lines = std::move(rest);
  return messages;
}

std::vector<std::string> with_source_lines(const std::vector<std::string>& lines,
                                           const SymbolFiles& files, const fs::path& checkout) {
  std::map<std::string, SymbolTable> tables;
  std::vector<std::string> result;
  std::size_t looked_up = 0;
  for (const std::string& line : lines) {
    result.push_back(line);
    const auto frame = parse_frame(line);
    if (!frame || looked_up == kMostFrames) continue;
    const auto file = files.find(frame->module);
    if (file == files.end() || !fs::exists(file->second)) continue;
    auto table = tables.find(frame->module);
    if (table == tables.end()) {
      table =
          tables.emplace(frame->module, SymbolTable(file->second, !frame->module.empty())).first;
    }
    const Symbol* const symbol = table->second.find(*frame);
    if (symbol == nullptr) continue;
    ++looked_up;
    // A return address may already belong to the next line.
    const std::uint64_t offset =
        frame->instruction || frame->offset == 0 ? frame->offset : frame->offset - 1;
    for (const std::string& place : table->second.source_of(*symbol, offset)) {
      result.push_back("        " + shortened(place, checkout));
    }
  }
  return result;
}

}  // namespace quiz::openzfs
