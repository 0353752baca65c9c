// The end of a run for people and programs: exit status, one line with a hint, the kernel's last
// words, the JSON record.
#pragma once

#include <string>

#include "run/run.h"

namespace quiz::cli {

/// Exit statuses of quiz beside the program's own (env(1) and timeout(1) use 124 to 127
/// alike).
inline constexpr int kStatusOops = 121;
inline constexpr int kStatusPanic = 122;
inline constexpr int kStatusLost = 123;
inline constexpr int kStatusTimedOut = 124;
inline constexpr int kStatusNotExecutable = 126;
inline constexpr int kStatusNotFound = 127;
inline constexpr int kStatusSignal = 128;

struct RunReport {
  int status = 0;
  /// "exited", "signalled", "panic", "oops", "timeout", "lost", "killed", "not-started",
  /// "over-limit".
  std::string name;
  std::string sentence{};  ///< empty where there is nothing to say
  std::string hint{};
  bool show_last_words = false;
};

/// Of a program that could not be started in the guest. Pure.
RunReport report_not_started(const machine::NotStarted& ending, const std::string& program,
                             const std::string& directory);
/// What was lost of the program's streams, by errno; 0: nothing was. Pure.
void add_stream_errors(RunReport& report, int input_error, int output_error);

/// Pure.
RunReport make_report(const run::Request& request, const run::Result& result);

/// What a program met that ended by SIGILL: which instructions the host's CPU has, by its features
/// (base::cpu_features), and the machine's has not. Leaves a report alone that says something
/// already, or where nothing is missing.
void explain_illegal_instruction(RunReport& report, const std::string& host_features,
                                 const run::Result& result);

/// One JSON object, one line.
std::string json_record(const run::Request& request, const run::Result& result,
                        const RunReport& report);

}  // namespace quiz::cli
