#include "config/load.h"

#include <fmt/format.h>

#include <array>
#include <iterator>
#include <string_view>
#include <utility>
#include <variant>

#include "base/nearest.h"
#include "base/sha256.h"
#include "config/project.h"
#include "config/settings_file.h"
#include "config/toml_layer.h"

namespace quiz::config {

namespace {

constexpr std::string_view kPrefix = "QUIZ_";
constexpr std::string_view kWhiteSpace = " \t\n";

const Option* find_variable(std::string_view name) {
  for (const Option& option : options()) {
    if (!option.key.empty() && option.variable() == name) return &option;
  }
  return nullptr;
}

void warn_if_mistyped(std::string_view name, std::vector<std::string>& warnings) {
  std::vector<std::string> known;
  for (const Option& option : options()) {
    if (!option.key.empty()) known.push_back(option.variable().substr(kPrefix.size()));
  }
  if (const auto near = base::nearest(name.substr(kPrefix.size()), known)) {
    warnings.push_back(fmt::format("the environment variable {} is not known; did you mean {}{}?",
                                   name, kPrefix, *near));
  }
}

std::vector<std::string> white_space_separated(std::string_view text) {
  std::vector<std::string> words;
  while (true) {
    const std::size_t begin = text.find_first_not_of(kWhiteSpace);
    if (begin == std::string_view::npos) return words;
    text.remove_prefix(begin);
    const std::size_t end = std::min(text.find_first_of(kWhiteSpace), text.size());
    words.emplace_back(text.substr(0, end));
    text.remove_prefix(end);
  }
}

std::vector<Assignment> file_layer(const FoundFile& found, FileKind kind,
                                   std::vector<std::string>& warnings) {
  if (!found) return {};
  if (const auto* ignored = std::get_if<IgnoredFile>(&*found)) {
    warnings.push_back(ignored->reason);
    return {};
  }
  return toml_layer(std::get<SettingsFile>(*found), kind);
}

ProjectFile describe(const SettingsFile& file, const std::vector<Assignment>& layer) {
  ProjectFile result{file.path, project_of(file.path), base::sha256(file.content), {}};
  for (const Assignment& assignment : layer) {
    result.values.push_back(
        {std::string(assignment.option->key), assignment.text, assignment.origin.place});
  }
  return result;
}

/// How many directories a file that is used lies deep.
std::ptrdiff_t depth(const FoundFile& found) {
  const auto* const file = found ? std::get_if<SettingsFile>(&*found) : nullptr;
  return file == nullptr ? 0 : std::distance(file->path.begin(), file->path.end());
}

/// What the layers, the lowest first, say of it: what quiz remembers has none.
base::Architecture architecture_of(const std::vector<std::vector<Assignment>>& layers) {
  Settings settings;
  for (const auto& layer : layers) {
    for (const Assignment& assignment : layer) {
      if (assignment.option->key == "architecture") apply(settings, assignment);
    }
  }
  return settings.architecture.value;
}

/// The lower layer first. What quiz remembers gives way to what a person wrote, except to what was
/// written for a larger directory.
std::array<FoundFile, 2> project_files(const std::filesystem::path& directory, FoundFile written,
                                       const base::Architecture& architecture) {
  FoundFile remembered = find_project_file(directory, remembered_file(architecture));
  // .quiz/config.toml is one level below the directory that it is for.
  if (written && depth(remembered) - 1 > depth(written)) std::swap(remembered, written);
  return {std::move(remembered), std::move(written)};
}

}  // namespace

std::vector<Assignment> environment_layer(const std::vector<std::string>& environment,
                                          std::vector<std::string>& warnings) {
  std::vector<Assignment> layer;
  for (const std::string_view entry : environment) {
    const std::size_t equals = entry.find('=');
    if (!entry.starts_with(kPrefix) || equals == std::string_view::npos) continue;
    const std::string_view name = entry.substr(0, equals);
    const std::string value(entry.substr(equals + 1));
    const Option* const option = find_variable(name);
    if (option == nullptr) warn_if_mistyped(name, warnings);
    if (option == nullptr || value.empty()) continue;
    const Origin origin{Source::kEnvironment, std::string(name)};
    for (const std::string& text :
         option->is_list() ? white_space_separated(value) : std::vector{value}) {
      layer.push_back({option, text, origin});
    }
  }
  return layer;
}

Loaded load_settings(const LoadInput& input) {
  Loaded loaded;
  const auto merge = [&](const std::vector<Assignment>& layer) {
    for (const Assignment& assignment : layer) apply(loaded.settings, assignment);
  };
  const auto user =
      file_layer(read_settings_file(input.user_file), FileKind::kUser, loaded.warnings);
  std::vector<std::string> of_environment;
  const auto environment = environment_layer(input.environment, of_environment);
  merge(user);
  if (!input.start_directory.empty()) {
    FoundFile written = find_project_file(input.start_directory, kProjectFile);
    std::vector<std::string> said_below;
    const base::Architecture architecture = architecture_of(
        {user, file_layer(written, FileKind::kProject, said_below), environment, input.flags});
    for (const FoundFile& found :
         project_files(input.start_directory, std::move(written), architecture)) {
      const auto layer = file_layer(found, FileKind::kProject, loaded.warnings);
      merge(layer);
      if (layer.empty()) continue;
      loaded.settings.project_files.push_back(describe(std::get<SettingsFile>(*found), layer));
    }
  }
  loaded.warnings.insert(loaded.warnings.end(), of_environment.begin(), of_environment.end());
  merge(environment);
  merge(input.flags);
  return loaded;
}

}  // namespace quiz::config
