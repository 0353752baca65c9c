#include "run/profile_setup.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <ranges>
#include <set>

#include "base/error.h"
#include "base/files.h"
#include "base/split.h"
#include "kernel/config_fragment.h"
#include "kernel/modules.h"
#include "root/sharing.h"
#include "run/program_check.h"

namespace quiz::run {

namespace fs = std::filesystem;

namespace {

constexpr char kHooksInGuest[] = "run/quiz/hooks/";

std::string resolver_file(const machine::NetworkAddresses& addresses) {
  const auto byte = [&](unsigned shift) { return addresses.resolver >> shift & 0xff; };
  return fmt::format("nameserver {}.{}.{}.{}\n", byte(24), byte(16), byte(8), byte(0));
}

/// One of "A|B=y" is there.
bool has_option(const std::string& config, const std::string& wanted) {
  const auto alternatives = base::split(wanted, '|');
  return std::any_of(alternatives.begin(), alternatives.end(), [&](const std::string& one) {
    const bool built_in = one.ends_with("=y");
    const std::string name = built_in ? one.substr(0, one.size() - 2) : one;
    const std::string value = kernel::config_value_in(config, name);
    return value == "y" || (value == "m" && !built_in);
  });
}

std::string option_to_enable(const std::string& wanted) {
  std::string name = base::split(wanted, '|').front();
  return name.substr(0, name.find('='));
}

[[noreturn]] void refuse_kernel(const kernel::Kernel& kernel, const std::string& what,
                                const std::set<std::string>& options) {
  std::string flags;
  for (const std::string& option : options) flags += " -E " + option;
  throw base::Error(
      fmt::format("the kernel {} cannot serve these profiles: {}", kernel.name, what),
      fmt::format("a kernel that quiz builds can: `quiz -k 6.12{} …` (see quiz kernel build)",
                  flags));
}

void check_kernel_options(const Request& request) {
  if (request.kernel.config.empty()) return;
  const auto config = base::read_file_if_exists(request.kernel.config);
  if (!config) return;
  std::string what;
  std::set<std::string> options;
  for (const profile::Need& need : request.profiles.kernel_options) {
    if (has_option(*config, need.what)) continue;
    what += fmt::format("{}{} needs {}", what.empty() ? "" : ", ", need.profile, need.what);
    options.insert(option_to_enable(need.what));
  }
  if (!options.empty()) refuse_kernel(request.kernel, what, options);
}

/// "dm-flakey" belongs to DM_FLAKEY as a rule.
std::string option_of_module(std::string module) {
  std::transform(module.begin(), module.end(), module.begin(), [](unsigned char c) {
    return static_cast<char>(c == '-' ? '_' : std::toupper(c));
  });
  return module;
}

std::string in_guest(const kernel::Kernel& kernel, const fs::path& file) {
  // Those of a tree and of the host lie in the guest's `/` where they lie here.
  if (!kernel.tree.empty() || kernel.modules == "/") return file.string();
  return (fs::path("/lib/modules") / kernel.release /
          file.lexically_relative(kernel.module_directory()))
      .string();
}

std::vector<wire::Module> plan_modules(const Request& request) {
  const kernel::Kernel& kernel = request.kernel;
  std::vector<wire::Module> result;
  const fs::path directory = kernel.module_directory();
  const auto& wanted = request.profiles.modules;
  if (directory.empty() || wanted.empty()) return result;
  std::vector<std::string> names;
  names.reserve(wanted.size());
  for (const profile::WantedModule& module : wanted) names.push_back(module.name);
  const kernel::ModulePlan plan = kernel::plan_modules(directory, names);
  for (const profile::WantedModule& module : wanted) {
    const bool missing =
        std::find(plan.missing.begin(), plan.missing.end(), module.name) != plan.missing.end();
    if (!missing || module.optional) continue;
    refuse_kernel(kernel,
                  fmt::format("{} needs the module {}, which it has neither built in nor as a "
                              "module",
                              module.profile, module.name),
                  {option_of_module(module.name)});
  }
  for (const fs::path& file : plan.files) {
    wire::Module& loaded = result.emplace_back(wire::Module{in_guest(kernel, file), {}});
    for (const profile::WantedModule& module : wanted) {
      const bool same = kernel::module_name(module.name) == kernel::module_name(file.filename());
      if (same && !module.parameters.empty()) loaded.parameters = module.parameters;
    }
  }
  return result;
}

relay::Hook make_hook(const profile::WantedHook& wanted, const std::string& kind,
                      const Request& request, std::vector<wire::BundleFile>& bundle) {
  const std::string path = kHooksInGuest + wanted.profile + "/" + kind;
  bundle.push_back({path, 0755, wanted.content});
  relay::Hook hook;
  hook.name = fmt::format("the {} hook of the profile {}", kind, wanted.profile);
  hook.exec.arguments = {fmt::format("/{}", path)};
  hook.exec.environment = wanted.environment;
  hook.exec.environment.insert(hook.exec.environment.end(),
                               {std::string("PATH=") + kHookPath, "HOME=/root", "LANG=C.UTF-8",
                                "QUIZ_RUN_IN=" + request.directory});
  if (!request.output.empty()) {
    hook.exec.environment.push_back(std::string("QUIZ_OUTPUT=") + root::kOutputInGuest);
  }
  hook.exec.directory = std::string(1, '/');
  hook.exec.streams = {wire::StreamKind::closed, wire::StreamKind::pipe, wire::StreamKind::joined};
  return hook;
}

}  // namespace

std::vector<wire::Module> check_profiles(const Request& request) {
  check_kernel_options(request);
  std::vector<wire::Module> modules = plan_modules(request);
  check_programs(request);
  if (!request.profiles.needs_output.empty() && request.output.empty()) {
    throw base::Error(fmt::format("the profile {} puts its results into the run's output directory",
                                  request.profiles.needs_output),
                      "name one: --output DIR");
  }
  return modules;
}

profile::HostFacts host_facts(const Request& request) {
  profile::HostFacts facts;
  facts.directory = request.directory;
  facts.project = request.project;
  if (!request.project.empty()) {
    facts.system = request.project / ".quiz" / base::name_for("system", request.architecture);
  }
  facts.architecture = request.architecture.name;
  facts.kernel_release = request.kernel.release;
  facts.kernel_build = request.kernel.tree.empty() ? request.kernel.kbuild : request.kernel.tree;
  facts.kernel_modules = request.kernel.modules;
  return facts;
}

void add_profiles(const Request& request, const std::vector<wire::Module>& modules,
                  const std::vector<wire::BundleFile>& files,
                  const machine::NetworkAddresses& addresses, relay::RelayPlan& plan) {
  const profile::Effects& profiles = request.profiles;
  wire::Setup& setup = plan.setup;
  setup.devices.modules = modules;
  for (const profile::WantedDisk& wanted : profiles.disks) {
    setup.devices.disks.push_back(wanted.disk.name);
  }
  setup.devices.memory = profiles.memory;
  setup.devices.mapper = profiles.mapper;
  setup.bundle.insert(setup.bundle.end(), profiles.bundle.begin(), profiles.bundle.end());
  setup.bundle.insert(setup.bundle.end(), files.begin(), files.end());
  if (profiles.network) {
    setup.devices.network = {.address = addresses.guest,
                             .prefix = static_cast<std::uint8_t>(addresses.prefix),
                             .gateway = addresses.gateway,
                             .card = machine::kNetworkCard};
    setup.bundle.push_back({"etc/resolv.conf", 0644, resolver_file(addresses)});
  }
  for (const profile::WantedHook& hook : profiles.guest) {
    plan.before.push_back(make_hook(hook, "guest", request, setup.bundle));
  }
  for (const profile::WantedHook& hook : profiles.guest_after | std::views::reverse) {
    plan.after.push_back(make_hook(hook, "guest-after", request, setup.bundle));
  }
}

}  // namespace quiz::run
