// `quiz config`: the settings in force as TOML; with --explain each with its origin.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "base/error.h"
#include "cli/command.h"
#include "cli/standard_streams.h"
#include "config/schema.h"

namespace quiz::cli {

namespace {

struct Line {
  std::string toml;
  std::string origin;  ///< empty: none of its own
};

void add_setting(std::vector<Line>& lines, const config::Option& option,
                 const std::vector<config::Shown>& values) {
  if (!option.is_list()) {
    // What is not set has no value that a file could give.
    const std::string& toml = values.at(0).toml;
    lines.push_back({fmt::format("{}{} = {}", toml == "\"\"" ? "# " : "", option.key, toml),
                     values.at(0).origin.describe()});
  } else if (values.empty()) {
    lines.push_back({fmt::format("{} = []", option.key), config::Origin{}.describe()});
  } else {
    lines.push_back({fmt::format("{} = [", option.key), ""});
    for (const config::Shown& value : values) {
      lines.push_back({fmt::format("  {},", value.toml), value.origin.describe()});
    }
    lines.push_back({"]", ""});
  }
}

/// The comments stand in one column, unless a value is very long.
std::string explained(const std::vector<Line>& lines) {
  std::size_t width = 0;
  for (const Line& line : lines)
    width = std::max(width, std::min<std::size_t>(line.toml.size(), 40));
  std::string text;
  for (const Line& line : lines) {
    text += line.origin.empty() ? line.toml + "\n"
                                : fmt::format("{:<{}}  # {}\n", line.toml, width, line.origin);
  }
  return text;
}

}  // namespace

int command_config(const Context& context, const std::vector<std::string>& words) {
  const bool explain = words.size() == 1 && words[0] == "--explain";
  if (!words.empty() && !explain) {
    throw base::Error(fmt::format("config does not know '{}'", words[explain ? 1 : 0]),
                      "usage: quiz config [--explain]");
  }
  std::vector<Line> lines;
  for (const config::Option& option : config::options()) {
    if (!option.key.empty()) add_setting(lines, option, option.show(context.settings));
  }
  if (!explain) {
    for (Line& line : lines) line.origin.clear();
  }
  print(explained(lines));
  return 0;
}

}  // namespace quiz::cli
