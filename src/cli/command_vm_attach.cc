// `quiz vm attach` and `quiz vm log`: a look at what a machine's own program shows, and at what its
// kernel says.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <thread>

#include "base/error.h"
#include "base/printable.h"
#include "base/terminal.h"
#include "cli/command_vm.h"
#include "cli/print_error.h"
#include "cli/run_display.h"
#include "cli/run_report.h"
#include "cli/standard_streams.h"
#include "cli/word_options.h"
#include "live/machines.h"
#include "live/remote_program.h"
#include "relay/relay.h"

namespace quiz::cli {

int vm_attach(const Context& context, const std::vector<std::string>& words) {
  WordOptions options(
      "Shows the terminal of a machine's own program here, too, and lets you type into it. Ctrl-] "
      "d "
      "detaches.",
      "quiz vm attach");
  std::string name;
  bool view = false;
  options.add_flag("--view", view, "look only");
  options.add_option("NAME", name, "as `quiz vm list` shows it").required();
  if (!options.read(words)) return 0;

  base::SignalSource signals = relay::Relay::take_signals();
  live::Connection connection(live::find_machine(context.paths, name));
  relay::StreamPlan streams;
  streams.kinds = {wire::StreamKind::closed, wire::StreamKind::pty, wire::StreamKind::closed};
  streams.raw_input = base::is_terminal(STDIN_FILENO) && base::is_terminal(STDOUT_FILENO);
  if (streams.raw_input) streams.kinds[0] = wire::StreamKind::pty;
  RunDisplay display({false, base::is_terminal(STDERR_FILENO)}, context.reporter);
  live::RemoteProgram program(connection, streams, display, signals);
  const live::ProgramEnd end = program.attach(view);
  display.finish();
  if (end.detached) {
    print(fmt::format("\ndetached from {}\n", name));
    return 0;
  }
  if (end.killed) return kStatusSignal + *end.killed;
  if (end.over) return report_over(*end.over, fmt::format("the machine {} ended", name));
  const auto value = static_cast<int>(end.exit->value);
  return end.exit->ending == wire::Ending::signalled ? kStatusSignal + value : value & 0xff;
}

namespace {

/// As dmesg shows it.
std::string line_of(const wire::Log& message) {
  const double seconds = static_cast<double>(message.time_us) / 1e6;
  return fmt::format("[{:12.6f}] {}\n", seconds, base::printable_line(message.text, 8192));
}

/// The place behind the last message that has been shown; of one that the kernel has overwritten
/// since, by its time.
std::size_t first_new(const std::vector<wire::Log>& log, const wire::Log& last) {
  const auto same = std::find_if(log.rbegin(), log.rend(), [&](const wire::Log& message) {
    return message.time_us == last.time_us && message.text == last.text;
  });
  if (same != log.rend()) return static_cast<std::size_t>(log.rend() - same);
  const auto later = std::find_if(log.begin(), log.end(), [&](const wire::Log& message) {
    return message.time_us > last.time_us;
  });
  return static_cast<std::size_t>(later - log.begin());
}

}  // namespace

int vm_log(const Context& context, const std::vector<std::string>& words) {
  WordOptions options("Shows what a machine's kernel has in its log.", "quiz vm log");
  std::string name;
  bool follow = false;
  options.add_flag("-f,--follow", follow, "and what it says from now on, until the machine ends");
  options.add_option("NAME", name, "as `quiz vm list` shows it").required();
  if (!options.read(words)) return 0;

  live::Connection connection(live::find_machine(context.paths, name));
  std::vector<wire::Log> log = connection.fetch_log();
  for (const wire::Log& message : log) print(line_of(message));
  constexpr std::chrono::milliseconds kPause{500};
  while (follow) {
    std::this_thread::sleep_for(kPause);
    std::vector<wire::Log> now;
    try {
      now = connection.fetch_log();
    } catch (const base::Error&) {
      return 0;  // the machine has ended
    }
    const std::size_t begin = log.empty() ? 0 : first_new(now, log.back());
    for (std::size_t i = begin; i < now.size(); ++i) print(line_of(now[i]));
    if (!now.empty()) log = std::move(now);
  }
  return 0;
}

}  // namespace quiz::cli
