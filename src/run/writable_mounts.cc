#include "run/writable_mounts.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <string>

#include "base/below.h"
#include "base/error.h"
#include "config/values.h"
#include "root/sharing.h"
#include "run/hidden_paths.h"

namespace quiz::run {

namespace fs = std::filesystem;

namespace {

/// The view has room for so many, with what in each stays read-only.
constexpr std::size_t kMost = 16;

[[noreturn]] void refuse(const fs::path& named, const std::string& reason,
                         const std::string& hint = "name a directory of your own, such as -w .") {
  throw base::Error(fmt::format("-w {}: {}", named.string(), reason), hint);
}

fs::path without_slash(const fs::path& path) {
  return path.has_filename() || path == "/" ? path : path.parent_path();
}

/// The words' directory, as it is named and as it is.
struct Found {
  fs::path named;
  fs::path real;
};

Found find_directory(const std::string& words) {
  std::error_code error;
  Found found;
  found.named = without_slash(fs::absolute(words, error).lexically_normal());
  if (error) refuse(words, "the current directory is gone", "cd to another one");
  const fs::file_status status = fs::status(found.named, error);
  if (!fs::exists(status)) {
    const bool has_colon = words.find(':') != std::string::npos;
    refuse(found.named, "there is no such directory",
           has_colon ? "a place in the machine begins with a slash: -w DIR:/PLACE"
                     : "make it first: mkdir -p " + found.named.string());
  }
  if (!fs::is_directory(status)) refuse(found.named, "it is no directory");
  found.real = fs::canonical(found.named, error);
  if (error || ::access(found.real.c_str(), W_OK | X_OK) != 0) {
    refuse(found.named, "you may not write there yourself");
  }
  return found;
}

void check_system(const Found& found) {
  if (found.real == "/") refuse(found.named, "the guest could write everywhere");
  for (const fs::path& hidden : root::hidden_directories()) {
    if (base::is_below(found.real, hidden) && !base::is_below(found.real, "/dev/shm")) {
      refuse(found.named, fmt::format("{} has no files of yours", hidden.string()));
    }
  }
  if (root::directory_view(found.real) == root::DirectoryView::own) {
    refuse(found.named, "it is part of this machine's system");
  }
  struct stat status = {};
  constexpr mode_t kEverybodys = S_ISVTX | S_IWOTH;
  if (::stat(found.real.c_str(), &status) == 0 && (status.st_mode & kEverybodys) == kEverybodys) {
    refuse(found.named, "other users have their files there");
  }
}

/// A home, what contains one, and what of it is hidden by its name: settings, keys, programs.
void check_homes(const Found& found) {
  for (const fs::path& home : homes()) {
    std::error_code error;
    const fs::path real = fs::weakly_canonical(home, error);
    if (error || real == "/") continue;
    if (base::is_below(real, found.real)) {
      refuse(found.named,
             "the guest could write what your shell and other programs read at their start");
    }
    if (!base::is_below(found.real, real)) continue;
    const fs::path below = found.real.lexically_relative(real);
    const bool is_hidden = below.begin()->string().starts_with('.') && *below.begin() != ".cache";
    if (is_hidden) {
      refuse(found.named, fmt::format("{} is for your programs' settings and secrets",
                                      (real / *below.begin()).string()));
    }
  }
}

void check_own(const Found& found, const base::Paths& paths, const fs::path& project) {
  for (const fs::path& own : {paths.config, paths.data, paths.cache, paths.runtime}) {
    std::error_code error;
    const fs::path real = without_slash(fs::weakly_canonical(own, error));
    if (error) continue;
    if (base::is_below(found.real, real) || base::is_below(real, found.real)) {
      refuse(found.named, fmt::format("the guest could write quiz's own files ({})", own.string()));
    }
  }
  const bool in_quiz = std::find(found.real.begin(), found.real.end(), ".quiz") != found.real.end();
  std::error_code error;
  const fs::path real = project.empty() ? project : fs::weakly_canonical(project, error);
  if (in_quiz || (!real.empty() && real != found.real && base::is_below(real, found.real))) {
    refuse(found.named, "the guest could write a project's .quiz or .quiz.toml, which quiz follows",
           "name the project's directory itself, or one in it");
  }
}

/// What stays read-only by one name must not be writable by another.
void check_names(const Found& found, const fs::path& file) {
  std::error_code ignored;
  const std::vector<fs::path> files =
      fs::is_directory(file) ? std::vector{file / "config.toml"} : std::vector{file};
  for (const fs::path& one : files) {
    if (!fs::is_regular_file(one, ignored) || fs::hard_link_count(one, ignored) < 2) continue;
    refuse(found.named,
           fmt::format("{} has a second name (a hard link), by which the guest could change it",
                       one.string()),
           "make it a file of its own: cp -p it, and mv that over it");
  }
}

/// What in it quiz follows when it runs there. A link could be made one to elsewhere.
std::vector<fs::path> followed_files(const Found& found) {
  std::vector<fs::path> files;
  for (const char* name : {".quiz", ".quiz.toml"}) {
    std::error_code ignored;
    const fs::file_status status = fs::symlink_status(found.real / name, ignored);
    if (!fs::exists(status)) continue;
    if (fs::is_symlink(status)) {
      refuse(found.named,
             fmt::format("{} there is a symbolic link, which the guest could change", name));
    }
    check_names(found, found.real / name);
    files.push_back(found.real / name);
  }
  return files;
}

fs::path find_place(const Found& found, const std::string& words, const fs::path& directory) {
  const fs::path place =
      words.empty() ? found.named : without_slash(fs::path(words).lexically_normal());
  const std::string hint = "name a place of its own in the machine: -w DIR:/mnt/work";
  if (place == "/") refuse(found.named, "its place in the machine cannot be /", hint);
  for (const char* own : {"/proc", "/sys", "/dev", "/run/quiz"}) {
    if (base::is_below(place, own) && !base::is_below(place, "/dev/shm")) {
      refuse(found.named, fmt::format("{} is the machine's own", own), hint);
    }
  }
  std::error_code error;
  const bool covers =
      base::is_below(directory, place) &&
      !fs::equivalent(found.real / directory.lexically_relative(place), directory, error);
  if (covers) {
    refuse(found.named,
           fmt::format("at {} it would cover the directory in which the program runs, {}",
                       place.string(), directory.string()),
           hint);
  }
  return place;
}

bool overlap(const fs::path& one, const fs::path& other) {
  return base::is_below(one, other) || base::is_below(other, one);
}

}  // namespace

std::vector<WritableMount> writable_mounts(const config::ValueList<std::string>& writes,
                                           const base::Paths& paths, const fs::path& project,
                                           const fs::path& directory) {
  std::vector<WritableMount> mounts;
  if (writes.size() > kMost) {
    throw base::Error(fmt::format("-w: {} directories are more than {}", writes.size(), kMost),
                      "name one that contains several");
  }
  for (const auto& write : writes) {
    const config::WritableWords words = config::split_write(write.value);
    const Found found = find_directory(words.directory);
    check_system(found);
    check_homes(found);
    check_own(found, paths, project);
    WritableMount mount{found.real, find_place(found, words.place, directory),
                        followed_files(found)};
    for (const WritableMount& other : mounts) {
      // In the other's it would show what is read-only there under a name that is not.
      if (overlap(mount.directory, other.directory)) {
        refuse(found.named, fmt::format("it and {} are in one another", other.directory.string()),
               "name the outer one alone");
      }
      if (overlap(mount.place, other.place)) {
        refuse(found.named,
               fmt::format("its place {} and {} are in one another", mount.place.string(),
                           other.place.string()),
               "give each a place of its own: -w DIR:/PLACE");
      }
    }
    mounts.push_back(std::move(mount));
  }
  return mounts;
}

}  // namespace quiz::run
