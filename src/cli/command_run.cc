// `quiz PROGRAM ARGS…`: a run, and from its outcome to words and an exit status.
#include "cli/command_run.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <filesystem>

#include "base/cpu_features.h"
#include "base/error.h"
#include "base/files.h"
#include "base/front_process.h"
#include "base/printable.h"
#include "base/terminal.h"
#include "cli/boot_chart.h"
#include "cli/print_error.h"
#include "cli/run_display.h"
#include "cli/run_report.h"
#include "cli/shell_line.h"
#include "cli/standard_streams.h"
#include "config/settings.h"
#include "openzfs/checkout.h"
#include "openzfs/crash.h"
#include "openzfs/crash_report.h"
#include "run/host_only.h"
#include "run/resolve.h"
#include "run/run.h"

namespace quiz::cli {

namespace {

namespace fs = std::filesystem;
using config::Settings;

/// As near to the process's start as it can be had.
const relay::Clock::time_point kStart = relay::Clock::now();

/// Modules that were installed for the guest lie over the kernel's own, and a kernel that was built
/// anew since does not bear them although it has the same name.
void warn_of_old_modules(const run::Request& request, base::Reporter& reporter) {
  for (const fs::path& system : request.layers.system) {
    const fs::path directory = system / "usr" / "lib" / "modules" / request.kernel.release;
    const auto made_for = base::read_file_if_exists(directory / openzfs::kMadeFor);
    if (!made_for || *made_for == request.kernel.added) continue;
    reporter.warning(fmt::format("the modules in {} were built for an earlier {}: quiz openzfs",
                                 directory.string(), request.kernel.name));
  }
}

}  // namespace

run::Request make_request(const Context& context, const std::vector<std::string>& words) {
  const bool input = !context.closed.input && context.settings.input.value != config::Stdin::kNone;
  const run::Caller caller{{input, !context.closed.output, !context.closed.error}};
  run::Request request =
      run::make_request(context.settings, context.paths, caller, context.reporter, words);
  warn_of_old_modules(request, context.reporter);
  return request;
}

namespace {

/// bash's <(…) makes such a name; the descriptor behind it stays on the host.
void warn_of_descriptor_names(const std::vector<std::string>& words, base::Reporter& reporter) {
  for (const std::string& word : words) {
    for (const std::string prefix : {"/dev/fd/", "/proc/self/fd/"}) {
      if (word.size() > prefix.size() && word.starts_with(prefix) &&
          std::all_of(word.begin() + static_cast<std::ptrdiff_t>(prefix.size()), word.end(),
                      [](unsigned char c) { return std::isdigit(c) != 0; })) {
        reporter.warning(word +
                         " names a descriptor of this shell (process substitution?), which "
                         "a machine of its own cannot see: use a pipe or a file");
      }
    }
  }
}

int print_command(const Context& context, const std::vector<std::string>& words) {
  const run::Request request = make_request(context, words);
  const auto monitor = run::choose_monitor(request.monitor, context.paths);
  return print_invocation(context, request, *monitor);
}

/// Where the record goes; opened before the run, so that a mistake is told before anything else
/// happens.
base::Fd open_record(const config::JsonTarget& target) {
  if (!target.wanted()) return {};
  if (target.fd < 0) return base::open_file(target.file, O_WRONLY | O_CREAT | O_TRUNC);
  base::Fd fd(::fcntl(target.fd, F_DUPFD_CLOEXEC, 3));
  if (!fd) {
    throw base::Error(fmt::format("descriptor {} (--json) is not open", target.fd),
                      fmt::format("open it in the shell: quiz --json {0} … {0}>FILE", target.fd));
  }
  return fd;
}

void show(const RunReport& report, const run::Result& result, bool quiet) {
  if (report.show_last_words && !quiet) {
    auto lines = result.last_words;
    const auto messages = openzfs::take_debug_messages(lines);
    if (!messages.empty()) {
      lines.push_back(
          fmt::format("({} messages of zfs_dbgmsg are left out here)", messages.size()));
    }
    for (const std::string& line : lines) {
      const std::string text = base::printable(line) + "\n";
      (void)!::write(STDERR_FILENO, text.data(), text.size());
    }
  }
  if (const auto* hook = std::get_if<machine::HookFailed>(&result.outcome.ending)) {
    const std::string text = base::printable(hook->output);
    (void)!::write(STDERR_FILENO, text.data(), text.size());
  }
  if (!report.sentence.empty()) print_error(base::Error(report.sentence, report.hint));
}

}  // namespace

int print_invocation(const Context& context, const run::Request& request,
                     const machine::Monitor& monitor) {
  print(shell_line(run::dry_run(request, context.paths, monitor, context.reporter)) + "\n");
  return 0;
}

namespace {

/// From the machine's start to what is said of its end.
RunEnd carry_out(const Context& context, const std::vector<std::string>& words,
                 const run::Request& request, base::FrontProcess* front) {
  const Settings& settings = context.settings;
  const std::unique_ptr<machine::Monitor> monitor =
      run::choose_monitor(request.monitor, context.paths);
  warn_of_descriptor_names(words, context.reporter);
  for (const std::string& warning : run::warnings_of_host_only(request)) {
    context.reporter.warning(warning);
  }
  if (!request.hidden.empty()) {
    context.reporter.detail(fmt::format(
        "hidden from the guest: {} paths of this machine (quiz layers)", request.hidden.size()));
  }
  const base::Fd record = open_record(settings.json.value);

  const bool terminal = base::is_terminal(STDERR_FILENO);
  RunDisplay::Options options{settings.verbose.value, terminal};
  if (front != nullptr) options.leave = [front] { front->leave(); };
  RunDisplay display(options, context.reporter);
  if (terminal) context.reporter.step("starting the machine");
  const run::Result result =
      run::run(request, context.paths, *monitor, context.reporter, display, kStart, front);
  display.finish();
  context.reporter.step({});

  if (request.boot_timed) {
    const fs::path file = settings.boot_chart.value;
    const auto spans = boot_spans(result.clocks, result.boot_log);
    base::write_file_atomically(file, file.extension() == ".svg"
                                          ? boot_svg(spans, request.kernel.name)
                                          : boot_table(spans));
  }

  const RunReport report = show_end(request, result, settings.quiet.value);
  if (record) base::write_all(record.get(), json_record(request, result, report), "the record");
  return {report.status, result.outcome};
}

/// A run whose terminal can be left has a process of its own behind the one that the shell knows.
int carry_out_behind_front(const Context& context, const std::vector<std::string>& words,
                           const run::Request& request) {
  context.reporter.step({});  // and its thread: the process is doubled now
  return base::run_behind_front([&](base::FrontProcess& front) {
    return status_of([&] { return carry_out(context, words, request, &front).status; });
  });
}

}  // namespace

RunEnd run_and_report(const Context& context, const std::vector<std::string>& words) {
  return carry_out(context, words, make_request(context, words), nullptr);
}

RunReport show_end(const run::Request& request, const run::Result& result, bool quiet) {
  RunReport report = make_report(request, result);
  // Of another machine the host's CPU has everything that this one lacks.
  if (!result.outcome.cpu_features.empty() && request.architecture == base::host_architecture()) {
    explain_illegal_instruction(
        report, base::cpu_features(base::read_file_if_exists("/proc/cpuinfo").value_or("")),
        result);
  }
  if (report.show_last_words) {
    const std::string more = openzfs::keep_crash(request.directory, result.last_words);
    if (!more.empty()) report.hint += (report.hint.empty() ? "" : "; ") + more;
  }
  show(report, result, quiet);
  return report;
}

int command_run(const Context& context, const std::vector<std::string>& words) {
  if (context.settings.dry_run.value) return print_command(context, words);
  const run::Request request = make_request(context, words);
  if (run::has_terminal_to_leave(request)) return carry_out_behind_front(context, words, request);
  return carry_out(context, words, request, nullptr).status;
}

}  // namespace quiz::cli
