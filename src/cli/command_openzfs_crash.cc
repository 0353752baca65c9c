// `quiz openzfs crash`: a panic's stack with source lines, and what else belongs to a report of it,
// in one directory.
#include <unistd.h>

#include "base/error.h"
#include "base/files.h"
#include "base/printable.h"
#include "cli/command_openzfs.h"
#include "cli/standard_streams.h"
#include "config/settings.h"
#include "kernel/store.h"
#include "openzfs/crash_report.h"

namespace quiz::cli {

namespace {

std::string read_standard_input() {
  std::string text;
  char buffer[65536];
  for (ssize_t count; (count = ::read(STDIN_FILENO, buffer, sizeof buffer)) > 0;) {
    text.append(buffer, static_cast<std::size_t>(count));
    if (text.size() > openzfs::kMostOfALog)
      throw base::Error("that is too long for the log of a crash");
  }
  return text;
}

std::string read_log(const openzfs::Checkout& checkout, const std::vector<std::string>& words) {
  if (words.size() > 1) throw base::Error("quiz openzfs crash takes one log", "or - for stdin");
  if (!words.empty()) {
    return words.front() == "-" ? read_standard_input()
                                : base::read_file(words.front(), openzfs::kMostOfALog);
  }
  if (const auto kept = openzfs::kept_crash(checkout)) return *kept;
  throw base::Error("no run in " + checkout.directory.string() + " has crashed",
                    "give it a kernel's log: quiz openzfs crash FILE, or - for stdin");
}

}  // namespace

int openzfs_crash(const Context& context, const openzfs::Checkout& checkout,
                  const std::vector<std::string>& words) {
  const std::string log = read_log(checkout, words);
  const std::string& selector = context.settings.kernel.value;
  if (selector.empty()) {
    throw base::Error("nothing was built here, so there are no symbols to look things up in",
                      "quiz openzfs builds it; -k KERNEL names the kernel");
  }
  const kernel::Kernel kernel =
      kernel::Store(context.paths.data).find(selector, context.paths.cache, checkout.architecture);
  const openzfs::CrashReport report =
      openzfs::report_crash(checkout, {kernel.name, kernel.origin, kernel.release, kernel.symbols},
                            log, context.reporter);
  print(base::printable(report.text) + "saved in " + report.directory.string() + "\n");
  return 0;
}

}  // namespace quiz::cli
