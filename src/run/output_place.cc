#include "run/output_place.h"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/below.h"
#include "base/error.h"

namespace quiz::run {

namespace fs = std::filesystem;

namespace {

/// As the kernel would find it, as far as it exists.
fs::path real(const fs::path& path) {
  std::error_code error;
  fs::path result = fs::weakly_canonical(path, error);
  if (error) result = path.lexically_normal();
  return result.has_filename() ? result : result.parent_path();
}

std::vector<fs::path> homes() {
  std::vector<fs::path> found;
  if (const char* home = std::getenv("HOME"); home != nullptr && home[0] == '/') {
    found.push_back(real(home));
  }
  if (const passwd* entry = ::getpwuid(::geteuid()); entry != nullptr && entry->pw_dir[0] == '/') {
    found.push_back(real(entry->pw_dir));
  }
  // A service's home may be any directory; "/" is refused already.
  std::erase(found, fs::path("/"));
  return found;
}

[[noreturn]] void refuse(const fs::path& output, const std::string& reason) {
  throw base::Error(fmt::format("--output {}: {}", output.string(), reason),
                    "name a directory that is for results alone, such as --output results");
}

enum class InProject { no, believed, results };

/// PROJECT/.quiz/results/NAME is where `quiz openzfs test` keeps them; the rest quiz believes.
InProject where_in_project(const fs::path& output) {
  for (auto part = output.begin(); part != output.end(); ++part) {
    if (*part != ".quiz") continue;
    auto next = std::next(part);
    const bool of_results = next != output.end() && *next == "results" && ++next != output.end();
    return of_results ? InProject::results : InProject::believed;
  }
  return InProject::no;
}

bool is_project(const fs::path& directory) {
  std::error_code ignored;
  return fs::exists(fs::symlink_status(directory / ".quiz", ignored)) ||
         fs::exists(fs::symlink_status(directory / ".quiz.toml", ignored));
}

}  // namespace

void check_output_place(const fs::path& output, const base::Paths& paths, const fs::path& project) {
  const fs::path place = real(output);
  if (place == "/") refuse(output, "the guest could write everywhere");
  for (const char* pseudo : {"/proc", "/sys", "/dev"}) {
    if (base::is_below(place, pseudo) && !base::is_below(place, "/dev/shm")) {
      refuse(output, fmt::format("{} has no files of yours", pseudo));
    }
  }
  for (const fs::path& home : homes()) {
    if (base::is_below(home, place)) {
      refuse(output,
             "the guest could write what your shell and other programs read at their start");
    }
  }
  const InProject where = where_in_project(place);
  for (const fs::path& own : {paths.config, paths.data, paths.cache, paths.runtime}) {
    const fs::path directory = real(own);
    const bool inside = base::is_below(place, directory) && where != InProject::results;
    if (inside || base::is_below(directory, place)) {
      refuse(output, fmt::format("the guest could write quiz's own files ({})", own.string()));
    }
  }
  if (where == InProject::believed || is_project(place) ||
      (!project.empty() && base::is_below(real(project), place))) {
    refuse(output, "the guest could write a project's .quiz or .quiz.toml, which quiz follows");
  }
}

}  // namespace quiz::run
