// quiz: runs a program in a tiny virtual machine as if it were any other program. Here are only the
// steps from the command line to the command; an error of any of them becomes text here and nowhere
// else.
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <exception>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "base/error.h"
#include "base/paths.h"
#include "base/umask.h"
#include "cli/command.h"
#include "cli/command_line.h"
#include "cli/commands.h"
#include "cli/completion.h"
#include "cli/help.h"
#include "cli/print_error.h"
#include "cli/standard_streams.h"
#include "cli/terminal_reporter.h"
#include "config/load.h"

namespace quiz::cli {
namespace {

/// The answers that need neither settings nor files: help, version, completion.
std::optional<std::string> plain_answer(const Invocation& invocation) {
  if (!invocation.command) return std::nullopt;
  const std::string& command = *invocation.command;
  const auto asks = [](const std::string& word) { return word == "-h" || word == "--help"; };
  const Command* const found = find_command(command);
  if (found != nullptr && !found->has_subcommands &&
      std::any_of(invocation.words.begin(), invocation.words.end(), asks)) {
    return help_text({command});
  }
  if (command == "help") return help_text(invocation.words);
  if (command == "version") return version_text();
  if (command == "completion") return completion_script(invocation.words);
  return std::nullopt;
}

config::Loaded load(const Invocation& invocation, const base::Paths& paths) {
  std::error_code error;
  std::filesystem::path here = std::filesystem::current_path(error);
  if (!here.is_absolute()) here.clear();  // the directory is gone, or lies outside this root
  std::vector<std::string> environment;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    environment.emplace_back(*entry);
  }
  return config::load_settings(
      {paths.config / "config.toml", here, std::move(environment), invocation.flags});
}

TerminalReporter::Options reporter_options(const config::Settings& settings) {
  return {.terminal = ::isatty(STDERR_FILENO) == 1,
          .colour = use_colour(),
          .quiet = settings.quiet.value,
          .verbose = settings.verbose.value};
}

int run(const std::vector<std::string>& arguments, const ClosedStreams& closed) {
  const Invocation invocation = parse_command_line(arguments);
  if (const auto answer = plain_answer(invocation)) {
    print(*answer);
    return 0;
  }
  const base::Paths paths = base::find_paths();
  const config::Loaded loaded = load(invocation, paths);
  TerminalReporter reporter(reporter_options(loaded.settings));
  for (const std::string& warning : paths.warnings) reporter.warning(warning);
  for (const std::string& detail : paths.details) reporter.detail(detail);
  for (const std::string& warning : loaded.warnings) reporter.warning(warning);
  const Command* const command = invocation.command ? find_command(*invocation.command) : nullptr;
  const CommandFunction function = command != nullptr ? command->run : command_run;
  return function({loaded.settings, paths, reporter, closed}, invocation.words);
}

}  // namespace
}  // namespace quiz::cli

int main(int argc, char** argv) {
  using namespace quiz;
  return cli::status_of([&] {
    const cli::ClosedStreams closed = cli::open_standard_streams();
    base::caller_umask();
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN);  // `ulimit -f` is an error like a full disk
    std::signal(SIGCHLD, SIG_DFL);  // ignored by who started us, children would vanish unreaped
    return cli::run({argv + std::min(argc, 1), argv + argc}, closed);
  });
}
