#include "cli/openzfs_suite.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>

#include "base/error.h"
#include "base/files.h"
#include "cli/command_openzfs.h"
#include "cli/command_run.h"
#include "cli/standard_streams.h"
#include "config/settings.h"
#include "openzfs/crash.h"
#include "openzfs/suite_results.h"
#include "openzfs/test_results.h"

namespace quiz::cli {

namespace {

namespace fs = std::filesystem;
using config::Settings;
using openzfs::TestCase;

constexpr int kStatusTestsFailed = 1;

/// The value of `--name VALUE` or `--name=VALUE` at `at`.
std::optional<std::string> long_option(const std::vector<std::string>& words, std::size_t& at,
                                       const std::string& name) {
  const std::string& word = words[at];
  if (word.starts_with(name + "=")) return word.substr(name.size() + 1);
  if (word != name) return std::nullopt;
  if (at + 1 == words.size()) throw base::Error(name + " needs a value");
  return words[++at];
}

/// What one machine ran.
struct Part {
  RunEnd end;
  std::vector<TestCase> cases;
  std::optional<TestCase> broke;  ///< the test in which the machine ended
  bool reported = true;           ///< OpenZFS's own judgement is in the status
};

bool panicked(const machine::Outcome& outcome) {
  return std::holds_alternative<machine::GuestPanic>(outcome.ending);
}

bool machine_ended(const machine::Outcome& outcome) {
  return panicked(outcome) || std::holds_alternative<machine::Lost>(outcome.ending);
}

/// The kernel's last words, which the run kept in the checkout.
std::string take_crash(const openzfs::Checkout& checkout, const openzfs::SuiteResults& results) {
  const std::string log = kept_crash(checkout).value_or("");
  if (log.empty()) return {};
  results.write_crash(log);
  return fmt::format("{}\n", fmt::join(openzfs::crash_lines(log), "\n"));
}

std::vector<std::string> suite_program(const SuiteWords& words) {
  std::vector<std::string> program = {"quiz-zfs-tests"};
  program.insert(program.end(), words.suite.begin(), words.suite.end());
  return program;
}

Part run_part(const Context& context, const openzfs::Checkout& checkout, const Settings& settings,
              const SuiteWords& words, openzfs::SuiteResults& results) {
  Part part;
  part.end = run_and_report({settings, context.paths, context.reporter, context.closed},
                            suite_program(words));

  const std::string printed = results.printed();
  part.cases = openzfs::parse_results(printed);
  openzfs::add_output(part.cases, results.log());
  // Of tests that lie elsewhere (a runfile of the caller's own) the suite's report knows nothing.
  part.reported = printed.find("No test results were found") == std::string::npos;
  if (machine_ended(part.end.outcome)) {
    part.broke = openzfs::broken_test(results.running());
    if (part.broke && panicked(part.end.outcome)) {
      part.broke->output = take_crash(checkout, results);
    }
  }
  for (const std::string& warning : results.take_warnings()) context.reporter.warning(warning);
  return part;
}

openzfs::SuiteResults make_results(const openzfs::Checkout& checkout, const std::string& output) {
  if (output.empty()) return openzfs::SuiteResults::in_checkout(checkout, time_stamp());
  return openzfs::SuiteResults::in(fs::absolute(output).lexically_normal());
}

bool names_one_test(const SuiteWords& words) {
  return std::any_of(words.suite.begin(), words.suite.end(),
                     [](const std::string& word) { return word.starts_with("-t"); });
}

/// Adds what the part has run; false if the rest cannot be run in another machine, or if that would
/// get no further than this one.
bool goes_on(std::vector<TestCase>& all, const Part& part) {
  bool further = openzfs::merge(all, part.cases);
  if (!part.broke) return false;
  further = openzfs::merge(all, {*part.broke}) || further;
  return further;
}

int status_of(const Part& last, const std::vector<TestCase>& all, bool several) {
  const bool failed = openzfs::count(all).failed > 0;
  if (last.end.status == 0 && failed && (several || !last.reported)) return kStatusTestsFailed;
  // That no test was left for the last machine is no failure of its own.
  if (several && last.cases.empty() && !machine_ended(last.end.outcome)) return kStatusTestsFailed;
  return last.end.status;
}

}  // namespace

SuiteWords parse_suite_words(const std::vector<std::string>& words) {
  SuiteWords result;
  for (std::size_t at = 0; at < words.size(); ++at) {
    if (const auto junit = long_option(words, at, "--junit")) {
      result.junit = fs::absolute(*junit).string();
    } else if (const auto timeout = long_option(words, at, "--test-timeout")) {
      if (timeout->empty() || timeout->size() > 7 ||
          timeout->find_first_not_of("0123456789") != std::string::npos) {
        throw base::Error("'" + *timeout + "' is no number of seconds (--test-timeout)");
      }
      result.timeout = *timeout;
    } else if (words[at].starts_with("--")) {
      throw base::Error(
          "quiz openzfs test does not know " + words[at],
          "--junit FILE, --test-timeout SECONDS, and what zfs-tests.sh takes: -t TEST, "
          "-r RUNFILE, -T TAG[,TAG…]");
    } else {
      result.suite.push_back(words[at]);
    }
  }
  return result;
}

int openzfs_suite(const Context& context, const openzfs::Checkout& checkout,
                  const SuiteWords& words) {
  Settings settings = context.settings;
  settings.profiles.push_back({"ztest", {config::Source::kFlag, "quiz openzfs"}});
  if (!words.timeout.empty()) {
    settings.environment.push_back({{"QUIZ_TEST_TIMEOUT", words.timeout}, {}});
  }
  if (settings.dry_run.value) {
    return command_run({settings, context.paths, context.reporter, context.closed},
                       suite_program(words));
  }
  openzfs::SuiteResults results = make_results(checkout, settings.output.value);
  std::vector<TestCase> all;
  Part part;
  for (int machine = 1;; ++machine) {
    settings.output.value = results.add_machine(openzfs::results_so_far(all)).string();
    part = run_part(context, checkout, settings, words, results);
    const bool more = goes_on(all, part);
    results.write_results(openzfs::results_so_far(all));
    if (!words.junit.empty()) base::write_file_atomically(words.junit, openzfs::junit(all));
    if (!more || names_one_test(words)) {
      print(fmt::format("{}; results in {}\n", openzfs::summary(openzfs::count(all)),
                        results.path().string()));
      // The suite itself calls a run of no test a success.
      if (all.empty() && part.end.status == 0) {
        throw base::Error("no test was run",
                          "see what zfs-tests.sh says above: is there such a test, "
                          "tag or runfile?",
                          kStatusTestsFailed);
      }
      return status_of(part, all, machine > 1);
    }
    context.reporter.warning(fmt::format(
        "the machine ended in {}/{}, which has failed: the tests after it run in another one",
        part.broke->group, part.broke->name));
  }
}

}  // namespace quiz::cli
