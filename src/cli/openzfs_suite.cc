#include "cli/openzfs_suite.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>

#include "base/error.h"
#include "cli/command_run.h"
#include "cli/standard_streams.h"
#include "config/settings.h"
#include "openzfs/crash_report.h"
#include "openzfs/suite.h"
#include "openzfs/suite_results.h"
#include "openzfs/test_results.h"

namespace quiz::cli {

namespace {

namespace fs = std::filesystem;
using config::Settings;

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

std::vector<std::string> suite_program(const SuiteWords& words) {
  std::vector<std::string> program = {"quiz-zfs-tests"};
  program.insert(program.end(), words.suite.begin(), words.suite.end());
  return program;
}

openzfs::MachineEnd run_machine(const Context& context, const Settings& settings,
                                const std::vector<std::string>& program) {
  const RunEnd end =
      run_and_report({settings, context.paths, context.reporter, context.closed}, program);
  const machine::Ending& ending = end.outcome.ending;
  return {end.status, std::holds_alternative<machine::GuestPanic>(ending),
          std::holds_alternative<machine::Lost>(ending)};
}

openzfs::SuiteResults make_results(const openzfs::Checkout& checkout, const std::string& output) {
  if (output.empty()) return openzfs::SuiteResults::in_checkout(checkout, openzfs::time_stamp());
  return openzfs::SuiteResults::in(fs::absolute(output).lexically_normal());
}

bool names_one_test(const SuiteWords& words) {
  return std::any_of(words.suite.begin(), words.suite.end(),
                     [](const std::string& word) { return word.starts_with("-t"); });
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
  const openzfs::SuiteEnd end = openzfs::run_suite(
      checkout, {words.junit, names_one_test(words)}, results,
      [&](const fs::path& output) {
        settings.output.value = output.string();
        return run_machine(context, settings, suite_program(words));
      },
      context.reporter);
  print(fmt::format("{}; results in {}\n", openzfs::summary(openzfs::count(end.cases)),
                    results.path().string()));
  // The suite itself calls a run of no test a success.
  if (end.cases.empty() && end.status == 0) {
    throw base::Error("no test was run",
                      "see what zfs-tests.sh says above: is there such a test, "
                      "tag or runfile?",
                      kStatusTestsFailed);
  }
  return end.status;
}

}  // namespace quiz::cli
