#include "config/project.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/settings_file.h"
#include "config/trust.h"

namespace quiz::config {

namespace fs = std::filesystem;

std::optional<fs::path> find_project(const fs::path& start) {
  if (start.empty()) return std::nullopt;
  for (fs::path here = start;; here = here.parent_path()) {
    std::error_code ignored;
    const auto exists = [&](const char* name) {
      return fs::exists(fs::symlink_status(here / name, ignored));
    };
    if (exists(".quiz.toml") || exists(".quiz")) return here;
    if (here == here.parent_path()) return std::nullopt;
  }
}

fs::path project_of(const fs::path& part) {
  if (part.filename() == kProjectFile) return part.parent_path();
  for (fs::path here = part; here.has_relative_path(); here = here.parent_path()) {
    if (here.filename() == ".quiz") return here.parent_path();
  }
  return part.parent_path();
}

std::optional<fs::path> project_directory(const fs::path& start, const std::string& name,
                                          std::vector<std::string>& warnings) {
  const auto project = find_project(start);
  if (!project) return std::nullopt;
  const fs::path top = *project / ".quiz";
  fs::path wanted = top / name;
  std::error_code ignored;
  if (!fs::is_directory(wanted, ignored)) return std::nullopt;
  for (const fs::path& path : {top, wanted}) {
    const std::string reason = distrust_directory(path);
    if (reason.empty()) continue;
    const std::string warning = fmt::format("ignoring {}: {}", path.string(), reason);
    if (std::find(warnings.begin(), warnings.end(), warning) == warnings.end()) {
      warnings.push_back(warning);
    }
    return std::nullopt;
  }
  return wanted;
}

}  // namespace quiz::config
