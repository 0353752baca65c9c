#include "build/build_log.h"

#include <algorithm>
#include <array>
#include <utility>

namespace quiz::build {

namespace {

constexpr std::size_t kLongest = 300;

/// "FILE:LINE:COLUMN: error: …" of GCC and Clang, "FILE:LINE: Error: …" of the assembler.
bool is_compiler_error(std::string_view line) {
  const std::size_t at =
      std::min({line.find(": error: "), line.find(": fatal error: "), line.find(": Error: ")});
  if (at == std::string_view::npos) return false;
  const std::string_view place = line.substr(0, at);
  return place.find(':') != std::string_view::npos && place.find(' ') == std::string_view::npos;
}

bool is_tool_error(std::string_view line) {
  for (const char* words :
       {"undefined reference to", "undefined symbol:", "ERROR: modpost:", "cc1: error:",
        "clang: error:", ": command not found", "No space left on device", "No rule to make target",
        "collect2: error", "ld: error", "ld.lld: error", "Killed signal terminated program"}) {
    if (line.find(words) != std::string_view::npos) return true;
  }
  return line.find(": not found") != std::string_view::npos &&
         line.find("sh: ") != std::string_view::npos;
}

std::string shortened(std::string_view line) {
  while (line.starts_with(' ') || line.starts_with('\t')) line.remove_prefix(1);
  return std::string(line.substr(0, kLongest));
}

}  // namespace

bool is_build_step(std::string_view line) {
  if (!line.starts_with("  ")) return false;
  for (const char* word :
       {"CC ", "AS ", "LD ", "AR ", "HOSTCC ", "HOSTLD ", "VDSO ", "OBJCOPY ", "CCLD ", "CPPAS "}) {
    if (line.substr(2).starts_with(word)) return true;
  }
  return false;
}

std::string first_build_error(std::string_view log) {
  std::string tool;
  std::string make;
  while (!log.empty()) {
    const std::size_t end = std::min(log.find('\n'), log.size());
    const std::string_view line = log.substr(0, end);
    log.remove_prefix(std::min(end + 1, log.size()));
    if (is_compiler_error(line)) return shortened(line);
    if (tool.empty() && is_tool_error(line)) tool = shortened(line);
    if (make.empty() && line.find("*** ") != std::string_view::npos) make = shortened(line);
  }
  return tool.empty() ? make : tool;
}

std::string package_for_build_error(std::string_view error) {
  constexpr std::array<std::pair<const char*, const char*>, 12> kPackages = {{
      {"gelf.h", "libelf-dev"},
      {"libelf.h", "libelf-dev"},
      {"openssl/", "libssl-dev"},
      {"flex: ", "flex"},
      {"bison: ", "bison"},
      {"bc: ", "bc"},
      {"cpio: ", "cpio"},
      {"rsync: ", "rsync"},
      {"pahole: ", "pahole"},
      {"pahole (pahole)", "pahole"},
      {"zstd: ", "zstd"},
      {"lz4c: ", "lz4"},
  }};
  const bool missing = error.find("No such file") != std::string_view::npos ||
                       error.find("not found") != std::string_view::npos;
  if (!missing) return {};
  for (const auto& [words, package] : kPackages) {
    if (error.find(words) != std::string_view::npos) return package;
  }
  return {};
}

}  // namespace quiz::build
