// `quiz trust`: agreeing to what a project wants of the host.
#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "cli/command.h"
#include "cli/standard_streams.h"
#include "config/load.h"
#include "config/project.h"
#include "config/settings.h"
#include "profile/effects.h"
#include "profile/manifest.h"
#include "profile/selection.h"
#include "root/layers.h"
#include "run/profile_choice.h"
#include "run/project_consent.h"

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

/// The settings that the project alone makes.
config::Settings settings_of(const Context& context, const fs::path& project) {
  config::Loaded loaded = config::load_settings({{}, project, {}, {}});
  for (const std::string& warning : loaded.warnings) context.reporter.warning(warning);
  return std::move(loaded.settings);
}

/// A project as it stands: what can be agreed to in it, and what it asks for.
struct Project {
  config::Settings settings;
  std::vector<profile::Part> parts;
  std::vector<config::Ask> asks;

  void add(const std::vector<config::Ask>& more) {
    for (const config::Ask& ask : more) {
      const bool known = std::any_of(asks.begin(), asks.end(), [&](const config::Ask& one) {
        return one.what == ask.what && one.project == ask.project;
      });
      if (!known) asks.push_back(ask);
    }
  }
};

void add_layers(const Context& context, const fs::path& directory, Project& project) {
  std::vector<std::string> warnings;
  const auto layers = root::find_layers(context.paths.config, directory,
                                        context.settings.architecture.value, warnings);
  for (const std::string& warning : warnings) context.reporter.warning(warning);
  const auto asks = run::asks_of_layers(layers);
  project.add(asks);
  for (const config::Ask& ask : asks) {
    if (ask.row->may == config::May::if_trusted) {
      project.parts.push_back(run::part_of(project.settings, ask));
    }
  }
}

/// Its profiles, be they named by its settings or not.
void add_profiles(const Context& context, const fs::path& directory, Project& project) {
  std::vector<std::string> warnings;
  const auto folders = config::project_directory(directory, "profiles", warnings);
  for (const std::string& warning : warnings) context.reporter.warning(warning);
  const run::ProfilePlaces places{directory,
                                  {folders.value_or(fs::path()), context.paths.data / "profiles"}};
  const auto try_to = [&](const auto& work) {
    try {
      work();
    } catch (const base::Error& error) {  // of the others the caller shall hear nevertheless
      context.reporter.warning(error.message());
    }
  };
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folders.value_or(fs::path()), error)) {
    const std::string name = entry.path().filename().string();
    if (profile::is_name(name)) names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  for (const std::string& name : names) {
    const fs::path folder = *folders / name;
    project.parts.push_back({folder, profile::digest_of(folder)});
    try_to([&] {
      const profile::Wish wish{name, {}, folder.string(), {}, folder, {}};
      const profile::Catalog catalog(places.places);
      project.add(profile::combine(profile::choose(catalog, {wish}, directory)).asks);
    });
  }
  try_to([&] { project.add(run::effects_of(project.settings, places).asks); });
}

Project examine(const Context& context, const fs::path& directory) {
  Project project{settings_of(context, directory), {}, {}};
  for (const config::ProjectFile& file : project.settings.project_files) {
    // What stands above it is another project's.
    if (file.project == directory) project.parts.push_back({file.path, file.sha256});
  }
  project.add(run::asks_of_settings(project.settings));
  add_layers(context, directory, project);
  add_profiles(context, directory, project);
  return project;
}

std::string word_for(const Context& context, const Project& project, const config::Ask& ask) {
  switch (ask.row->may) {
    case config::May::freely:
      return "freely";
    case config::May::never:
      return "never";
    case config::May::if_trusted:
      break;
  }
  return run::consent(context.paths).given(run::part_of(project.settings, ask)) ? "agreed"
                                                                                : "not agreed";
}

std::string_view word_for(config::May may) {
  return may == config::May::freely ? "freely" : may == config::May::never ? "never" : "quiz trust";
}

/// The table, with a star before what the project asks for.
void print_table(const Context& context, const Project& project) {
  std::string text = fmt::format("  {:<18} {:<35} {:<11} {}\n", "A PROJECT'S", "IF IT IS",
                                 "MAY HAVE IT", "WHICH REACHES");
  for (const config::ConsentRow& row : config::consent_table()) {
    const bool asked = std::any_of(project.asks.begin(), project.asks.end(),
                                   [&](const config::Ask& ask) { return ask.row == &row; });
    text += fmt::format("{} {:<18} {:<35} {:<11} {}\n", asked ? '*' : ' ', row.subject, row.when,
                        word_for(row.may), row.reaches);
  }
  text +=
      project.asks.empty() ? "\nThis project asks for nothing.\n" : "\nThis project asks for:\n";
  for (const config::Ask& ask : project.asks) {
    text += fmt::format("  {:<10}  {}: {}\n", word_for(context, project, ask), ask.place, ask.what);
  }
  print(text);
}

void print_parts(const Context& context, const Project& project) {
  for (const profile::Part& part : project.parts) {
    const bool agreed = run::consent(context.paths).given(part);
    std::string text =
        fmt::format("{}  {}\n", agreed ? "agreed    " : "not agreed", part.path.string());
    for (const config::Ask& ask : project.asks) {
      if (ask.project != part.path || ask.row->may != config::May::if_trusted) continue;
      text += fmt::format("            {}: it reaches {}\n", ask.what, ask.row->reaches);
    }
    print(text);
  }
}

}  // namespace

int command_trust(const Context& context, const std::vector<std::string>& words) {
  std::string action, directory = ".";
  for (const std::string& word : words) {
    if (word == "--list" || word == "--show" || word == "--remove") {
      action = word;
    } else if (word.starts_with("-")) {
      throw base::Error(fmt::format("trust does not know '{}'", word),
                        "usage: quiz trust [DIR] [--list | --show | --remove]");
    } else {
      directory = word;
    }
  }
  const Project project = examine(context, project_of(directory));
  if (action == "--show") {
    print_table(context, project);
    return 0;
  }
  if (project.parts.empty()) {
    print(fmt::format("there is nothing in {} to agree to\n", project_of(directory).string()));
    return 0;
  }
  if (action == "--remove") run::consent(context.paths).withdraw(project.parts);
  if (action.empty()) run::consent(context.paths).give(project.parts);
  print_parts(context, project);
  return 0;
}

}  // namespace quiz::cli
