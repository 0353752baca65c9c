// `quiz vm exec NAME [--] PROGRAM…`: a program in a machine that runs already, as a run's.
#include <fmt/format.h>

#include <cstring>

#include "base/error.h"
#include "base/printable.h"
#include "base/terminal.h"
#include "cli/command_vm.h"
#include "cli/print_error.h"
#include "cli/run_display.h"
#include "cli/run_report.h"
#include "cli/standard_streams.h"
#include "live/machines.h"
#include "live/remote_program.h"
#include "relay/hook.h"
#include "relay/relay.h"
#include "run/visitor_program.h"

namespace quiz::cli {

namespace {

constexpr std::string_view kHelp =
    R"(usage: quiz vm exec [OPTIONS] NAME [--] [PROGRAM [ARGUMENTS...]]

Runs PROGRAM, or a shell, in the machine NAME as quiz runs one in a machine of its own: with your
streams, terminal, signals, environment and directory, and its exit status. Of the options of runs
those that concern a program count: --user, -C, -e, --pass-env, --hide-secrets, -t, -T, --stdin,
--timeout, --oops. A machine that boots is waited for. Ctrl-] . ends the program, not the machine.
)";

/// How a program ended, as a run's end is told (run_report.h).
RunReport report_end(const live::ProgramEnd& end, const std::string& program,
                     const std::string& directory, const config::Settings& settings) {
  if (end.killed) return {kStatusSignal + *end.killed, "killed"};
  if (end.timed_out) {
    const double seconds = static_cast<double>(settings.timeout.value.count()) / 1000;
    return {kStatusTimedOut, "timeout",
            fmt::format("{} did not end within {:g} s", program, seconds)};
  }
  const wire::Exit& exit = *end.exit;
  const bool ran = exit.ending == wire::Ending::exited || exit.ending == wire::Ending::signalled;
  if (ran && relay::tells_of_oops(exit) && settings.oops.value != config::OnOops::kIgnore) {
    return {kStatusOops, "oops", fmt::format("the guest's kernel oopsed while {} ran", program),
            "`quiz vm log` shows it; --oops=ignore keeps the program's own status"};
  }
  const auto value = static_cast<int>(exit.value);
  switch (exit.ending) {
    case wire::Ending::exited:
      return {value & 0xff, "exited"};
    case wire::Ending::signalled:
      return {kStatusSignal + (value & 0x7f), "signalled"};
    case wire::Ending::cannot_execute:
    case wire::Ending::cannot_prepare:
      break;
  }
  return report_not_started({value, base::printable_line(exit.detail)}, program, directory);
}

}  // namespace

int vm_exec(const Context& context, const std::vector<std::string>& words) {
  if (!words.empty() && (words[0] == "--help" || words[0] == "-h")) {
    print(kHelp);
    return 0;
  }
  if (words.empty()) {
    throw base::Error("quiz vm exec needs the name of a machine", "`quiz vm list` shows them");
  }
  const config::Settings& settings = context.settings;
  for (const config::Origin& origin :
       {settings.dry_run.origin, settings.json.origin, settings.boot_chart.origin}) {
    refuse_option(origin, "exec");
  }
  std::vector<std::string> program(words.begin() + 1, words.end());
  if (!program.empty() && program[0] == "--") program.erase(program.begin());
  const std::string name = program.empty() ? "the shell" : program[0];

  base::SignalSource signals = relay::Relay::take_signals();
  live::Connection connection(live::find_machine(context.paths, words[0]));
  const bool input = !context.closed.input && context.settings.input.value != config::Stdin::kNone;
  const run::Caller caller{{input, !context.closed.output, !context.closed.error}};
  run::VisitorProgram visitor = run::make_visitor_program(context.settings, context.paths, caller,
                                                          program, connection.describe());
  RunDisplay display({false, base::is_terminal(STDERR_FILENO)}, context.reporter);
  live::RemoteProgram remote(connection, visitor.streams, display, signals);
  const std::string directory = visitor.exec.directory;
  const live::ProgramEnd end = remote.run(std::move(visitor.exec), context.settings.timeout.value);
  display.finish();
  if (end.over) {
    return report_over(*end.over,
                       fmt::format("the machine {} ended before {} did", connection.name(), name));
  }
  RunReport report = report_end(end, name, directory, context.settings);
  add_stream_errors(report, end.input_error, end.output_error);
  if (!report.sentence.empty()) print_error(base::Error(report.sentence, report.hint));
  return report.status;
}

}  // namespace quiz::cli
