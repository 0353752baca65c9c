#include "run/host_only.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <string_view>

#include "base/below.h"
#include "root/sharing.h"

namespace quiz::run {

namespace fs = std::filesystem;

namespace {

bool is_one_of(const fs::path& path, const auto& paths) {
  return std::find(std::begin(paths), std::end(paths), path) != std::end(paths);
}

mode_t type_of(const fs::path& path) {
  struct stat status = {};
  return ::stat(path.c_str(), &status) == 0 ? status.st_mode & S_IFMT : 0;
}

bool is_end_of_pipe(const fs::path& path) {
  const mode_t type = type_of(path);
  return type == S_IFSOCK || type == S_IFIFO;
}

/// Of "unix:path=/tmp/x" what begins with the slash; empty if a value is no path.
std::string path_in(std::string_view value) {
  const std::size_t colon = value.find(':');
  const bool scheme = colon != std::string_view::npos && colon > 0 &&
                      std::all_of(value.begin(), value.begin() + static_cast<std::ptrdiff_t>(colon),
                                  [](unsigned char c) { return std::isalpha(c) != 0; });
  if (scheme) {
    value.remove_prefix(colon + 1);
    for (const std::string_view beginning : {"path=", "//"}) {
      if (value.starts_with(beginning)) value.remove_prefix(beginning.size());
    }
  }
  return std::string(value.starts_with('/') ? value : std::string_view());
}

std::string value_of(const std::string& variable) {
  return variable.substr(std::min(variable.find('=') + 1, variable.size()));
}

}  // namespace

bool lies_on_host_only(const fs::path& path, const fs::path& directory) {
  static const std::array<fs::path, 4> kOfEveryMachine = {"/dev", "/dev/pts", "/dev/shm", "/run"};
  std::error_code error;
  const fs::path real = fs::canonical(path, error);
  if (error || is_one_of(real, kOfEveryMachine)) return false;
  if (root::needs_own_share(directory) && base::is_below(real, directory)) return false;
  if (base::is_below(real, "/run")) return true;
  const mode_t type = type_of(real);
  const bool device = type == S_IFCHR || type == S_IFBLK;
  return base::is_below(real, "/dev") && (!device || base::is_below(real, "/dev/pts"));
}

bool names_host_only(const std::string& value, const fs::path& directory) {
  const std::string path = path_in(value);
  if (path.empty()) return false;
  return lies_on_host_only(path, directory) || is_end_of_pipe(path) ||
         is_end_of_pipe(path.substr(0, path.find_first_of(",:;?")));
}

std::vector<std::string> warnings_of_host_only(const Request& request) {
  std::vector<std::string> warnings;
  const fs::path& directory = request.directory;
  for (std::size_t i = 1; i < request.words.size(); ++i) {
    const fs::path path = directory / request.words[i];
    if (!request.words[i].empty() && lies_on_host_only(path, directory)) {
      warnings.push_back(
          fmt::format("{} is on this host only: the machine has a {} of its own", request.words[i],
                      fs::weakly_canonical(path).string().starts_with("/run") ? "/run" : "/dev"));
    } else if (type_of(path) == S_IFIFO) {
      warnings.push_back(
          fmt::format("{} is a FIFO: its other end stays on this host", request.words[i]));
    }
  }
  std::vector<std::string> variables = request.environment_additions;
  if (const char* home = std::getenv("HOME")) variables.push_back(std::string("HOME=") + home);
  for (const std::string& variable : variables) {
    if (!names_host_only(value_of(variable), directory)) continue;
    warnings.push_back(
        fmt::format("{} names what is on this host only: the machine cannot use it", variable));
  }
  return warnings;
}

}  // namespace quiz::run
