#include "root/tree.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "base/lines.h"

namespace quiz::root {

namespace fs = std::filesystem;

namespace {

constexpr auto kOptions = fs::directory_options::skip_permission_denied;
constexpr std::int64_t kSecondsOfDay = std::int64_t{24} * 60 * 60;

/// What is of the host, of the day, or only a copy of something.
constexpr std::array<const char*, 13> kRemoved = {"etc/hostname",
                                                  "etc/resolv.conf",
                                                  "etc/passwd-",
                                                  "etc/group-",
                                                  "etc/shadow-",
                                                  "etc/gshadow-",
                                                  "etc/subuid-",
                                                  "etc/subgid-",
                                                  "var/cache/ldconfig/aux-cache",
                                                  "var/lib/systemd/random-seed",
                                                  "var/log/journal",
                                                  "var/lib/dpkg/status-old",
                                                  "var/lib/dpkg/diversions-old"};

/// Of these only the directories stay.
constexpr std::array<const char*, 3> kEmptied = {"var/cache/apt", "var/lib/apt/lists",
                                                 "var/log/apt"};

/// Rewrites a file in place, which keeps its owner and mode.
void rewrite(const fs::path& file, const std::string& content) {
  const base::Fd fd = base::open_file(file, O_WRONLY | O_TRUNC);
  base::write_all(fd.get(), content, file.string());
}

/// When a package's file was last changed: by whoever made the package.
std::int64_t newest_packaged(const fs::path& tree) {
  std::int64_t newest = 0;
  for (const auto& entry : fs::directory_iterator(tree / "var/lib/dpkg/info")) {
    if (entry.path().extension() != ".list") continue;
    for (const std::string& line : base::lines_of(base::read_file(entry.path()))) {
      struct stat status = {};
      if (::lstat((tree / fs::path(line).relative_path()).c_str(), &status) != 0) continue;
      if (S_ISREG(status.st_mode)) newest = std::max<std::int64_t>(newest, status.st_mtim.tv_sec);
    }
  }
  return newest;
}

/// The day on which a password was set last, which is the day of the installation.
void settle_shadow(const fs::path& tree, std::int64_t epoch) {
  const fs::path file = tree / "etc/shadow";
  const auto text = base::read_file_if_exists(file);
  if (!text) return;
  std::string settled;
  for (const std::string& line : base::lines_of(*text)) {
    const std::size_t second = line.find(':', line.find(':') + 1);
    const std::size_t third = second == std::string::npos ? second : line.find(':', second + 1);
    settled += third == std::string::npos ? line
                                          : fmt::format("{}{}{}", line.substr(0, second + 1),
                                                        epoch / kSecondsOfDay, line.substr(third));
    settled += "\n";
  }
  rewrite(file, settled);
}

void remove_files(const fs::path& directory) {
  std::error_code ignored;
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(directory, kOptions, ignored)) {
    if (!fs::is_directory(entry.symlink_status(ignored))) files.push_back(entry.path());
  }
  for (const fs::path& file : files) fs::remove(file, ignored);
}

void clean_logs(const fs::path& tree) {
  std::error_code ignored;
  for (const auto& entry : fs::recursive_directory_iterator(tree / "var/log", kOptions, ignored)) {
    if (entry.is_regular_file(ignored) && !entry.is_symlink(ignored) &&
        entry.file_size(ignored) > 0) {
      rewrite(entry.path(), "");
    }
  }
}

void settle_time(const fs::path& path, std::int64_t epoch, bool always) {
  struct stat status = {};
  if (::lstat(path.c_str(), &status) != 0) return;
  if (!always && status.st_mtim.tv_sec <= epoch) return;
  const std::array<timespec, 2> times = {{{epoch, 0}, {epoch, 0}}};
  if (::utimensat(AT_FDCWD, path.c_str(), times.data(), AT_SYMLINK_NOFOLLOW) != 0) {
    throw base::SystemError("cannot set the time of " + path.string());
  }
}

}  // namespace

std::int64_t make_reproducible(const fs::path& tree) {
  // Nothing is made anew: for fakeroot it would be the file that had its inode before.
  for (const char* path : kRemoved) base::remove_all_quietly(tree / path);
  for (const char* path : kEmptied) remove_files(tree / path);
  clean_logs(tree);
  // Empty: systemd makes one for the run.
  if (fs::exists(tree / "etc/machine-id")) rewrite(tree / "etc/machine-id", "");
  std::error_code ignored;
  fs::remove(tree / "var/lib/dbus/machine-id", ignored);
  const std::int64_t epoch = newest_packaged(tree);
  settle_shadow(tree, epoch);
  for (const auto& entry : fs::recursive_directory_iterator(tree, kOptions)) {
    // A directory's time changes with what is in it.
    settle_time(entry.path(), epoch, fs::is_directory(entry.symlink_status(ignored)));
  }
  settle_time(tree, epoch, true);
  return epoch;
}

std::uint64_t write_packages(const fs::path& tree, const fs::path& file) {
  std::vector<std::string> packages;
  std::string name;
  for (const std::string& line : base::lines_of(base::read_file(tree / "var/lib/dpkg/status"))) {
    if (line.starts_with("Package: ")) name = line.substr(9);
    if (line.starts_with("Version: ")) packages.push_back(name + " " + line.substr(9));
  }
  std::sort(packages.begin(), packages.end());
  std::string text;
  for (const std::string& package : packages) text += package + "\n";
  base::write_file_atomically(file, text);
  return packages.size();
}

}  // namespace quiz::root
