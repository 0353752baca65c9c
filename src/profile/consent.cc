#include "profile/consent.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "base/error.h"
#include "base/files.h"
#include "base/sha256.h"

namespace quiz::profile {

namespace fs = std::filesystem;

namespace {

std::vector<std::string> read_lines(const fs::path& file) {
  std::vector<std::string> lines;
  std::istringstream stream(base::read_file_if_exists(file).value_or(""));
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

void write_lines(const fs::path& file, const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  base::write_file_atomically(file, text, 0600);
}

/// One at a time changes the file.
base::FileLock lock(const fs::path& file) {
  base::make_directories(file.parent_path());
  return base::FileLock::acquire(file.string() + ".lock");
}

/// A line of the file is the digest, a space, the path.
std::string path_in(const std::string& line) {
  const std::size_t space = line.find(' ');
  return space == std::string::npos ? std::string() : line.substr(space + 1);
}

/// Of a link also where it leads: what it leads to may be what runs.
std::string digest_of_entry(const fs::path& path) {
  const fs::file_status status = fs::symlink_status(path);
  std::string text = fmt::format("{:o}", static_cast<unsigned>(status.permissions()));
  std::error_code error;
  if (fs::is_symlink(status)) text += " -> " + fs::read_symlink(path, error).string();
  if (fs::is_regular_file(path, error)) text += " " + base::sha256_file(path);
  return text;
}

}  // namespace

std::string digest_of(const fs::path& path) {
  if (!fs::is_directory(path)) return base::sha256(base::read_file(path));
  std::vector<fs::path> entries;
  for (const auto& entry : fs::recursive_directory_iterator(path)) entries.push_back(entry.path());
  std::sort(entries.begin(), entries.end());
  std::string text;
  for (const fs::path& entry : entries) {
    const std::string name = entry.lexically_relative(path).string();
    text += fmt::format("{} {} {}\n", name.size(), name, digest_of_entry(entry));
  }
  return base::sha256(text);
}

bool Consent::given(const fs::path& path, const std::string& digest) const {
  const auto lines = read_lines(file_);
  return std::find(lines.begin(), lines.end(), digest + " " + path.string()) != lines.end();
}

void Consent::give(const std::vector<fs::path>& paths) const {
  const base::FileLock held = lock(file_);
  auto lines = read_lines(file_);
  for (const fs::path& path : paths) {
    if (path.string().find('\n') != std::string::npos) {
      throw base::Error("nothing can be agreed to in a directory with a line break in its name");
    }
    std::erase_if(lines, [&](const std::string& line) { return path_in(line) == path.string(); });
    lines.push_back(digest_of(path) + " " + path.string());
  }
  write_lines(file_, lines);
}

void Consent::withdraw(const std::vector<fs::path>& paths) const {
  const base::FileLock held = lock(file_);
  auto lines = read_lines(file_);
  for (const fs::path& path : paths) {
    std::erase_if(lines, [&](const std::string& line) { return path_in(line) == path.string(); });
  }
  write_lines(file_, lines);
}

}  // namespace quiz::profile
