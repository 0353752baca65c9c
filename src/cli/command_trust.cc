// `quiz trust`: agreeing to the hooks of a project.
#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "cli/command.h"
#include "cli/profiles.h"
#include "cli/standard_streams.h"
#include "config/project.h"

namespace quiz::cli {

namespace fs = std::filesystem;

namespace {

/// The .quiz/profiles of the project that `directory` is in.
fs::path profiles_of(const Context& context, const fs::path& directory) {
  std::error_code error;
  const fs::path start = fs::canonical(directory, error);
  if (error) throw base::Error("there is no directory " + directory.string());
  std::vector<std::string> warnings;
  const auto found = config::project_directory(start, "profiles", warnings);
  for (const std::string& warning : warnings) context.reporter.warning(warning);
  if (!found) {
    throw base::Error(fmt::format("{} is in no project with .quiz/profiles", start.string()),
                      "cd to one, or name its directory: quiz trust DIR");
  }
  return *found;
}

void print_hooks(const Context& context, const std::vector<fs::path>& hooks) {
  for (const fs::path& hook : hooks) {
    const bool agreed = consent(context).given(hook, base::read_file(hook));
    print(fmt::format("{}  {}\n", agreed ? "agreed    " : "not agreed", hook.string()));
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
  const fs::path profiles = profiles_of(context, directory);
  const std::vector<fs::path> hooks = profile::host_hooks_in(profiles);
  if (action == "--remove") {
    consent(context).withdraw(profiles);
    print(fmt::format("no hook below {} runs on this host any more\n", profiles.string()));
    return 0;
  }
  if (hooks.empty()) {
    print(fmt::format("there are no hooks for the host below {}\n", profiles.string()));
    return 0;
  }
  if (action.empty()) consent(context).give(hooks);
  print_hooks(context, hooks);
  return 0;
}

}  // namespace quiz::cli
