#include "cli/help.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/nearest.h"
#include "cli/commands.h"
#include "config/joined.h"
#include "config/schema.h"

namespace quiz::cli {

namespace {

constexpr std::string_view kUsage = R"(Usage: quiz [OPTIONS] [--] [PROGRAM [ARGUMENTS...]]
       quiz [OPTIONS] COMMAND [WORDS...]

Run PROGRAM in a tiny virtual machine as if it were any other program; without PROGRAM, a shell.
)";

constexpr std::string_view kAfterOptions = R"(
Options come before the program; what follows it is the program's. A switch can be turned off again
with =no (--user=no). Every setting can also stand in a file or in the environment: see `quiz help
config`. `quiz help run` has the exit statuses and the keys; `man quiz` tells everything.
)";

constexpr std::string_view kRunTopic = R"(quiz [OPTIONS] [--] [PROGRAM [ARGUMENTS...]]

The first word that is no option is the program, unless it is one of quiz's commands: write
`quiz -- NAME` or `quiz ./NAME` for a program of such a name. The program sees your files read-only
below changes that vanish with the machine; what it puts into $QUIZ_OUTPUT comes back with --output,
and into the directory DIR it may write with -w DIR.

Exit status: the program's own; 128+n if signal n ended it; otherwise
  121  the kernel oopsed while the program ran (see --oops)
  122  the kernel panicked
  123  the machine ended without telling how the program did, or outgrew --output-limit
  124  --timeout expired
  125  quiz itself failed: bad usage, no such kernel, no QEMU
  126  the program cannot be executed
  127  the program was not found

Keys, where the program has a terminal: Ctrl-C goes to the program; Ctrl-] . ends the machine,
Ctrl-] d leaves it running (`quiz vm attach NAME` comes back).

Examples:
  quiz uname -a
  quiz -m 2G -c 4 make check | grep FAIL
  quiz -k 6.12 --timeout 10m ./test.sh
  quiz -e DEBUG=1 --output results ./collect.sh
)";

constexpr std::pair<config::Group, std::string_view> kGroups[] = {
    {config::Group::kMachine, "The machine"},
    {config::Group::kProgram, "The program"},
    {config::Group::kFailure, "When things go wrong"},
    {config::Group::kOutput, "What quiz says"},
    {config::Group::kOther, "Other"},
};

/// Options without a short form are indented as if they had one.
std::string flags_column(const config::Option& option) {
  return (option.short_flag == 0 ? "    " : "") + option.flags();
}

std::string overview() {
  std::string text(kUsage);
  for (const auto& [group, title] : kGroups) {
    text += fmt::format("\n{}:\n", title);
    for (const config::Option& option : config::options()) {
      if (option.group != group) continue;
      text += fmt::format("  {:<24}{}\n", flags_column(option), option.help);
    }
  }
  text += "\nCommands:\n";
  for (const Command& command : commands()) {
    text += fmt::format("  {:<24}{}\n", command.name, command.help);
  }
  return text.append(kAfterOptions);
}

}  // namespace

std::string help_text(const std::vector<std::string>& words) {
  if (words.empty()) return overview();
  if (words.size() > 1) throw base::Error("help takes one topic", "for example: quiz help run");
  if (words[0] == "run") return std::string(kRunTopic);
  if (const Command* const command = find_command(words[0])) return std::string(command->details);
  std::vector<std::string> topics{"run"};
  for (const Command& command : commands()) topics.emplace_back(command.name);
  const auto near = base::nearest(words[0], topics);
  throw base::Error(fmt::format("there is no help on '{}'", words[0]),
                    near ? fmt::format("did you mean '{}'?", *near)
                         : fmt::format("the topics are {}", config::joined(topics, ", ")));
}

std::string version_text() { return "quiz " QUIZ_VERSION "\n"; }

}  // namespace quiz::cli
