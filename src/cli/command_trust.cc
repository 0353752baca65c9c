// `quiz trust`: agreeing to what a project wants of the host.
#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "cli/command.h"
#include "cli/profiles.h"
#include "cli/standard_streams.h"
#include "config/project.h"
#include "config/settings_file.h"
#include "profile/manifest.h"

namespace quiz::cli {

namespace fs = std::filesystem;

namespace {

/// The project that `directory` is in.
fs::path project_of(const fs::path& directory) {
  std::error_code error;
  const fs::path start = fs::canonical(directory, error);
  if (error) throw base::Error("there is no directory " + directory.string());
  const auto found = config::find_project(start);
  if (found) return *found;
  throw base::Error(
      fmt::format("{} is in no project: nothing has .quiz or .quiz.toml", start.string()),
      "cd to one, or name its directory: quiz trust DIR");
}

/// What one can agree to: its settings files and its profiles' folders.
std::vector<fs::path> parts_of(const Context& context, const fs::path& project) {
  std::vector<fs::path> parts;
  std::error_code error;
  for (const char* file : {config::kProjectFile, config::kRememberedFile}) {
    if (fs::is_regular_file(project / file, error)) parts.push_back(project / file);
  }
  std::vector<std::string> warnings;
  const auto profiles = config::project_directory(project, "profiles", warnings);
  for (const std::string& warning : warnings) context.reporter.warning(warning);
  std::vector<fs::path> folders;
  for (const auto& entry : fs::directory_iterator(profiles.value_or(fs::path()), error)) {
    if (profile::is_name(entry.path().filename().string())) folders.push_back(entry.path());
  }
  std::sort(folders.begin(), folders.end());
  parts.insert(parts.end(), folders.begin(), folders.end());
  return parts;
}

void print_parts(const Context& context, const std::vector<fs::path>& parts) {
  for (const fs::path& part : parts) {
    const bool agreed = consent(context).given(part, profile::digest_of(part));
    print(fmt::format("{}  {}\n", agreed ? "agreed    " : "not agreed", part.string()));
  }
}

}  // namespace

int command_trust(const Context& context, const std::vector<std::string>& words) {
  std::string action, directory = ".";
  for (const std::string& word : words) {
    if (word == "--list" || word == "--remove") {
      action = word;
    } else if (word.starts_with("-")) {
      throw base::Error(fmt::format("trust does not know '{}'", word),
                        "usage: quiz trust [DIR] [--list | --remove]");
    } else {
      directory = word;
    }
  }
  const fs::path project = project_of(directory);
  const std::vector<fs::path> parts = parts_of(context, project);
  if (parts.empty()) {
    print(fmt::format("there is nothing in {} to agree to\n", project.string()));
    return 0;
  }
  if (action == "--remove") consent(context).withdraw(parts);
  if (action.empty()) consent(context).give(parts);
  print_parts(context, parts);
  return 0;
}

}  // namespace quiz::cli
