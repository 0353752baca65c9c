#include "run/file_capabilities.h"

#include <sys/xattr.h>

#include <algorithm>
#include <array>
#include <set>
#include <sstream>
#include <string_view>

namespace quiz::run {

namespace fs = std::filesystem;

namespace {

void add_of_file(const fs::path& file, std::vector<wire::FileCapability>& found) {
  std::array<char, 64> value;  // the longest has 24 bytes
  // A symbolic link has none of its own: its target lies in one of the directories, or is nobody's
  // command.
  const ssize_t size = ::lgetxattr(file.c_str(), "security.capability", value.data(), value.size());
  if (size <= 0) return;
  const bool known = std::any_of(found.begin(), found.end(),
                                 [&](const auto& other) { return other.path == file; });
  if (!known)
    found.push_back({file.string(), std::string(value.data(), static_cast<std::size_t>(size))});
}

}  // namespace

std::vector<wire::FileCapability> file_capabilities(const fs::path& program,
                                                    const std::vector<std::string>& environment) {
  std::vector<wire::FileCapability> found;
  std::error_code error;
  if (const fs::path real = fs::canonical(program, error); !error) add_of_file(real, found);
  constexpr std::string_view kPath = "PATH=";
  std::set<fs::path> seen;
  for (const std::string& variable : environment) {
    if (!variable.starts_with(kPath)) continue;
    std::istringstream path(variable.substr(kPath.size()));
    for (std::string name; std::getline(path, name, ':');) {
      const fs::path directory = fs::canonical(name, error);
      if (error || !name.starts_with('/') || !seen.insert(directory).second) continue;
      fs::directory_iterator item(directory, error), end;
      for (; !error && item != end; item.increment(error)) add_of_file(item->path(), found);
    }
  }
  return found;
}

}  // namespace quiz::run
