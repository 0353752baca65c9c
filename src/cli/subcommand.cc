#include "cli/subcommand.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <tuple>

#include "base/error.h"
#include "base/nearest.h"
#include "cli/standard_streams.h"

namespace quiz::cli {

namespace {

constexpr std::size_t kColumns = std::tuple_size_v<Row>;

std::string usage(const std::string& command, const std::vector<Subcommand>& subcommands) {
  std::size_t width = 0;
  for (const Subcommand& one : subcommands) width = std::max(width, one.name.size());
  std::string text = fmt::format("usage: {} COMMAND [OPTIONS]\n\n", command);
  for (const Subcommand& one : subcommands) {
    text += fmt::format("  {:<{}}  {}\n", one.name, width, one.help);
  }
  return text + fmt::format("\n`{} COMMAND --help` tells more.\n", command);
}

}  // namespace

int run_subcommand(const Context& context, const std::string& command,
                   const std::vector<std::string>& words,
                   const std::vector<Subcommand>& subcommands) {
  std::vector<std::string> names;
  names.reserve(subcommands.size());
  for (const Subcommand& one : subcommands) names.push_back(one.name);
  const std::string all = fmt::format("{}", fmt::join(names, ", "));
  if (words.empty()) throw base::Error(command + " needs a command", all);
  const std::string& wanted = words.front();
  for (const Subcommand& one : subcommands) {
    if (one.name == wanted) return one.run(context, {words.begin() + 1, words.end()});
  }
  if (wanted == "--help" || wanted == "-h") {
    print(usage(command, subcommands));
    return 0;
  }
  const auto near = base::nearest(wanted, names);
  throw base::Error(fmt::format("{} has no command '{}'", command, wanted),
                    near ? "did you mean " + *near + "?" : all);
}

std::string readable_size(std::uint64_t bytes) {
  const auto megabytes = static_cast<double>(bytes) / 1e6;
  return megabytes < 1000 ? fmt::format("{:.0f} MB", megabytes)
                          : fmt::format("{:.1f} GB", megabytes / 1000);
}

std::string table(const std::vector<Row>& rows) {
  std::array<std::size_t, kColumns> widths{};
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < kColumns; ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const Row& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < kColumns; ++i) line += fmt::format("{:<{}}  ", row[i], widths[i]);
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

}  // namespace quiz::cli
