// `quiz PROGRAM ARGS…`: from settings to a run, and from its outcome to words and an exit status.
#include "cli/command_run.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <filesystem>

#include "base/error.h"
#include "base/files.h"
#include "base/printable.h"
#include "base/terminal.h"
#include "cli/boot_chart.h"
#include "cli/command_openzfs.h"
#include "cli/print_error.h"
#include "cli/profiles.h"
#include "cli/project_consent.h"
#include "cli/run_display.h"
#include "cli/run_report.h"
#include "cli/shell_line.h"
#include "cli/standard_streams.h"
#include "config/project.h"
#include "config/settings.h"
#include "kernel/debian.h"
#include "kernel/one_shot.h"
#include "kernel/store.h"
#include "openzfs/checkout.h"
#include "openzfs/crash.h"
#include "qemu/machine_qemu.h"
#include "root/chosen_root.h"
#include "root/layers.h"
#include "run/hidden_paths.h"
#include "run/output_place.h"
#include "run/run.h"

namespace quiz::cli {

namespace {

namespace fs = std::filesystem;
using config::Settings;

/// As near to the process's start as it can be had.
const relay::Clock::time_point kStart = relay::Clock::now();

/// -E, -D and -M.
std::vector<kernel::ConfigAssignment> changed_options(const Settings& settings) {
  std::vector<kernel::ConfigAssignment> options;
  const auto add = [&](const config::ValueList<std::string>& names, const char* value) {
    for (const auto& name : names) {
      options.push_back(
          {kernel::option_name(name.value), value, name.origin.place + " " + name.value});
    }
  };
  add(settings.kernel_enable, "y");
  add(settings.kernel_disable, "n");
  add(settings.kernel_module, "m");
  return options;
}

kernel::Kernel choose_kernel(const Context& context) {
  kernel::Store store(context.paths.data);
  const std::string& selector = context.settings.kernel.value;
  if (const auto options = changed_options(context.settings); !options.empty()) {
    return kernel::one_shot_kernel(store, selector, options, context.paths.cache, context.reporter);
  }
  if (!selector.empty() && selector != "debian") return store.find(selector, context.paths.cache);
  if (const auto newest = store.newest_prebuilt()) return *newest;
  return base::with_note("while fetching a kernel for the first run", [&] {
    return kernel::fetch_debian(store, {}, context.paths.cache, context.reporter);
  });
}

/// Where the program shall run. The caller's directory must exist; the guest's own /proc and /sys
/// are asked there.
std::string choose_directory(const Settings& settings) {
  std::error_code error;
  const fs::path here = fs::current_path(error);
  if (error && settings.directory.value.empty()) {
    throw base::Error("the current directory is gone", "cd to another one, or name one with -C");
  }
  const fs::path wanted = (here / settings.directory.value).lexically_normal();
  if (settings.directory.value.empty()) return here.string();
  std::string text = wanted.string();
  if (text.size() > 1 && text.back() == '/') text.pop_back();
  const bool guests_own = text.starts_with("/proc") || text.starts_with("/sys");
  if (!guests_own && !fs::is_directory(wanted, error)) {
    throw base::Error(fmt::format("there is no directory {} (-C)", text),
                      "name an existing directory, or leave -C out to run in the current one");
  }
  return text;
}

std::vector<std::string> environment_additions(const Settings& settings) {
  std::vector<std::string> additions;
  for (const auto& addition : settings.environment) {
    if (addition.value.value) {
      additions.push_back(addition.value.name + "=" + *addition.value.value);
    } else if (const char* value = std::getenv(addition.value.name.c_str()); value != nullptr) {
      additions.push_back(addition.value.name + "=" + value);
    }
  }
  return additions;
}

std::string kernel_options(const Settings& settings) {
  std::string options;
  for (const auto& piece : settings.cmdline) {
    options += (options.empty() ? "" : " ") + piece.value;
  }
  return options;
}

int log_level(const Settings& settings) {
  constexpr int kWarningsAndWorse = 5;
  constexpr int kEverything = 8;
  if (settings.quiet.value) return 0;
  switch (settings.kmsg.value.show) {
    case config::KernelMessages::Show::kWarnings:
      return kWarningsAndWorse;
    case config::KernelMessages::Show::kAll:
      return kEverything;
    case config::KernelMessages::Show::kNone:
    case config::KernelMessages::Show::kFile:
      break;
  }
  return 0;
}

/// That the caller stands in; empty: none.
fs::path project() {
  std::error_code error;
  const fs::path here = fs::current_path(error);
  return config::find_project(here).value_or(fs::path());
}

/// What of the caller's and of the project's is laid over the root.
root::LayerDirectories choose_layers(const Context& context) {
  std::error_code error;
  fs::path here = fs::current_path(error);
  if (!here.is_absolute()) here.clear();
  std::vector<std::string> warnings;
  root::LayerDirectories layers = root::find_layers(context.paths.config, here, warnings);
  for (const std::string& warning : warnings) context.reporter.warning(warning);
  return layers;
}

/// What of this machine the guest shall not see.
void hide(const Context& context, const std::vector<config::Ask>& asks, run::Request& request) {
  const Settings& settings = context.settings;
  request.environment.hide_secrets =
      settings.hide_secrets.value.value_or(takes_part_unagreed(context, asks));
  // Homes are looked up by whoever needs them: that may ask a server.
  if (settings.hide.empty() && !request.environment.hide_secrets) return;
  std::vector<run::NeededPath> needed = {
      {"the directory in which the program runs", request.directory},
      {"the directory for --output", request.output},
      {"the root", request.base.path},
      {"the kernel", request.kernel.image},
      {"what the kernel loads", request.kernel.module_directory()},
      {"quiz's store", context.paths.data},
      {"quiz's cache", context.paths.cache}};
  for (const auto* layers : {&request.layers.user, &request.layers.system}) {
    for (const fs::path& layer : *layers) needed.push_back({"a layer", layer});
  }
  std::error_code error;
  const fs::path here = fs::current_path(error);
  const auto homes = run::homes();
  const auto resolve = [&](const config::ValueList<std::string>& list, const std::string& hint) {
    std::vector<std::string> patterns;
    for (const auto& one : list) {
      // Of root's own home root hides only what "~/" names.
      const bool own_home = &list == &settings.secrets &&
                            std::find(homes.begin(), homes.end(), one.value) != homes.end();
      if (!own_home) patterns.push_back(one.value);
    }
    const auto paths = run::matching_paths(patterns, homes, here);
    run::check_hidden(paths, needed, hint);
    request.hidden.insert(request.hidden.end(), paths.begin(), paths.end());
  };
  resolve(settings.hide, "leave it out: --hide");
  if (!request.environment.hide_secrets) return;
  resolve(settings.secrets, "--hide-secrets=no lets the guest see it");
}

/// Modules that were installed for the guest lie over the kernel's own, and a kernel that was built
/// anew since does not bear them although it has the same name.
void warn_of_old_modules(const run::Request& request, base::Reporter& reporter) {
  for (const fs::path& system : request.layers.system) {
    const fs::path directory = system / "usr" / "lib" / "modules" / request.kernel.release;
    const auto made_for = base::read_file_if_exists(directory / openzfs::kMadeFor);
    if (!made_for || *made_for == request.kernel.added) continue;
    reporter.warning(fmt::format("the modules in {} were built for an earlier {}: quiz openzfs",
                                 directory.string(), request.kernel.name));
  }
}

/// Whether the base has a program, as far as that can be told.
bool may_have(const root::ChosenRoot& base, const std::vector<std::string>& places) {
  if (base.kind == root::BaseKind::image && !base.entry) return true;
  return std::any_of(places.begin(), places.end(), [&](const std::string& path) {
    return !root::find_path({root::layer_of(base)}, path).origins.empty();
  });
}

wire::InitSystem choose_init(const Settings& settings, const root::ChosenRoot& base) {
  switch (settings.init.value) {
    case config::Init::kQuiz:
      break;
    case config::Init::kTini:
      if (may_have(base, {"/usr/bin/tini", "/usr/bin/tini-static", "/sbin/tini"})) {
        return wire::InitSystem::tini;
      }
      throw base::Error(fmt::format("the root {} has no tini", base.name),
                        "a Debian root has it: -r debian");
    case config::Init::kSystemd:
      if (base.kind == root::BaseKind::host) {
        throw base::Error("--init=systemd needs a root other than the host's",
                          "it would start all of this machine's services: use -r debian");
      }
      if (may_have(base, {"/usr/lib/systemd/systemd", "/lib/systemd/systemd"})) {
        return wire::InitSystem::systemd;
      }
      throw base::Error(fmt::format("the root {} has no systemd", base.name),
                        "`quiz root build debian` makes one that has");
  }
  return wire::InitSystem::quiz;
}

std::uint64_t choose_size(const Settings& settings) {
  if (settings.size.value <= settings.memory.value) return settings.size.value;
  throw base::Error(
      fmt::format("--size={} is more than the machine's memory of {} MiB", settings.size.value,
                  settings.memory.value),
      fmt::format("what is written is kept in memory: --memory={}", settings.size.value * 2));
}

}  // namespace

run::Request make_request(const Context& context, const std::vector<std::string>& words) {
  const Settings& settings = context.settings;
  std::vector<config::Ask> asks = asks_of_settings(settings);
  run::Request request;
  request.layers = choose_layers(context);
  for (config::Ask& ask : asks_of_layers(request.layers)) asks.push_back(std::move(ask));
  require_consent(context, asks);
  request.words = words;
  request.directory = choose_directory(settings);
  request.environment_additions = environment_additions(settings);
  request.environment.pass = settings.pass_environment.value;
  request.as_caller = settings.user.value;
  request.shell_after = settings.shell_after.value;
  request.open_streams = {!context.closed.input, !context.closed.output, !context.closed.error};
  request.pty = settings.tty.value == config::Tty::kForce    ? relay::PtyChoice::force
                : settings.tty.value == config::Tty::kRefuse ? relay::PtyChoice::refuse
                                                             : relay::PtyChoice::automatic;
  request.timeout = settings.timeout.value;
  request.kernel_options = kernel_options(settings);
  request.oops = settings.oops.value == config::OnOops::kPanic    ? run::OopsPolicy::panic
                 : settings.oops.value == config::OnOops::kIgnore ? run::OopsPolicy::ignore
                                                                  : run::OopsPolicy::fail;
  request.log_level = log_level(settings);
  request.boot_timed = !settings.boot_chart.value.empty();
  request.boot_shown = settings.verbose.value;
  if (!settings.kmsg.value.file.empty())
    request.kernel_log = fs::absolute(settings.kmsg.value.file);
  if (!settings.output.value.empty()) {
    request.output = fs::absolute(settings.output.value).lexically_normal();
    run::check_output_place(request.output, context.paths, project());
    request.output_limit = std::uint64_t{settings.output_limit.value} << 20;
  }
  request.accelerator =
      settings.accelerator.value == config::Accelerator::kKvm   ? run::AcceleratorChoice::kvm
      : settings.accelerator.value == config::Accelerator::kTcg ? run::AcceleratorChoice::tcg
                                                                : run::AcceleratorChoice::automatic;
  request.qemu = settings.qemu.value;
  request.strict = settings.strict.value;
  request.layers_of_confinement = confinement::read_layers(settings.confinement.value);
  request.cold = settings.cold.value;
  request.warm_cache_mib = settings.warm_cache.value;
  request.cpus = settings.cpus.value;
  request.memory_mib = settings.memory.value;
  request.base = root::choose_root(settings.root.value, root::Store(context.paths.data));
  root::check_layers(request.layers, [&](const std::string& name) {
    const auto entry = root::look_up(request.base, name);
    return entry && entry->link;
  });
  request.size_mib = choose_size(settings);
  request.init = choose_init(settings, request.base);
  choose_profiles(context, request);
  qemu::check_program(request.qemu,
                      request.architecture);  // before a kernel is fetched for nothing
  request.kernel = choose_kernel(context);
  warn_of_old_modules(request, context.reporter);
  asks.insert(asks.end(), request.profiles.asks.begin(), request.profiles.asks.end());
  hide(context, asks, request);
  return request;
}

namespace {

/// bash's <(…) makes such a name; the descriptor behind it stays on the host.
void warn_of_descriptor_names(const std::vector<std::string>& words, base::Reporter& reporter) {
  for (const std::string& word : words) {
    for (const std::string prefix : {"/dev/fd/", "/proc/self/fd/"}) {
      if (word.size() > prefix.size() && word.starts_with(prefix) &&
          std::all_of(word.begin() + static_cast<std::ptrdiff_t>(prefix.size()), word.end(),
                      [](unsigned char c) { return std::isdigit(c) != 0; })) {
        reporter.warning(word +
                         " names a descriptor of this shell (process substitution?), which "
                         "a machine of its own cannot see: use a pipe or a file");
      }
    }
  }
}

int print_command(const run::Request& request, const Context& context) {
  const std::vector<std::string> words =
      context.settings.on.value == config::Monitor::kBhyve
          ? run::dry_run_bhyve(request, context.paths)
          : run::dry_run(request, context.paths, context.reporter);
  print(shell_line(words) + "\n");
  return 0;
}

/// Where the record goes; opened before the run, so that a mistake is told before anything else
/// happens.
base::Fd open_record(const config::JsonTarget& target) {
  if (!target.wanted()) return {};
  if (target.fd < 0) return base::open_file(target.file, O_WRONLY | O_CREAT | O_TRUNC);
  base::Fd fd(::fcntl(target.fd, F_DUPFD_CLOEXEC, 3));
  if (!fd) {
    throw base::Error(fmt::format("descriptor {} (--json) is not open", target.fd),
                      fmt::format("open it in the shell: quiz --json {0} … {0}>FILE", target.fd));
  }
  return fd;
}

void show(const RunReport& report, const run::Result& result, bool quiet) {
  if (report.show_last_words && !quiet) {
    auto lines = result.last_words;
    const auto messages = openzfs::take_debug_messages(lines);
    if (!messages.empty()) {
      lines.push_back(
          fmt::format("({} messages of zfs_dbgmsg are left out here)", messages.size()));
    }
    for (const std::string& line : lines) {
      const std::string text = base::printable(line) + "\n";
      (void)!::write(STDERR_FILENO, text.data(), text.size());
    }
  }
  if (const auto* hook = std::get_if<machine::HookFailed>(&result.outcome.ending)) {
    const std::string text = base::printable(hook->output);
    (void)!::write(STDERR_FILENO, text.data(), text.size());
  }
  if (!report.sentence.empty()) print_error(base::Error(report.sentence, report.hint));
}

}  // namespace

int command_run(const Context& context, const std::vector<std::string>& words) {
  const Settings& settings = context.settings;
  const run::Request request = make_request(context, words);
  if (settings.dry_run.value) return print_command(request, context);
  if (settings.on.value == config::Monitor::kBhyve) {
    throw base::Error("bhyve runs on FreeBSD only", "--dry-run prints what would be run there");
  }
  warn_of_descriptor_names(words, context.reporter);
  if (!request.hidden.empty()) {
    context.reporter.detail(fmt::format(
        "hidden from the guest: {} paths of this machine (quiz layers)", request.hidden.size()));
  }
  const base::Fd record = open_record(settings.json.value);

  const bool terminal = base::is_terminal(STDERR_FILENO);
  RunDisplay display({settings.verbose.value, terminal}, context.reporter);
  if (terminal) context.reporter.step("starting the machine");
  const run::Result result = run::run(request, context.paths, context.reporter, display, kStart);
  display.finish();
  context.reporter.step({});

  if (request.boot_timed) {
    const fs::path file = settings.boot_chart.value;
    const auto spans = boot_spans(result.clocks, result.boot_log);
    base::write_file_atomically(file, file.extension() == ".svg"
                                          ? boot_svg(spans, request.kernel.name)
                                          : boot_table(spans));
  }

  RunReport report = make_report(request, result);
  if (report.show_last_words) {
    const std::string more = keep_crash(request.directory, result.last_words);
    if (!more.empty()) report.hint += (report.hint.empty() ? "" : "; ") + more;
  }
  show(report, result, settings.quiet.value);
  if (record) base::write_all(record.get(), json_record(request, result, report), "the record");
  return report.status;
}

}  // namespace quiz::cli
