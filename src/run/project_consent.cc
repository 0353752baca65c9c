#include "run/project_consent.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "config/project.h"
#include "config/schema.h"

namespace quiz::run {

namespace fs = std::filesystem;

namespace {

/// What a project's file says may be overridden by the caller.
bool in_force(const config::Settings& settings, const config::ProjectValue& value) {
  const config::Option* const option = config::find_key(value.key);
  if (option == nullptr) return false;
  const auto shown = option->show(settings);
  return std::any_of(shown.begin(), shown.end(),
                     [&](const config::Shown& one) { return one.origin.place == value.place; });
}

std::string with_reach(const config::Ask& ask) {
  // Of a layer or a profile the place is in the words already.
  const bool said = ask.what.find(ask.place) != std::string::npos;
  return fmt::format("{}{}: it reaches {}", said ? "" : ask.place + ": ", ask.what,
                     ask.row->reaches);
}

}  // namespace

profile::Consent consent(const base::Paths& paths) {
  return profile::Consent(paths.data / "trusted");
}

std::vector<config::Ask> asks_of_settings(const config::Settings& settings,
                                          std::initializer_list<std::string_view> keys) {
  std::vector<config::Ask> asks;
  for (const config::ProjectFile& file : settings.project_files) {
    for (const config::ProjectValue& value : file.values) {
      const bool wanted =
          keys.size() == 0 || std::find(keys.begin(), keys.end(), value.key) != keys.end();
      if (!wanted || !in_force(settings, value)) continue;
      asks.push_back({&config::consent_row(value.key, {value.text, file.project}),
                      fmt::format("{} = {}", value.key, value.text), value.place, file.path});
    }
  }
  return asks;
}

std::vector<config::Ask> asks_of_layers(const root::LayerDirectories& layers) {
  std::vector<config::Ask> asks;
  for (const auto& [name, directory] : layers.of_project) {
    const std::string end = directory.string();
    const fs::path project = config::project_of(name);
    asks.push_back({&config::consent_row(config::kLayer, {end, project}),
                    fmt::format("{} as a layer, which is {}", name.string(), end), name.string(),
                    name});
  }
  return asks;
}

profile::Part part_of(const config::Settings& settings, const config::Ask& ask) {
  for (const config::ProjectFile& file : settings.project_files) {
    if (file.path == ask.project) return {file.path, file.sha256};
  }
  const bool layer = ask.row->subject == config::kLayer;
  return {ask.project,
          layer ? profile::digest_of_place(ask.project) : profile::digest_of(ask.project)};
}

void require_consent(const config::Settings& settings, const base::Paths& paths,
                     const std::vector<config::Ask>& asks) {
  for (const config::Ask& ask : asks) {
    if (ask.row->may == config::May::freely) continue;
    if (ask.row->may == config::May::never) {
      throw base::Error(with_reach(ask) + ", which no project may",
                        "take it out of the project, or ask for it yourself");
    }
    if (consent(paths).given(part_of(settings, ask))) continue;
    const std::string project = config::project_of(ask.project).string();
    throw base::Error(
        with_reach(ask) + ", and you have not agreed",
        fmt::format("read it (quiz trust --show {0}), then: quiz trust {0}", project));
  }
}

bool takes_part_unagreed(const config::Settings& settings, const base::Paths& paths,
                         const std::vector<config::Ask>& asks) {
  return std::any_of(asks.begin(), asks.end(), [&](const config::Ask& ask) {
    return ask.row->takes_part && !consent(paths).given(part_of(settings, ask));
  });
}

}  // namespace quiz::run
