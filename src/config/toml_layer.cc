#include "config/toml_layer.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/nearest.h"
#include "base/toml.h"
#include "config/consent_table.h"
#include "config/joined.h"

namespace quiz::config {

namespace {

std::string location(const SettingsFile& file, const base::TomlPlace& place) {
  return place.in(file.path.string());
}

base::TomlTable parse(const SettingsFile& file) {
  return base::parse_toml(file.content, file.path.string(),
                          "the file must be TOML, for example: memory = \"2G\"");
}

[[noreturn]] void refuse_key(const SettingsFile& file, const base::TomlEntry& entry) {
  std::vector<std::string> keys;
  for (const Option& option : options()) {
    if (!option.key.empty()) keys.emplace_back(option.key);
  }
  const auto near = base::nearest(entry.key, keys);
  throw base::Error(
      fmt::format("{}: '{}' is not a setting", location(file, entry.place), entry.key),
      near ? fmt::format("did you mean '{}'?", *near)
           : fmt::format("the settings are {}", joined(keys, ", ")));
}

/// "a number", "true or false" …: what the file may say for this setting.
std::string_view expected(Type type) {
  switch (type) {
    case Type::kSwitch:
      return "true or false";
    case Type::kNumber:
      return "a whole number";
    case Type::kSize:
    case Type::kDescriptor:
      return "a whole number or a string in quotes";
    case Type::kDuration:
      return "a number or a string in quotes";
    case Type::kList:
      return "a list of strings, [\"…\", \"…\"]";
    case Type::kText:
    case Type::kChoice:
      return "a string in quotes";
  }
  return "";
}

/// The value in the spelling that the command line uses; nullopt if it has the wrong type. A
/// version like 6.10 must not lose its zero by being a number.
std::optional<std::string> text_of(const base::TomlValue& node, Type type) {
  const bool whole = type == Type::kNumber || type == Type::kSize || type == Type::kDescriptor ||
                     type == Type::kDuration;
  if (const auto* value = node.as<bool>(); value != nullptr && type == Type::kSwitch) {
    return *value ? "yes" : "no";
  }
  if (const auto* value = node.as<std::int64_t>(); value != nullptr && whole) {
    return std::to_string(*value);
  }
  if (const auto* value = node.as<double>(); value != nullptr && type == Type::kDuration) {
    return fmt::format("{}", *value);
  }
  if (const auto* value = node.as<std::string>();
      value != nullptr && type != Type::kSwitch && type != Type::kNumber) {
    return *value;
  }
  return std::nullopt;
}

std::string resolved(const Option& option, const std::string& text, const SettingsFile& file) {
  const bool path = option.path == PathRule::kAlways ||
                    (option.path == PathRule::kWithSlash &&
                     (text.find('/') != std::string::npos || text == "." || text == ".."));
  if (!path || text.empty() || text.front() == '/' || text.starts_with("~/")) return text;
  return (file.path.parent_path() / text).lexically_normal().string();
}

void check_project_rule(const Option& option, const std::string& text, const std::string& place) {
  if (!never_in_a_project(option.key, text)) return;
  const std::string what =
      option.choices.empty()
          ? "cannot be set in a project's file, because it acts on the host"
          : fmt::format("may only be {} in a project's file", joined(option.choices, ", "));
  throw base::Error(fmt::format("{}: '{}' {}", place, option.key, what),
                    fmt::format("set it in your own config.toml, with {}, or with --{}",
                                option.variable(), option.long_flag));
}

}  // namespace

std::vector<Assignment> toml_layer(const SettingsFile& file, FileKind kind) {
  std::vector<Assignment> layer;
  const auto add = [&](const Option& option, const base::TomlValue& node) {
    const std::string place = location(file, node.place);
    const auto text = text_of(node, option.type);
    if (!text) {
      throw base::Error(
          fmt::format("{}: '{}' must be {}", place, option.key, expected(option.type)));
    }
    if (text->find('\0') != std::string::npos) {
      throw base::Error(fmt::format("{}: '{}' contains a NUL character", place, option.key));
    }
    if (kind == FileKind::kProject) check_project_rule(option, *text, place);
    const Origin origin{Source::kFile, place, file.path, kind == FileKind::kProject};
    layer.push_back({&option, resolved(option, *text, file), origin});
  };
  for (const base::TomlTable table = parse(file); const base::TomlEntry& entry : table.entries) {
    const Option* const option = find_key(entry.key);
    if (option == nullptr) refuse_key(file, entry);
    if (const auto* list = entry.value.as<base::TomlValue::Array>();
        list != nullptr && option->is_list()) {
      for (const base::TomlValue& element : *list) add(*option, element);
    } else {
      add(*option, entry.value);
    }
  }
  return layer;
}

}  // namespace quiz::config
