// `quiz openzfs test`, `ztest` and `raidz_test`: OpenZFS's own tests, each a run like any other
// with the profiles and settings that they need.
#include "cli/command_openzfs.h"

#include <filesystem>

#include "base/error.h"
#include "cli/openzfs_suite.h"
#include "config/settings.h"

namespace quiz::cli {

namespace {

namespace fs = std::filesystem;
using config::Settings;

/// Less makes the tests of pools fail for want of memory.
constexpr unsigned kMemoryMib = 4096;
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

int run_with(const Context& context, const Settings& settings,
             const std::vector<std::string>& words) {
  return command_run({settings, context.paths, context.reporter, context.closed}, words);
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
  require_installed(checkout, "usr/share/zfs/zfs-tests.sh");
  const Settings settings = with_memory(context.settings);
  return openzfs_suite({settings, context.paths, context.reporter, context.closed}, checkout,
                       parse_suite_words(words));
}

}  // namespace quiz::cli
