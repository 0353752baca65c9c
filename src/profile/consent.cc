#include "profile/consent.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "base/below.h"
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

/// More than a profile needs; a copy may have to fit into memory.
constexpr std::uint64_t kMostBytes = 64 << 20;

/// Reads a folder once, for its digest and, where that is wanted, a copy.
class FolderReader {
 public:
  FolderReader(fs::path folder, fs::path copy)
      : folder_(std::move(folder)), top_(fs::canonical(folder_)), copy_(std::move(copy)) {}

  std::string read() {
    std::vector<fs::path> entries;
    for (const auto& entry : fs::recursive_directory_iterator(folder_)) {
      entries.push_back(entry.path());
    }
    std::sort(entries.begin(), entries.end());
    if (!copy_.empty()) base::make_directories(copy_, 0700);
    for (const fs::path& entry : entries) take(entry);
    return base::sha256(text_);
  }

 private:
  /// Of a link also where it leads: what it leads to may be what runs.
  void take(const fs::path& path) {
    const fs::path name = path.lexically_relative(folder_);
    const fs::file_status status = fs::symlink_status(path);
    std::string entry = fmt::format("{:o}", static_cast<unsigned>(status.permissions()));
    if (fs::is_symlink(status)) {
      const fs::path target = fs::read_symlink(path);
      entry += " -> " + target.string();
      std::error_code error;
      if (fs::is_regular_file(path, error)) {
        entry += " " + take_file(path, name);
      } else {
        take_link(path, name, target);
      }
    } else if (fs::is_regular_file(status)) {
      entry += " " + take_file(path, name);
    } else if (!fs::is_directory(status)) {
      throw base::Error(path.string() + " is neither a file nor a directory",
                        "a profile has nothing else");
    } else if (!copy_.empty()) {
      base::make_directories(copy_ / name, 0700);
    }
    text_ += fmt::format("{} {} {}\n", name.string().size(), name.string(), entry);
  }

  std::string take_file(const fs::path& path, const fs::path& name) {
    const std::string content = base::read_file(path, kMostBytes);
    bytes_ += content.size();
    if (bytes_ > kMostBytes) {
      throw base::Error(
          fmt::format("the profile {} is larger than {} MiB", folder_.string(), kMostBytes >> 20),
          "larger things belong elsewhere");
    }
    if (!copy_.empty()) {
      const bool executable =
          (fs::status(path).permissions() & fs::perms::owner_exec) != fs::perms::none;
      base::write_file_atomically(copy_ / name, content, executable ? 0700 : 0600);
    }
    return base::sha256(content);
  }

  /// A link to a directory, or to nothing: that is in no copy.
  void take_link(const fs::path& path, const fs::path& name, const fs::path& target) const {
    std::error_code error;
    const fs::path end = fs::canonical(path, error);
    if (error) return;
    const fs::path by_name = (name.parent_path() / target).lexically_normal();
    if (!base::is_below(end, top_) || target.is_absolute() || *by_name.begin() == "..") {
      throw base::Error(
          fmt::format("{} leads out of the profile, to {}", path.string(), end.string()),
          "what is there cannot be agreed to: put it into the profile's folder");
    }
    if (!copy_.empty()) fs::create_symlink(target, copy_ / name);
  }

  fs::path folder_;
  fs::path top_;
  fs::path copy_;  // empty: none
  std::string text_;
  std::uint64_t bytes_ = 0;
};

}  // namespace

std::string digest_of(const fs::path& path) {
  if (!fs::is_directory(path)) return base::sha256(base::read_file(path));
  return FolderReader(path, {}).read();
}

std::string copy_with_digest(const fs::path& folder, const fs::path& copy) {
  return FolderReader(folder, copy).read();
}

std::string digest_of_place(const fs::path& path) {
  std::error_code error;
  return base::sha256("leads to " + fs::canonical(path, error).string());
}

bool Consent::given(const Part& part) const {
  const auto lines = read_lines(file_);
  return std::find(lines.begin(), lines.end(), part.digest + " " + part.path.string()) !=
         lines.end();
}

void Consent::give(const std::vector<Part>& parts) const {
  const base::FileLock held = lock(file_);
  auto lines = read_lines(file_);
  for (const auto& [path, digest] : parts) {
    if (path.string().find('\n') != std::string::npos) {
      throw base::Error("nothing can be agreed to in a directory with a line break in its name");
    }
    std::erase_if(lines, [&](const std::string& line) { return path_in(line) == path.string(); });
    lines.push_back(digest + " " + path.string());
  }
  write_lines(file_, lines);
}

void Consent::withdraw(const std::vector<Part>& parts) const {
  const base::FileLock held = lock(file_);
  auto lines = read_lines(file_);
  for (const Part& part : parts) {
    std::erase_if(lines,
                  [&](const std::string& line) { return path_in(line) == part.path.string(); });
  }
  write_lines(file_, lines);
}

}  // namespace quiz::profile
