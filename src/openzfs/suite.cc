#include "openzfs/suite.h"

#include <fmt/format.h>

#include <optional>

#include "base/files.h"
#include "openzfs/crash.h"
#include "openzfs/crash_report.h"

namespace quiz::openzfs {

namespace {

constexpr int kStatusTestsFailed = 1;

/// What one machine ran.
struct Share {
  MachineEnd end;
  std::vector<TestCase> cases;
  std::optional<TestCase> broke;  ///< the test in which the machine ended
  bool reported = true;           ///< OpenZFS's own judgement is in the status
};

/// The kernel's last words, which the run kept in the checkout.
std::string take_crash(const Checkout& checkout, const SuiteResults& results) {
  const std::string log = kept_crash(checkout).value_or("");
  if (log.empty()) return {};
  results.write_crash(log);
  return fmt::format("{}\n", fmt::join(crash_lines(log), "\n"));
}

Share read_share(const Checkout& checkout, const MachineEnd& end, SuiteResults& results) {
  Share share;
  share.end = end;
  const std::string printed = results.printed();
  share.cases = parse_results(printed);
  add_output(share.cases, results.log());
  // Of tests that lie elsewhere (a runfile of the caller's own) the suite's report knows nothing.
  share.reported = printed.find("No test results were found") == std::string::npos;
  if (end.by_itself()) {
    share.broke = broken_test(results.running());
    if (share.broke && end.panicked) share.broke->output = take_crash(checkout, results);
  }
  return share;
}

/// Adds what the machine has run; false if the rest cannot be run in another machine, or if that
/// would get no further than this one.
bool goes_on(std::vector<TestCase>& all, const Share& share) {
  bool further = merge(all, share.cases);
  if (!share.broke) return false;
  further = merge(all, {*share.broke}) || further;
  return further;
}

int status_of(const Share& last, const std::vector<TestCase>& all, bool several) {
  const bool failed = count(all).failed > 0;
  if (last.end.status == 0 && failed && (several || !last.reported)) return kStatusTestsFailed;
  // That no test was left for the last machine is no failure of its own.
  if (several && last.cases.empty() && !last.end.by_itself()) return kStatusTestsFailed;
  return last.end.status;
}

}  // namespace

SuiteEnd run_suite(const Checkout& checkout, const SuiteRequest& request, SuiteResults& results,
                   const RunMachine& run_machine, base::Reporter& reporter) {
  std::vector<TestCase> all;
  for (int machine = 1;; ++machine) {
    const MachineEnd end = run_machine(results.add_machine(results_so_far(all)));
    const Share share = read_share(checkout, end, results);
    for (const std::string& warning : results.take_warnings()) reporter.warning(warning);
    const bool more = goes_on(all, share);
    results.write_results(results_so_far(all));
    if (!request.junit.empty()) base::write_file_atomically(request.junit, junit(all));
    if (!more || request.one_test) {
      const int status = status_of(share, all, machine > 1);
      return {std::move(all), status};
    }
    reporter.warning(fmt::format(
        "the machine ended in {}/{}, which has failed: the tests after it run in another one",
        share.broke->group, share.broke->name));
  }
}

}  // namespace quiz::openzfs
