#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <system_error>
#include <vector>

#include "base/process_usage.h"

namespace quiz::base {

namespace {

namespace fs = std::filesystem;

struct Process {
  pid_t number = 0;
  std::uint64_t ticks = 0;
};

/// proc(5): "PID (NAME) STATE PPID …", where NAME may be anything; the times are the fields 14 and
/// 15. Returns the parent.
pid_t read_stat(const fs::path& directory, Process& process) {
  std::string text;
  std::getline(std::ifstream(directory / "stat"), text, '\0');
  const std::size_t name_end = text.rfind(") ");
  if (name_end == std::string::npos) return 0;
  std::istringstream fields(text.substr(name_end + 2));
  std::string skipped;
  pid_t parent = 0;
  fields >> skipped >> parent;
  constexpr int kBetween = 9;
  for (int i = 0; i < kBetween; ++i) fields >> skipped;
  std::uint64_t user = 0;
  std::uint64_t system = 0;
  if (fields >> user >> system) process.ticks = user + system;
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

ProcessUsage usage_below(pid_t pid) {
  std::multimap<pid_t, Process> children;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator("/proc", error)) {
    const std::string name = entry.path().filename();
    Process process;
    const auto parsed = std::from_chars(name.data(), name.data() + name.size(), process.number);
    if (parsed.ec != std::errc() || parsed.ptr != name.data() + name.size()) continue;
    const pid_t parent = read_stat(entry.path(), process);
    children.emplace(parent, process);
  }
  ProcessUsage usage;
  std::uint64_t ticks = 0;
  std::vector<pid_t> left = {pid};
  while (!left.empty()) {
    const auto [begin, end] = children.equal_range(left.back());
    left.pop_back();
    for (auto child = begin; child != end; ++child) {
      usage.memory += resident(child->second.number);
      ticks += child->second.ticks;
      left.push_back(child->second.number);
    }
  }
  constexpr std::uint64_t kMs = 1000;
  usage.cpu =
      std::chrono::milliseconds(ticks * kMs / static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK)));
  return usage;
}

}  // namespace quiz::base
