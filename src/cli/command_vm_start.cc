// `quiz vm start`: a machine without a program, whose quiz stays in the background.
#include <fmt/format.h>

#include <optional>
#include <variant>

#include "base/background.h"
#include "base/error.h"
#include "base/terminal.h"
#include "cli/command_run.h"
#include "cli/command_vm.h"
#include "cli/print_error.h"
#include "cli/run_display.h"
#include "cli/run_report.h"
#include "cli/standard_streams.h"
#include "run/choose_monitor.h"
#include "run/run.h"

namespace quiz::cli {

namespace {

constexpr std::string_view kHelp = R"(usage: quiz vm start [OPTIONS]

Starts a machine without a program, with the options of a run, prints its name and returns; it has
come up then. `quiz vm exec NAME PROGRAM` runs programs in it, `quiz vm stop NAME` ends it. It has
your directory as it is now; a reboot of this host ends it, too. --timeout limits how long it lasts.
)";

using Ready = std::function<void(const std::string& word)>;

/// What a run shows, until the machine is there: afterwards nobody looks.
class StartDisplay final : public relay::Observer {
 public:
  StartDisplay(const RunDisplay::Options& options, base::Reporter& reporter, const Ready& ready)
      : display_(std::in_place, options, reporter), ready_(ready) {}

  void console_line(const std::string& line) override {
    if (display_) display_->console_line(line);
  }
  void kernel_message(int level, const std::string& text) override {
    if (display_) display_->kernel_message(level, text);
  }
  void notice(const std::string& text) override {
    if (display_) display_->notice(text);
  }
  void program_started() override {
    if (display_) display_->program_started();
  }
  void terminal_raw(bool) override {}
  void stays(const std::string& name) override {
    if (!display_) return;
    display_->finish();
    display_.reset();
    ready_(name);
  }

 private:
  std::optional<RunDisplay> display_;
  const Ready& ready_;
};

/// The owner's life.
int own(const Context& context, const run::Request& request, const machine::Monitor& monitor,
        relay::Clock::time_point start, const Ready& ready) {
  return status_of([&] {
    const bool terminal = base::is_terminal(STDERR_FILENO);
    StartDisplay display({context.settings.verbose.value, terminal}, context.reporter, ready);
    if (terminal) context.reporter.step("starting the machine");
    const run::Result result =
        run::run(request, context.paths, monitor, context.reporter, display, start);
    context.reporter.step({});
    return show_end(request, result, context.settings.quiet.value).status;
  });
}

}  // namespace

int vm_start(const Context& context, const std::vector<std::string>& words) {
  const relay::Clock::time_point start = relay::Clock::now();
  if (!words.empty() && (words[0] == "--help" || words[0] == "-h")) {
    print(kHelp);
    return 0;
  }
  if (!words.empty()) {
    throw base::Error(fmt::format("quiz vm start takes no program: '{}'", words[0]),
                      "`quiz vm exec NAME PROGRAM` runs one in it; `quiz --keep PROGRAM` stays "
                      "after its end");
  }
  const config::Settings& settings = context.settings;
  refuse_option(settings.json.origin, "start");
  refuse_option(settings.boot_chart.origin, "start");
  run::Request request = make_request(context, {});
  request.has_program = false;
  request.shell_after = false;
  request.tty = config::Tty::kRefuse;
  request.open_streams = {false, false, false};
  const std::unique_ptr<machine::Monitor> monitor =
      run::choose_monitor(request.monitor, context.paths);
  if (settings.dry_run.value) return print_invocation(context, request, *monitor);
  context.reporter.step({});  // and its thread: the process is doubled now
  const auto begun = base::run_in_background(
      [&](const Ready& ready) { return own(context, request, *monitor, start, ready); });
  if (const int* const status = std::get_if<int>(&begun)) return *status;
  print(std::get<std::string>(begun) + "\n");
  return 0;
}

}  // namespace quiz::cli
