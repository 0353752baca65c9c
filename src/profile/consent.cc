#include "profile/consent.h"

#include <algorithm>
#include <sstream>

#include "base/files.h"
#include "base/sha256.h"

namespace quiz::profile {

namespace fs = std::filesystem;

namespace {

/// One line of the file: the checksum, a space, the path.
std::string line_for(const fs::path& hook, const std::string& content) {
  return base::sha256(content) + " " + hook.string();
}

std::vector<std::string> read_lines(const fs::path& file) {
  std::vector<std::string> lines;
  std::istringstream stream(base::read_file_if_exists(file).value_or(""));
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

void write_lines(const fs::path& file, const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  base::make_directories(file.parent_path());
  base::write_file_atomically(file, text, 0600);
}

std::string path_in(const std::string& line) {
  const std::size_t space = line.find(' ');
  return space == std::string::npos ? std::string() : line.substr(space + 1);
}

}  // namespace

bool Consent::given(const fs::path& hook, const std::string& content) const {
  const auto lines = read_lines(file_);
  return std::find(lines.begin(), lines.end(), line_for(hook, content)) != lines.end();
}

void Consent::give(const std::vector<fs::path>& hooks) const {
  auto lines = read_lines(file_);
  for (const fs::path& hook : hooks) {
    std::erase_if(lines, [&](const std::string& line) { return path_in(line) == hook.string(); });
    lines.push_back(line_for(hook, base::read_file(hook)));
  }
  write_lines(file_, lines);
}

void Consent::withdraw(const fs::path& folder) const {
  auto lines = read_lines(file_);
  const std::string prefix = folder.string() + "/";
  std::erase_if(lines, [&](const std::string& line) { return path_in(line).starts_with(prefix); });
  write_lines(file_, lines);
}

std::vector<fs::path> host_hooks_in(const fs::path& profiles) {
  std::vector<fs::path> hooks;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(profiles, error)) {
    for (const char* kind : {"host", "host-after"}) {
      if (fs::is_regular_file(entry.path() / kind, error)) hooks.push_back(entry.path() / kind);
    }
  }
  std::sort(hooks.begin(), hooks.end());
  return hooks;
}

}  // namespace quiz::profile
