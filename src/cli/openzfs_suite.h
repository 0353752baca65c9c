// `quiz openzfs test`: OpenZFS's test suite in a machine of its own, its results on the host. A
// test in which the machine panics has failed; the tests after it run in another machine.
#pragma once

#include <string>
#include <vector>

#include "cli/command.h"
#include "openzfs/checkout.h"

namespace quiz::cli {

struct SuiteWords {
  std::string junit;               ///< a file; empty: none
  std::string timeout;             ///< of each test, in seconds; empty: OpenZFS's own
  std::vector<std::string> suite;  ///< for zfs-tests.sh
};

/// Throws base::Error.
SuiteWords parse_suite_words(const std::vector<std::string>& words);

/// The exit status: that of zfs-tests.sh, or of the machine where it could not go on after that
/// ended.
int openzfs_suite(const Context& context, const openzfs::Checkout& checkout,
                  const SuiteWords& words);

}  // namespace quiz::cli
