// `quiz openzfs test`, `ztest` and `raidz_test`: OpenZFS's own tests, each a run like any other
// with the profiles and settings that they need.
#include "cli/command_openzfs.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>

#include "base/error.h"
#include "base/files.h"
#include "cli/run_report.h"
#include "cli/standard_streams.h"
#include "config/settings.h"
#include "openzfs/test_results.h"

namespace quiz::cli {

namespace {

namespace fs = std::filesystem;
using config::Settings;

/// Less makes the tests of pools fail for want of memory.
constexpr unsigned kMemoryMib = 4096;
constexpr int kStatusTestsFailed = 1;

struct TestWords {
  std::string junit;               ///< a file; empty: none
  std::string timeout;             ///< of each test, in seconds; empty: OpenZFS's own
  std::vector<std::string> suite;  ///< for zfs-tests.sh
};

/// The value of `--name VALUE` or `--name=VALUE` at `at`.
std::optional<std::string> long_option(const std::vector<std::string>& words, std::size_t& at,
                                       const std::string& name) {
  const std::string& word = words[at];
  if (word.starts_with(name + "=")) return word.substr(name.size() + 1);
  if (word != name) return std::nullopt;
  if (at + 1 == words.size()) throw base::Error(name + " needs a value");
  return words[++at];
}

TestWords parse_test_words(const std::vector<std::string>& words) {
  TestWords result;
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

void require_installed(const openzfs::Checkout& checkout, const fs::path& file) {
  if (fs::exists(checkout.system() / file)) return;
  throw base::Error("OpenZFS has not been built and installed in " + checkout.directory.string(),
                    "quiz openzfs does that");
}

/// The caller's settings win over these.
Settings with_memory(Settings settings) {
  if (settings.memory.origin.source == config::Source::kDefault) settings.memory.value = kMemoryMib;
  return settings;
}

void add_profile(Settings& settings, const std::string& profile) {
  settings.profiles.push_back({profile, {config::Source::kFlag, "quiz openzfs"}});
}

int run_with(const Context& context, const Settings& settings,
             const std::vector<std::string>& words) {
  return command_run({settings, context.paths, context.reporter, context.closed}, words);
}

/// The test runner's log: it makes a directory of its own in the results.
std::string runner_log(const fs::path& results) {
  std::error_code error;
  for (const auto& item : fs::directory_iterator(results / "test_results", error)) {
    if (item.is_symlink() || !fs::is_regular_file(item.path() / "log", error)) continue;
    return base::read_file(item.path() / "log");
  }
  return {};
}

int run_suite(const Context& context, const openzfs::Checkout& checkout, const TestWords& words) {
  require_installed(checkout, "usr/share/zfs/zfs-tests.sh");
  Settings settings = with_memory(context.settings);
  add_profile(settings, "ztest");
  if (settings.output.value.empty()) {
    settings.output.value = (checkout.quiz() / "results" / time_stamp()).string();
  }
  if (!words.timeout.empty()) {
    settings.environment.push_back({{"QUIZ_TEST_TIMEOUT", words.timeout}, {}});
  }
  const fs::path results = settings.output.value;
  base::make_directories(results);
  std::vector<std::string> program = {"quiz-zfs-tests"};
  program.insert(program.end(), words.suite.begin(), words.suite.end());
  const int status = run_with(context, settings, program);

  const std::string printed = base::read_file_if_exists(results / "printed").value_or("");
  auto cases = openzfs::parse_results(printed);
  openzfs::add_output(cases, runner_log(results));
  if (!words.junit.empty()) base::write_file_atomically(words.junit, openzfs::junit(cases));
  print(fmt::format("{}; results in {}\n", openzfs::summary(openzfs::count(cases)),
                    results.string()));
  // The suite itself calls a run of no test a success.
  if (cases.empty() && status == 0) {
    throw base::Error("no test was run",
                      "see what zfs-tests.sh says above: is there such a test, "
                      "tag or runfile?",
                      kStatusTestsFailed);
  }
  // Nor does its report know tests that lie elsewhere: a runfile of the caller's own.
  const bool unreported = printed.find("No test results were found") != std::string::npos;
  if (status == 0 && unreported && openzfs::count(cases).failed > 0) return kStatusTestsFailed;
  return status;
}

int run_ztest(const Context& context, const openzfs::Checkout& checkout,
              const std::vector<std::string>& words) {
  require_installed(checkout, "usr/sbin/ztest");
  std::string seconds = "60";
  std::vector<std::string> more = words;
  if (!more.empty() && !more.front().starts_with('-')) {
    seconds = more.front();
    more.erase(more.begin());
  }
  if (seconds.empty() || seconds.size() > 7 ||
      seconds.find_first_not_of("0123456789") != std::string::npos) {
    throw base::Error("'" + seconds + "' is no number of seconds", "quiz openzfs ztest 300");
  }
  std::vector<std::string> program = {"ztest", "-V", "-T", seconds, "-f", "/var/tmp"};
  program.insert(program.end(), more.begin(), more.end());
  return run_with(context, with_memory(context.settings), program);
}

}  // namespace

int openzfs_test(const Context& context, const openzfs::Checkout& checkout,
                 const std::string& command, const std::vector<std::string>& words) {
  if (command == "ztest") return run_ztest(context, checkout, words);
  if (command == "raidz_test") {
    require_installed(checkout, "usr/bin/raidz_test");
    std::vector<std::string> program = {"raidz_test"};
    program.insert(program.end(), words.begin(), words.end());
    return run_with(context, with_memory(context.settings), program);
  }
  return run_suite(context, checkout, parse_test_words(words));
}

}  // namespace quiz::cli
