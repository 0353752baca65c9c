// What every command of quiz gets from main, and the commands themselves: one .cc file each
// (command_NAME.cc). A command reads as a list of steps and returns the exit status; what fails
// throws base::Error, which main prints.
#pragma once

#include <string>
#include <vector>

#include "base/paths.h"
#include "base/reporter.h"
#include "cli/standard_streams.h"

namespace quiz::config {
struct Settings;
}

namespace quiz::cli {

struct Context {
  /// Merged from defaults, files, environment and the options before the command.
  const config::Settings& settings;
  const base::Paths& paths;
  base::Reporter& reporter;  ///< prints to stderr: steps and progress, warnings, -v details
  ClosedStreams closed{};  ///< which standard streams the caller had closed; they are /dev/null now
};

/// `quiz PROGRAM…`, or a shell when `words` is empty.
int command_run(const Context& context, const std::vector<std::string>& words);
/// `quiz kernel list|fetch|build|…`; `words` is what follows "kernel".
int command_kernel(const Context& context, const std::vector<std::string>& words);
/// `quiz root build|list|…`; `words` is what follows "root".
int command_root(const Context& context, const std::vector<std::string>& words);
/// `quiz layers [PATH...]`.
int command_layers(const Context& context, const std::vector<std::string>& words);
/// `quiz profile list|show`.
int command_profile(const Context& context, const std::vector<std::string>& words);
/// `quiz disk list|remove`.
int command_disk(const Context& context, const std::vector<std::string>& words);
/// `quiz vm list|exec|stop|…`; `words` is what follows "vm".
int command_vm(const Context& context, const std::vector<std::string>& words);
/// `quiz trust [DIR]`.
int command_trust(const Context& context, const std::vector<std::string>& words);
/// `quiz openzfs [configure|make|install|…]`; `words` is what follows "openzfs".
int command_openzfs(const Context& context, const std::vector<std::string>& words);
/// `quiz boot KERNEL …`.
int command_boot(const Context& context, const std::vector<std::string>& words);
/// `quiz config [--explain]`.
int command_config(const Context& context, const std::vector<std::string>& words);
/// `quiz doctor`.
int command_doctor(const Context& context, const std::vector<std::string>& words);
/// `quiz clean`.
int command_clean(const Context& context, const std::vector<std::string>& words);

}  // namespace quiz::cli
