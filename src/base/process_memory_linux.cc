#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <system_error>
#include <vector>

#include "base/process_memory.h"

namespace quiz::base {

namespace {

namespace fs = std::filesystem;

/// proc(5): "PID (NAME) STATE PPID …", where NAME may be anything.
pid_t parent_of(const fs::path& process) {
  std::string text;
  std::getline(std::ifstream(process / "stat"), text, '\0');
  const std::size_t name_end = text.rfind(") ");
  if (name_end == std::string::npos || name_end + 4 > text.size()) return 0;
  pid_t parent = 0;
  std::from_chars(text.data() + name_end + 4, text.data() + text.size(), parent);
  return parent;
}

/// proc(5), statm: the second number, in pages.
std::uint64_t resident(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/statm");
  std::uint64_t all = 0;
  std::uint64_t pages = 0;
  file >> all >> pages;
  return pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace

std::uint64_t memory_below(pid_t pid) {
  std::multimap<pid_t, pid_t> children;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator("/proc", error)) {
    const std::string name = entry.path().filename();
    pid_t number = 0;
    const auto parsed = std::from_chars(name.data(), name.data() + name.size(), number);
    if (parsed.ec != std::errc() || parsed.ptr != name.data() + name.size()) continue;
    children.emplace(parent_of(entry.path()), number);
  }
  std::uint64_t bytes = 0;
  std::vector<pid_t> left = {pid};
  while (!left.empty()) {
    const auto [begin, end] = children.equal_range(left.back());
    left.pop_back();
    for (auto child = begin; child != end; ++child) {
      bytes += resident(child->second);
      left.push_back(child->second);
    }
  }
  return bytes;
}

}  // namespace quiz::base
