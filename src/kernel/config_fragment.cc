#include "kernel/config_fragment.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/error.h"
#include "kernel/version.h"

namespace quiz::kernel {

namespace {

constexpr std::string_view kPrefix = "CONFIG_";
constexpr std::string_view kNotSet = " is not set";

bool is_name_character(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") + 1 - begin);
}

template <typename Visit>
void for_each_line(std::string_view text, Visit&& visit) {
  for (int number = 1; !text.empty(); ++number) {
    const std::size_t end = text.find('\n');
    visit(text.substr(0, end), number);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
}

/// "OPTION=VALUE" or "# OPTION is not set", with CONFIG_; nullopt for anything else.
std::optional<ConfigAssignment> parse_line(std::string_view line) {
  if (line.starts_with('#')) {
    line = trimmed(line.substr(1));
    if (!line.starts_with(kPrefix) || !line.ends_with(kNotSet)) return std::nullopt;
    line.remove_suffix(kNotSet.size());
    return ConfigAssignment{std::string(line.substr(kPrefix.size())), "n", {}};
  }
  const std::size_t equals = line.find('=');
  if (!line.starts_with(kPrefix) || equals == std::string_view::npos) return std::nullopt;
  return ConfigAssignment{std::string(line.substr(kPrefix.size(), equals - kPrefix.size())),
                          std::string(line.substr(equals + 1)),
                          {}};
}

/// Takes "# since 6.2 until 6.14" from the end of `line`; whether the line counts for `version`.
bool take_versions(std::string_view& line, std::string_view version) {
  const std::size_t since = line.rfind(" since ");
  const std::size_t until = line.rfind(" until ");
  const std::size_t first = std::min(since, until);
  if (first == std::string_view::npos || first == 0) return true;
  const std::size_t hash = line.rfind('#', first);
  if (hash == std::string_view::npos || hash == 0) return true;
  const auto word_after = [&](std::size_t at) {
    const std::string_view rest = line.substr(at + std::string_view(" since ").size());
    return rest.substr(0, rest.find(' '));
  };
  bool counts = true;
  if (since != std::string_view::npos) {
    counts = compare_versions(version, word_after(since)) >= 0;
  }
  if (until != std::string_view::npos) {
    const std::string_view last = word_after(until);  // 6.14.3 is still "until 6.14"
    counts = counts && (compare_versions(version, last) <= 0 || version_has_prefix(version, last));
  }
  line = trimmed(line.substr(0, hash));
  return counts;
}

bool is_literal(std::string_view value) {
  if (value == "y" || value == "m" || value == "n") return true;
  if (value.size() >= 2 && value.front() == '"' && value.back() == '"') return true;
  const bool negative = value.starts_with('-');
  const bool hexadecimal = value.starts_with("0x");
  const std::string_view digits = value.substr(hexadecimal ? 2 : negative ? 1 : 0);
  return !digits.empty() &&
         digits.find_first_not_of(hexadecimal ? "0123456789abcdefABCDEF" : "0123456789") ==
             std::string_view::npos;
}

std::string line_of(const ConfigAssignment& assignment) {
  return assignment.value == "n"
             ? fmt::format("# {}{}{}\n", kPrefix, assignment.option, kNotSet)
             : fmt::format("{}{}={}\n", kPrefix, assignment.option, assignment.value);
}

}  // namespace

std::string option_name(std::string_view given) {
  std::string_view name = given;
  if (name.starts_with(kPrefix)) name.remove_prefix(kPrefix.size());
  if (name.empty() || !std::all_of(name.begin(), name.end(), is_name_character)) {
    throw base::Error(fmt::format("'{}' cannot be the name of a kernel option", given),
                      "for example: KASAN or CONFIG_KASAN; --set OPTION=VALUE gives it a value");
  }
  return std::string(name);
}

std::vector<ConfigAssignment> parse_fragment(std::string_view text, const std::string& name,
                                             std::string_view version) {
  std::vector<ConfigAssignment> result;
  for_each_line(text, [&](std::string_view whole, int number) {
    std::string_view line = trimmed(whole);
    const bool counts = take_versions(line, version);
    const std::string origin = fmt::format("{}:{}", name, number);
    auto assignment = parse_line(line);
    const bool valid =
        assignment && !assignment->option.empty() && is_literal(assignment->value) &&
        std::all_of(assignment->option.begin(), assignment->option.end(), is_name_character);
    if (!valid) {
      if (line.empty() || (line.starts_with('#') && !assignment)) return;
      throw base::Error(fmt::format("{} is no line of a kernel configuration: {}", origin, whole),
                        "lines look like CONFIG_KASAN=y or # CONFIG_KASAN is not set");
    }
    if (!counts) return;
    assignment->origin = origin;
    result.push_back(std::move(*assignment));
  });
  return result;
}

ConfigAssignment parse_setting(std::string_view text, const std::string& origin) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos) {
    throw base::Error(fmt::format("'{}' is no setting of a kernel option", text),
                      "for example: --set HZ=1000");
  }
  const std::string option = option_name(text.substr(0, equals));
  const std::string_view value = text.substr(equals + 1);
  if (value.find_first_of("\"\n\\") != std::string_view::npos && !is_literal(value)) {
    throw base::Error(fmt::format("the value of '{}' has a quote or a backslash in it", text));
  }
  return {option, is_literal(value) ? std::string(value) : fmt::format("\"{}\"", value), origin};
}

void ConfigMerge::add(const std::vector<ConfigAssignment>& group, int rank) {
  for (const ConfigAssignment& assignment : group) {
    const auto [found, added] = by_option_.try_emplace(assignment.option, Ranked{assignment, rank});
    if (added) continue;
    Ranked& present = found->second;
    if (present.rank == rank && present.assignment.value != assignment.value) {
      throw base::Error(
          fmt::format("{} is asked to be {} by {} and {} by {}", assignment.option,
                      present.assignment.value, present.assignment.origin, assignment.value,
                      assignment.origin),
          fmt::format("decide with --set {}=VALUE, or leave one of them out", assignment.option));
    }
    if (rank >= present.rank) present = Ranked{assignment, rank};
  }
}

std::vector<ConfigAssignment> ConfigMerge::assignments() const {
  std::vector<ConfigAssignment> result;
  result.reserve(by_option_.size());
  for (const auto& [option, ranked] : by_option_) result.push_back(ranked.assignment);
  return result;
}

std::string config_text(const std::vector<ConfigAssignment>& assignments) {
  std::string text;
  for (const ConfigAssignment& assignment : assignments) text += line_of(assignment);
  return text;
}

std::string apply_to_config(std::string_view config,
                            const std::vector<ConfigAssignment>& assignments) {
  std::set<std::string_view> replaced;
  for (const ConfigAssignment& assignment : assignments) replaced.insert(assignment.option);
  std::string result;
  for_each_line(config, [&](std::string_view line, int) {
    const auto present = parse_line(trimmed(line));
    if (!present || !replaced.contains(present->option)) result.append(line).append("\n");
  });
  return result + config_text(assignments);
}

ConfigValues parse_config(std::string_view text) {
  ConfigValues values;
  for_each_line(text, [&](std::string_view line, int) {
    auto assignment = parse_line(trimmed(line));
    if (assignment && assignment->value != "n") {
      values.insert_or_assign(assignment->option, assignment->value);
    }
  });
  return values;
}

std::string config_value(const ConfigValues& config, std::string_view option) {
  const auto found = config.find(option);
  return found == config.end() ? "n" : found->second;
}

std::string config_value_in(std::string_view text, std::string_view option) {
  const std::string begin = "CONFIG_" + std::string(option) + "=";
  for (std::size_t at = text.find(begin); at != std::string_view::npos;
       at = text.find(begin, at + 1)) {
    if (at > 0 && text[at - 1] != '\n') continue;
    const std::string_view value = text.substr(at + begin.size());
    return std::string(trimmed(value.substr(0, value.find('\n'))));
  }
  return "n";
}

std::optional<base::Architecture> architecture_of_config(std::string_view text) {
  constexpr std::string_view kMark = "\n# Linux/";
  const std::size_t mark = text.find(kMark);
  if (mark == std::string_view::npos) return std::nullopt;
  const std::string_view rest = text.substr(mark + kMark.size());
  const std::string_view folder = rest.substr(0, rest.find_first_of(" \n"));
  const unsigned bits = config_value_in(text, "64BIT") == "y" ? 64 : 32;
  for (const base::Architecture& row : base::architectures()) {
    if (row.kernel_arch == folder) return row;
    if (row.kernel_folder == folder && row.word_bits == bits) return row;
  }
  return base::architecture_named(folder);
}

}  // namespace quiz::kernel
