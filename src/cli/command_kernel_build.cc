// `quiz kernel build` and `quiz kernel config`: kernels from sources.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <thread>

#include "base/architecture.h"
#include "base/error.h"
#include "base/files.h"
#include "base/terminal.h"
#include "cli/command_kernel.h"
#include "cli/standard_streams.h"
#include "cli/word_options.h"
#include "config/settings.h"
#include "kernel/build.h"
#include "kernel/shipped_fragments.h"
#include "kernel/toolchain.h"

namespace quiz::cli {

namespace {

/// The options that say which configuration, as WordOptions fills them.
struct ConfigWords {
  std::vector<std::string> enabled;
  std::vector<std::string> disabled;
  std::vector<std::string> modules;
  std::vector<std::string> settings;
  std::vector<std::string> fragments;
  std::vector<std::string> features;
  std::string config;
  std::string architecture;
  std::string llvm;
  WordOption llvm_option;
};

void add_config_options(WordOptions& options, ConfigWords& words, const Context& context) {
  words.architecture = context.settings.architecture.value.name;
  options.add_option("-a,--architecture", words.architecture,
                     "the architecture of its machines (default: that of -a before the command)");
  const std::string features = fmt::format("{}", fmt::join(kernel::feature_names(), ", "));
  const auto add_list = [&](const char* flags, std::vector<std::string>& values,
                            const std::string& help) {
    options.add_option(flags, values, help).shown_with_one_word();
  };
  add_list("-e,--enable", words.enabled, "OPTION=y; with or without CONFIG_");
  add_list("-d,--disable", words.disabled, "OPTION off");
  add_list("-m,--module", words.modules, "OPTION=m");
  add_list("--set", words.settings, "OPTION=VALUE: a number, a string, y, m or n");
  add_list("--fragment", words.fragments, "a file with lines of a .config");
  add_list("--feature", words.features, "a fragment of quiz's: " + features);
  options.add_option("--config", words.config, "take this .config instead of quiz's own base");
  words.llvm_option =
      options.add_option("--llvm", words.llvm, "build with Clang and LLD; --llvm=19 with clang-19")
          .value_is_optional();
}

kernel::ConfigRequest config_request(const ConfigWords& words) {
  kernel::ConfigRequest request;
  request.features = words.features;
  for (const std::string& file : words.fragments) request.fragments.emplace_back(file);
  request.config = words.config;
  const auto add = [&](const std::vector<std::string>& names, const char* flag, const char* value) {
    for (const std::string& name : names) {
      const std::string option = kernel::option_name(name);
      request.options.push_back({option, value, fmt::format("{} {}", flag, name)});
    }
  };
  add(words.enabled, "-e", "y");
  add(words.disabled, "-d", "n");
  add(words.modules, "-m", "m");
  for (const std::string& setting : words.settings) {
    request.options.push_back(kernel::parse_setting(setting, "--set " + setting));
  }
  return request;
}

kernel::BuildRequest build_request(const std::string& what, const ConfigWords& words) {
  kernel::BuildRequest request;
  request.what = what;
  request.config = config_request(words);
  request.config.architecture = base::architecture_named(words.architecture);
  if (words.llvm_option.given()) request.llvm = words.llvm;
  return request;
}

constexpr const char* kWhat =
    "6.12 or 6.12.95 (kernel.org's releases), debian:6.12 (Debian's sources of that series),\n"
    "debian:SUITE:SERIES, a source directory, a git tree or a tarball";

/// CLI11 would take the word after a bare --llvm for its value.
std::vector<std::string> with_llvm_closed(std::vector<std::string> words) {
  for (std::string& word : words) {
    if (word == "--llvm") word = "--llvm=";
  }
  return words;
}

/// One for each series and variant: a build that a newer one superseded is not made again.
std::vector<kernel::BuildRequest> requests_of_store(const kernel::Store& store) {
  const auto kernels = store.list();
  const auto outdated = kernel::outdated_builds(kernels);
  std::vector<kernel::BuildRequest> requests;
  for (const kernel::Kernel& one : kernels) {
    if (std::find(outdated.begin(), outdated.end(), one.name) != outdated.end()) continue;
    if (auto request = kernel::recorded_request(one)) requests.push_back(std::move(*request));
  }
  if (requests.empty()) {
    throw base::Error("no kernel in the store was built by quiz",
                      "for example: quiz kernel build debian:6.12");
  }
  return requests;
}

/// --keep-config leaves nothing to be asked for, a menu needs somebody to look at it.
void check_combination(const ConfigWords& words, bool keep, bool menu) {
  const bool asks = !words.enabled.empty() || !words.disabled.empty() || !words.modules.empty() ||
                    !words.settings.empty() || !words.fragments.empty() ||
                    !words.features.empty() || !words.config.empty() || menu;
  if (keep && asks) {
    throw base::Error("--keep-config takes the configuration as it is",
                      "leave out either it or what is to be changed");
  }
  if (menu && (!base::is_terminal(STDIN_FILENO) || !base::is_terminal(STDOUT_FILENO))) {
    throw base::Error("--menuconfig needs a terminal");
  }
}

void print_config(const Context& context, const kernel::BuildRequest& request) {
  const std::string text = kernel::make_config(request, context.paths.cache, context.reporter);
  context.reporter.step("");
  print(text);
}

void build_one(const Context& context, kernel::Store& store, const kernel::BuildRequest& request,
               const std::string& saved) {
  const kernel::Kernel built = base::with_note("while building the kernel " + request.what, [&] {
    return kernel::build_kernel(store, request, context.paths.cache, context.reporter);
  });
  context.reporter.step("");
  if (!saved.empty()) {
    // As recorded: with what was changed in the menu.
    const kernel::BuildRequest made_by = kernel::recorded_request(built).value_or(request);
    base::write_file_atomically(
        saved,
        kernel::config_text(kernel::collect_demands(made_by.config, built.version).requested));
  }
  print(fmt::format("{} is in the store: {}, {}\n", built.name, built.origin,
                    readable_size(built.size)));
}

}  // namespace

int kernel_build(const Context& context, const std::vector<std::string>& words) {
  WordOptions options("Builds kernels from sources, lean and made for quiz's machines.",
                      "quiz kernel build");
  std::vector<std::string> sources;
  ConfigWords config;
  std::string variant;
  unsigned jobs = 0;
  bool clean = false;
  bool config_only = false;
  bool all = false;
  bool prune = false;
  bool keep = false;
  bool menu = false;
  std::string saved;
  options.add_option("WHAT", sources, kWhat);
  options.add_flag(
      "--all,--upgrade", all,
      "build the newest of every series and variant that is in the store anew, each as it\n"
      "was built before");
  options.add_flag("--prune", prune, "then remove the builds that newer ones have superseded");
  options.add_option("--save-fragment", saved, "write what is asked for to a file, for --fragment");
  add_config_options(options, config, context);
  options.add_flag("--keep-config", keep,
                   "build a directory in place, with the .config that it has, untouched");
  options.add_flag("--menuconfig", menu,
                   "change the configuration in the kernel's own menus first");
  options.add_option("--variant", variant, "its name after the version: 6.12.95+NAME");
  options.add_option("-j,--jobs", jobs, "how many compilers at a time (default: the CPUs)");
  options.add_flag("--clean", clean, "compile everything anew");
  options.add_flag("--config-only", config_only, "print the configuration, build nothing");
  if (!options.read(with_llvm_closed(words))) return 0;

  if (sources.empty() != all) {
    throw base::Error(all ? "--all builds what is in the store, and nothing else can be named"
                          : "quiz kernel build needs to be told what to build",
                      "for example: quiz kernel build debian:6.12");
  }
  kernel::Store store(context.paths.data);
  check_combination(config, keep, menu);
  std::vector<kernel::BuildRequest> requests;
  for (const std::string& what : sources) {
    requests.push_back(build_request(what, config));
    requests.back().variant = variant;
    requests.back().config.keep = keep;
    requests.back().config.menu = menu;
  }
  if (all) requests = requests_of_store(store);
  for (kernel::BuildRequest& request : requests) {
    request.jobs = jobs;
    request.clean = clean;
    request.mirror = context.settings.mirror.value;
    if (config_only) {
      print_config(context, request);
    } else {
      build_one(context, store, request, saved);
    }
  }
  if (prune) remove_outdated(context, store);
  return 0;
}

int kernel_config(const Context& context, const std::vector<std::string>& words) {
  WordOptions options(
      "Writes the .config that quiz would build a kernel with into a source tree of yours, for\n"
      "`make` there and `quiz -k DIR`.",
      "quiz kernel config");
  std::string directory;
  ConfigWords config;
  options.add_option("DIR", directory, "the source tree").required();
  add_config_options(options, config, context);
  if (!options.read(with_llvm_closed(words))) return 0;

  const kernel::BuildRequest request = build_request(directory, config);
  const std::string text = kernel::make_tree_config(request, context.paths.cache, context.reporter);
  const std::filesystem::path file = std::filesystem::path(directory) / ".config";
  if (std::filesystem::exists(file)) {
    std::filesystem::rename(file, std::filesystem::path(directory) / ".config.old");
  }
  base::write_file_atomically(file, text);
  context.reporter.step("");
  print(fmt::format("{} is written; now `{} -C {} -j{}`, then `quiz -k {} …`\n", file.string(),
                    kernel::make_command(request.config.architecture), directory,
                    std::max(std::thread::hardware_concurrency(), 1u), directory));
  return 0;
}

}  // namespace quiz::cli
