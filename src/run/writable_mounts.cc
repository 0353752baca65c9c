#include "run/writable_mounts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
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

Found find_directory(const std::string& words, bool writable) {
  std::error_code error;
  Found found;
  found.named = without_slash(fs::absolute(words, error).lexically_normal());
  if (error) refuse(words, "the current directory is gone", "cd to another one");
  const fs::file_status status = fs::status(found.named, error);
  if (!fs::exists(status)) {
    const bool has_colon = words.find(':') != std::string::npos;
    refuse(found.named, "there is no such directory",
           has_colon
               ? "a place in the machine begins with a slash: -w DIR:/PLACE; options are rw, ro, "
                 "cow and map"
               : "make it first: mkdir -p " + found.named.string());
  }
  if (!fs::is_directory(status)) refuse(found.named, "it is no directory");
  found.real = fs::canonical(found.named, error);
  const int rights = writable ? W_OK | X_OK : R_OK | X_OK;
  if (error || ::access(found.real.c_str(), rights) != 0) {
    refuse(found.named, fmt::format("you may not {} there yourself", writable ? "write" : "look"));
  }
  return found;
}

/// Of the kernel's own file systems and of what runs there is nothing to be shown.
void check_files(const Found& found) {
  for (const fs::path& hidden : root::hidden_directories()) {
    if (base::is_below(found.real, hidden) && !base::is_below(found.real, "/dev/shm")) {
      refuse(found.named, fmt::format("{} has no files of yours", hidden.string()));
    }
  }
}

void check_system(const Found& found) {
  if (found.real == "/") refuse(found.named, "the guest could write everywhere");
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

struct Options {
  bool writable = true;
  bool copy_on_write = false;
  bool mapped = false;
};

Options read_options(const config::WritableWords& words) {
  Options options;
  std::string mode;
  for (const std::string& option : words.options) {
    if (option == "map") {
      options.mapped = true;
      continue;
    }
    const auto& known = config::kWriteOptions;
    if (std::find(known.begin(), known.end(), option) == known.end()) {
      refuse(words.directory, fmt::format("'{}' is no option", option),
             fmt::format("there are {}", fmt::join(known, ", ")));
    }
    if (!mode.empty() && mode != option) {
      refuse(words.directory, fmt::format("{} and {} exclude one another", mode, option),
             "rw: it may be written; ro: not; cow: what is written vanishes with the machine");
    }
    mode = option;
  }
  options.copy_on_write = mode == "cow";
  options.writable = mode.empty() || mode == "rw";
  if (options.mapped && !options.writable) {
    refuse(words.directory, fmt::format("map says how files are written, and {} keeps them", mode),
           "leave map out");
  }
  return options;
}

/// Where a file system keeps attributes, one that is not there is missed, not impossible.
void check_attributes(const Found& found) {
  if (::getxattr(found.real.c_str(), "user.virtfs.uid", nullptr, 0) >= 0 || errno == ENODATA)
    return;
  refuse(found.named, "its file system has no user attributes, in which map keeps owners and modes",
         "leave map out, or name a directory on a disk");
}

void check_writable(const Found& found, const base::Paths& paths, const fs::path& project) {
  check_system(found);
  check_homes(found);
  check_own(found, paths, project);
}

/// The directories and places of those before.
class Taken {
 public:
  void add(const Found& found, const fs::path& place, bool writable) {
    for (const Mount& other : mounts_) {
      // In the other's it would show what is read-only there under a name that is not.
      if ((writable || other.writable) && overlap(found.real, other.directory)) {
        refuse(found.named, fmt::format("it and {} are in one another", other.directory.string()),
               "name the outer one alone");
      }
      if (overlap(place, other.place)) {
        refuse(found.named,
               fmt::format("its place {} and {} are in one another", place.string(),
                           other.place.string()),
               "give each a place of its own: -w DIR:/PLACE");
      }
    }
    mounts_.push_back({found.real, place, writable});
  }

 private:
  struct Mount {
    fs::path directory;
    fs::path place;
    bool writable;
  };
  std::vector<Mount> mounts_;
};

}  // namespace

NamedMounts named_mounts(const config::ValueList<std::string>& writes, const base::Paths& paths,
                         const fs::path& project, const fs::path& directory) {
  NamedMounts mounts;
  Taken taken;
  if (writes.size() > kMost) {
    throw base::Error(fmt::format("-w: {} directories are more than {}", writes.size(), kMost),
                      "name one that contains several");
  }
  const auto add = [&](const std::string& text) {
    const config::WritableWords words = config::split_write(text);
    const Options options = read_options(words);
    const Found found = find_directory(words.directory, options.writable);
    check_files(found);
    if (options.writable) check_writable(found, paths, project);
    if (options.mapped) check_attributes(found);
    const fs::path place = find_place(found, words.place, directory);
    taken.add(found, place, options.writable);
    if (options.writable) {
      mounts.writes.push_back({found.real, place, followed_files(found), options.mapped});
    } else {
      mounts.shown.push_back({found.real, place, options.copy_on_write});
    }
  };
  for (const auto& write : writes) {
    if (write.origin.source == config::Source::kFlag) {
      add(write.value);
    } else {
      base::with_note("asked for by " + write.origin.place, [&] { add(write.value); });
    }
  }
  return mounts;
}

}  // namespace quiz::run
