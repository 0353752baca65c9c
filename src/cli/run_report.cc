#include "cli/run_report.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

#include "base/error.h"
#include "base/json.h"
#include "base/nearest.h"
#include "cli/commands.h"
#include "run/missing_instructions.h"
#include "run/not_started.h"

namespace quiz::cli {

namespace {

/// What init says that it could not do (machine::NotStarted::detail).
constexpr char kEnter[] = "enter the directory";
constexpr char kKeepLog[] = "--kmsg=FILE keeps everything that the kernel says";

std::string program_name(const run::Request& request) {
  return request.words.empty() ? "the shell" : request.words[0];
}

/// Turns each ending into its report.
class Reporting {
 public:
  explicit Reporting(const run::Request& request) : request_(request) {}

  RunReport operator()(const machine::Exited& ending) const {
    return {ending.status, "exited", {}, {}, false};
  }
  RunReport operator()(const machine::Signalled& ending) const {
    return {kStatusSignal + ending.signal, "signalled", {}, {}, false};
  }
  RunReport operator()(const machine::NotStarted& ending) const {
    RunReport report = report_not_started(ending, program_name(request_), request_.directory);
    if (ending.detail.empty()) {
      report.hint = hint_for(ending.error_number, report.status == kStatusNotFound);
    } else if (ending.detail == kEnter && ending.error_number == EACCES) {
      report.hint = run::why_not_entered(request_);
    }
    return report;
  }
  RunReport operator()(const machine::HookFailed& ending) const {
    return {base::kStatusQuizFailed, "hook-failed", ending.hook + " " + ending.end, {}, false};
  }
  RunReport operator()(const machine::GuestPanic& ending) const {
    if (ending.reason.empty()) {
      return {kStatusPanic, "panic", "the guest's kernel panicked without a word",
              "the program had switched its messages off (/proc/sys/kernel/printk)", true};
    }
    return {kStatusPanic, "panic", "the guest's kernel panicked: " + ending.reason, kKeepLog, true};
  }
  RunReport operator()(const machine::TimedOut&) const {
    const double seconds = static_cast<double>(request_.timeout.count()) / 1000;
    return {kStatusTimedOut, "timeout",
            fmt::format("{} did not end within {:g} s", program_name(request_), seconds),
            std::string("above is what the CPUs did; ") + kKeepLog, true};
  }
  RunReport operator()(const machine::OverLimit& ending) const {
    return {kStatusLost, "over-limit", ending.complaint,
            "--output-limit=SIZE allows more, and 0 any amount; what is there was kept", false};
  }
  RunReport operator()(const machine::Killed& ending) const {
    return {kStatusSignal + ending.signal, "killed", {}, {}, false};
  }
  RunReport operator()(const machine::Lost& ending) const {
    return {kStatusLost, "lost", "the machine ended before the program did: " + ending.reason,
            kKeepLog, true};
  }

 private:
  /// What the host shows; else, a word that is nearly a command of quiz was probably meant as one.
  std::string hint_for(int error_number, bool missing) const {
    std::string reason = run::why_not_started(request_, error_number);
    if (!reason.empty() || !missing || request_.words.empty()) return reason;
    std::vector<std::string> names;
    for (const Command& command : commands()) names.emplace_back(command.name);
    const auto meant = base::nearest(request_.words[0], names);
    return meant ? "did you mean the command `quiz " + *meant + "`?" : std::string();
  }

  const run::Request& request_;
};

bool program_ended(const machine::Ending& ending) {
  return std::holds_alternative<machine::Exited>(ending) ||
         std::holds_alternative<machine::Signalled>(ending);
}

base::Json milliseconds(const std::optional<relay::Clock::time_point>& time,
                        relay::Clock::time_point start) {
  if (!time) return nullptr;
  return std::chrono::duration<double, std::milli>(*time - start).count();
}

}  // namespace

RunReport report_not_started(const machine::NotStarted& ending, const std::string& program,
                             const std::string& directory) {
  const std::string reason = std::strerror(ending.error_number);
  if (!ending.detail.empty()) {
    const bool of_directory = ending.detail == kEnter;
    const std::string what = of_directory ? ending.detail + " " + directory : ending.detail;
    return {base::kStatusQuizFailed,
            "not-started",
            fmt::format("cannot {} in the guest: {}", what, reason),
            {},
            false};
  }
  const bool missing = ending.error_number == ENOENT || ending.error_number == ENOTDIR;
  return {missing ? kStatusNotFound : kStatusNotExecutable,
          "not-started",
          fmt::format("cannot run {}: {}", program, reason),
          {},
          false};
}

void add_stream_errors(RunReport& report, int input_error, int output_error) {
  // EIO: a terminal that has hung up, at which a program sees the same.
  if (input_error != 0 && input_error != EIO && report.sentence.empty()) {
    report.sentence = std::string("cannot read the program's input: ") + std::strerror(input_error);
    if (report.status == 0) {
      report.name = "input-lost";
      report.status = base::kStatusQuizFailed;
    }
  }
  if (output_error != 0 && report.sentence.empty()) {
    report.sentence =
        std::string("cannot write the program's output: ") + std::strerror(output_error);
    // What failed by itself keeps its status; but nothing that lost output has succeeded.
    if (report.status == 0) {
      report.name = "output-lost";
      report.status = base::kStatusQuizFailed;
    }
  }
}

RunReport make_report(const run::Request& request, const run::Result& result) {
  RunReport report = std::visit(Reporting(request), result.outcome.ending);
  if (result.outcome.oops && request.oops != config::OnOops::kIgnore &&
      program_ended(result.outcome.ending)) {
    // Where kernel messages are shown as they come, the oops has been seen already.
    report = {kStatusOops, "oops",
              fmt::format("the guest's kernel oopsed while {} ran: {}", program_name(request),
                          *result.outcome.oops),
              "--oops=ignore keeps the program's own status", request.log_level == 0};
  }
  add_stream_errors(report, result.input_error, result.output_error);
  return report;
}

void explain_illegal_instruction(RunReport& report, const std::string& host_features,
                                 const run::Result& result) {
  const std::string& guest_features = result.outcome.cpu_features;
  if (report.status == 0 || !report.sentence.empty() || guest_features.empty()) return;
  const auto missing = run::missing_instructions(host_features, guest_features);
  if (missing.empty()) return;
  report.sentence = fmt::format(
      "a program met an instruction that the machine's CPU does not have (SIGILL); "
      "the host's CPU has and the machine's has not: {}",
      fmt::join(missing, " "));
  report.hint = result.accelerator == machine::Accelerator::tcg
                    ? "compile it for any CPU instead of for this very one (-march=native), or use "
                      "KVM, with which the machine has this CPU (quiz doctor)"
                    : "compile it for any CPU instead of for this very one (-march=native)";
}

std::string json_record(const run::Request& request, const run::Result& result,
                        const RunReport& report) {
  const relay::Clocks& clocks = result.clocks;
  base::Json record;
  record["outcome"] = report.name;
  record["status"] = report.status;
  record["reason"] = report.sentence;
  record["oops"] = result.outcome.oops ? base::Json(*result.outcome.oops) : base::Json();
  record["clocks"]["start_to_program_ms"] = milliseconds(clocks.program, clocks.start);
  record["clocks"]["whole_ms"] = milliseconds(clocks.end, clocks.start);
  record["clocks"]["kernel_ms"] =
      clocks.kernel_ns ? base::Json(static_cast<double>(*clocks.kernel_ns) / 1e6) : base::Json();
  // From init's hello on, which a warm start repeats when the machine goes on.
  record["clocks"]["hello_to_program_ms"] =
      clocks.hello ? milliseconds(clocks.program, *clocks.hello) : base::Json();
  record["kernel"]["name"] = request.kernel.name;
  record["kernel"]["release"] = request.kernel.release;
  record["architecture"] = std::string(request.architecture.name);
  record["accelerator"] = result.accelerator == machine::Accelerator::kvm ? "kvm" : "tcg";
  record["machine"] = result.board;
  record["start"] = result.start == machine::Start::warm ? "warm" : "cold";
  record["clocksource"] = result.clocksource;
  record["log"] =
      request.kernel_log.empty() ? base::Json() : base::Json(request.kernel_log.string());
  record["id"] = result.instance;
  return record.dump(-1, base::Json::Order::as_made) + "\n";
}

}  // namespace quiz::cli
