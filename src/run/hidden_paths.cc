#include "run/hidden_paths.h"

#include <fmt/format.h>
#include <glob.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

#include "base/below.h"
#include "base/error.h"

namespace quiz::run {

namespace fs = std::filesystem;

namespace {

void add_once(std::vector<fs::path>& paths, const fs::path& path) {
  std::error_code error;
  const fs::path canonical = fs::canonical(path, error);
  if (error || std::find(paths.begin(), paths.end(), canonical) != paths.end()) return;
  paths.push_back(canonical);
}

/// A directory's name in a pattern.
std::string quoted(const fs::path& path) {
  std::string text;
  for (const char c : path.string()) {
    if (std::string_view("*?[\\").find(c) != std::string_view::npos) text += '\\';
    text += c;
  }
  return text;
}

void add_matches(const std::string& pattern, std::vector<fs::path>& paths) {
  glob_t found = {};
  const std::unique_ptr<glob_t, void (*)(glob_t*)> owner(&found, ::globfree);
  if (::glob(pattern.c_str(), GLOB_NOSORT, nullptr, &found) != 0) return;
  for (std::size_t i = 0; i < found.gl_pathc; ++i) {
    const fs::path path(found.gl_pathv[i]);
    // "~/.*" means no directory above.
    const bool dots = path.filename() == "." || path.filename() == "..";
    if (!dots || fs::path(pattern).filename() == path.filename()) add_once(paths, path);
  }
}

}  // namespace

std::vector<fs::path> homes() {
  std::vector<fs::path> result;
  if (const char* home = std::getenv("HOME"); home != nullptr && home[0] == '/') {
    add_once(result, home);
  }
  if (const passwd* entry = ::getpwuid(::geteuid()); entry != nullptr) {
    add_once(result, entry->pw_dir);
  }
  if (::geteuid() == 0) {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator("/home", error)) {
      if (entry.is_directory(error)) add_once(result, entry.path());
    }
  }
  // A daemon's home is `/`, and nothing there is a user's.
  std::erase(result, fs::path("/"));
  return result;
}

std::vector<fs::path> matching_paths(const std::vector<std::string>& patterns,
                                     const std::vector<fs::path>& homes,
                                     const fs::path& directory) {
  std::vector<fs::path> paths;
  for (const std::string& pattern : patterns) {
    if (pattern == "~" || pattern.starts_with("~/")) {
      for (const fs::path& home : homes) add_matches(quoted(home) + pattern.substr(1), paths);
    } else {
      add_matches(pattern.starts_with("/") ? pattern : quoted(directory) + "/" + pattern, paths);
    }
  }
  return paths;
}

void check_hidden(const std::vector<fs::path>& hidden, const std::vector<NeededPath>& needed,
                  const std::string& hint) {
  for (const fs::path& path : hidden) {
    if (path == "/") throw base::Error("all of / cannot be hidden", hint);
    for (const NeededPath& one : needed) {
      std::error_code error;
      if (one.path.empty()) continue;
      const fs::path real = fs::weakly_canonical(one.path, error);
      if (error || !base::is_below(real, path)) continue;
      throw base::Error(fmt::format("{} cannot be hidden: {} is {}", path.string(), one.what,
                                    path == real ? "there" : real.string()),
                        hint);
    }
  }
}

}  // namespace quiz::run
