#include "run/resolve.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>

#include "base/error.h"
#include "config/project.h"
#include "kernel/debian.h"
#include "kernel/one_shot.h"
#include "kernel/store.h"
#include "root/chosen_root.h"
#include "root/layers.h"
#include "root/small.h"
#include "run/hidden_paths.h"
#include "run/init_binary.h"
#include "run/output_place.h"
#include "run/profile_choice.h"
#include "run/program_architecture.h"
#include "run/program_choice.h"
#include "run/project_consent.h"
#include "run/writable_mounts.h"

namespace quiz::run {

namespace fs = std::filesystem;
using config::Settings;

namespace {

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

kernel::Kernel choose_kernel(const Settings& settings, const base::Paths& paths,
                             base::Reporter& reporter) {
  kernel::Store store(paths.data);
  const std::string& selector = settings.kernel.value;
  const base::Architecture& architecture = settings.architecture.value;
  if (const auto options = changed_options(settings); !options.empty()) {
    return kernel::one_shot_kernel(store, selector, architecture, options, paths.cache,
                                   settings.mirror.value, reporter);
  }
  if (!selector.empty() && selector != "debian") {
    kernel::Kernel kernel = store.find(selector, paths.cache, architecture);
    base::require_architecture(kernel.architecture, architecture, "the kernel " + kernel.name);
    return kernel;
  }
  if (const auto newest = store.newest_prebuilt(architecture)) return *newest;
  kernel::DebianRequest request;
  request.architecture = architecture;
  request.mirror = settings.mirror.value;
  return base::with_note("while fetching a kernel for the first run", [&] {
    return kernel::fetch_debian(store, request, paths.cache, reporter);
  });
}

/// What `-r` means, or where nobody said it, a root that a machine of this architecture can have:
/// programs of the host's are none for another one.
root::ChosenRoot choose_root(const Settings& settings, const base::Paths& paths,
                             base::Reporter& reporter) {
  root::Store store(paths.data);
  const base::Architecture& architecture = settings.architecture.value;
  const bool unsaid = settings.root.origin.source == config::Source::kDefault;
  if (!unsaid || architecture == base::host_architecture()) {
    return root::choose_root(settings.root.value, store, architecture);
  }
  const std::string whole = base::name_for(root::kDebian, architecture);
  if (store.has(whole)) return root::choose_root(whole, store, architecture);
  const std::string small = base::name_for(root::kSmall, architecture);
  if (!store.has(small)) {
    base::with_note("while making a root for the first run", [&] {
      root::make_small(store, {architecture, settings.mirror.value}, paths.cache, reporter);
    });
  }
  return root::choose_root(small, store, architecture);
}

/// Its name or path; each architecture has its own.
std::string choose_qemu(const Settings& settings) {
  const bool unsaid = settings.qemu.origin.source == config::Source::kDefault;
  return unsaid ? std::string(settings.architecture.value.qemu) : settings.qemu.value;
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
root::LayerDirectories choose_layers(const base::Architecture& architecture,
                                     const base::Paths& paths, base::Reporter& reporter) {
  std::error_code error;
  fs::path here = fs::current_path(error);
  if (!here.is_absolute()) here.clear();
  std::vector<std::string> warnings;
  root::LayerDirectories layers = root::find_layers(paths.config, here, architecture, warnings);
  for (const std::string& warning : warnings) reporter.warning(warning);
  return layers;
}

/// What of this machine the guest shall not see.
void hide(const Settings& settings, const base::Paths& paths, const std::vector<config::Ask>& asks,
          Request& request) {
  request.environment.hide_secrets =
      settings.hide_secrets.value.value_or(takes_part_unagreed(settings, paths, asks));
  // Homes are looked up by whoever needs them: that may ask a server.
  if (settings.hide.empty() && !request.environment.hide_secrets) return;
  std::vector<NeededPath> needed = {{"the directory in which the program runs", request.directory},
                                    {"the directory for --output", request.output},
                                    {"the root", request.base.path},
                                    {"the kernel", request.kernel.image},
                                    {"what the kernel loads", request.kernel.module_directory()},
                                    {"quiz's store", paths.data},
                                    {"quiz's cache", paths.cache}};
  for (const auto* layers : {&request.layers.user, &request.layers.system}) {
    for (const fs::path& layer : *layers) needed.push_back({"a layer", layer});
  }
  for (const WritableMount& mount : request.writes) {
    needed.push_back({"the directory for -w", mount.directory});
  }
  for (const ShownMount& mount : request.shown) {
    needed.push_back({"the directory for -w", mount.directory});
  }
  std::error_code error;
  const fs::path here = fs::current_path(error);
  const std::vector<fs::path> all_homes = homes();
  const auto resolve = [&](const config::ValueList<std::string>& list, const std::string& hint) {
    std::vector<std::string> patterns;
    for (const auto& one : list) {
      // Of root's own home root hides only what "~/" names.
      const bool own_home =
          &list == &settings.secrets &&
          std::find(all_homes.begin(), all_homes.end(), one.value) != all_homes.end();
      if (!own_home) patterns.push_back(one.value);
    }
    const auto found = matching_paths(patterns, all_homes, here);
    check_hidden(found, needed, hint);
    request.hidden.insert(request.hidden.end(), found.begin(), found.end());
  };
  resolve(settings.hide, "leave it out: --hide");
  if (!request.environment.hide_secrets) return;
  resolve(settings.secrets, "--hide-secrets=no lets the guest see it");
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

/// The caller's and the profiles'.
void choose_mounts(const Settings& settings, const base::Paths& paths, Request& request) {
  auto writes = settings.writes;
  for (const profile::WantedWrite& wanted : request.profiles.writes) {
    writes.push_back({wanted.words, {.place = "the profile " + wanted.profile}});
  }
  NamedMounts mounts = named_mounts(writes, paths, project(), request.directory);
  request.writes = std::move(mounts.writes);
  request.shown = std::move(mounts.shown);
}

}  // namespace

Request make_request(const Settings& settings, const base::Paths& paths, const Caller& caller,
                     base::Reporter& reporter, const std::vector<std::string>& words) {
  std::vector<config::Ask> asks = asks_of_settings(settings);
  Request request;
  request.layers = choose_layers(settings.architecture.value, paths, reporter);
  for (config::Ask& ask : asks_of_layers(request.layers)) asks.push_back(std::move(ask));
  require_consent(settings, paths, asks);
  request.name = settings.name.value;
  request.words = words;
  request.directory = choose_directory(settings);
  request.environment_additions = environment_additions(settings);
  request.environment.pass = settings.pass_environment.value;
  request.as_caller = settings.user.value;
  request.shell_after = settings.shell_after.value;
  request.keep = settings.keep.value;
  request.open_streams = caller.open_streams;
  request.tty = settings.tty.value;
  request.eager_input = settings.input.value == config::Stdin::kEager;
  request.timeout = settings.timeout.value;
  request.kernel_options = kernel_options(settings);
  request.oops = settings.oops.value;
  request.log_level = log_level(settings);
  request.boot_timed = !settings.boot_chart.value.empty();
  request.boot_shown = settings.verbose.value;
  if (!settings.kmsg.value.file.empty())
    request.kernel_log = fs::absolute(settings.kmsg.value.file);
  if (!settings.output.value.empty()) {
    request.output = fs::absolute(settings.output.value).lexically_normal();
    check_output_place(request.output, paths, project());
  }
  request.accelerator = settings.accelerator.value;
  request.strict = settings.strict.value;
  request.layers_of_confinement = confinement::read_layers(settings.confinement.value);
  request.architecture = settings.architecture.value;
  request.monitor = {settings.on.value, choose_qemu(settings), settings.warm_cache.value};
  request.cold = settings.cold.value;
  request.gdb = settings.gdb.value;
  request.cpus = settings.cpus.value;
  request.memory_mib = settings.memory.value;
  // Before anything is fetched for nothing.
  init_binary(request.architecture);
  if (!settings.dry_run.value) {
    choose_monitor(request.monitor, paths)->check_present(request.architecture);
  }
  request.base = choose_root(settings, paths, reporter);
  root::check_layers(request.layers, [&](const std::string& name) {
    const auto entry = root::look_up(request.base, name);
    return entry && entry->link;
  });
  request.size_mib = choose_size(settings);
  request.init = choose_init(settings, request.base);
  choose_profiles(settings, paths, reporter, request);
  choose_mounts(settings, paths, request);
  if (!request.output.empty() || !request.writes.empty())
    request.output_limit = std::uint64_t{settings.output_limit.value} << 20;
  check_program_architecture(request);
  request.kernel = choose_kernel(settings, paths, reporter);
  asks.insert(asks.end(), request.profiles.asks.begin(), request.profiles.asks.end());
  hide(settings, paths, asks, request);
  return request;
}

}  // namespace quiz::run
