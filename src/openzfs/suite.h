// OpenZFS's test suite over as many machines as it takes: a test in which the machine ends has
// failed, and the tests after it run in another one. How a machine is run is the caller's affair.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/reporter.h"
#include "openzfs/checkout.h"
#include "openzfs/suite_results.h"
#include "openzfs/test_results.h"

namespace quiz::openzfs {

/// How one machine ended.
struct MachineEnd {
  int status = 0;         ///< what quiz exits with after it
  bool panicked = false;  ///< its kernel did
  bool lost = false;      ///< it ended without telling how the suite did

  bool by_itself() const { return panicked || lost; }
};

/// Runs the suite in a machine that writes into the directory, without the tests that are named in
/// the file `done` there.
using RunMachine = std::function<MachineEnd(const std::filesystem::path& output)>;

struct SuiteRequest {
  std::string junit;      ///< a file, written anew after each machine; empty: none
  bool one_test = false;  ///< one was asked for by name: no other machine goes on after it
};

struct SuiteEnd {
  std::vector<TestCase> cases;
  int status = 0;  ///< of the last machine, or 1 where a test failed and that does not tell
};

/// Throws base::Error where results cannot be written, and what `run_machine` throws.
SuiteEnd run_suite(const Checkout& checkout, const SuiteRequest& request, SuiteResults& results,
                   const RunMachine& run_machine, base::Reporter& reporter);

}  // namespace quiz::openzfs
