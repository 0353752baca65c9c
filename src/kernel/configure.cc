#include "kernel/configure.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/files.h"
#include "kernel/shipped_fragments.h"

namespace quiz::kernel {

namespace fs = std::filesystem;

namespace {

/// Ranks of ConfigMerge.
constexpr int kShipped = 0;
constexpr int kFragment = 1;
constexpr int kOption = 2;

bool is_met(const ConfigAssignment& demand, const ConfigValues& config) {
  return config_value(config, demand.option) == demand.value;
}

std::string request_text(const ConfigAssignment& demand) {
  return demand.value == "n" ? fmt::format("{} to be off", demand.option)
                             : fmt::format("{}={}", demand.option, demand.value);
}

/// The base configuration, everything else off: lean, where the defaults of thousands of options
/// would add what no virtual machine needs.
void write_base(const std::vector<ConfigAssignment>& base, const fs::path& build,
                KernelMake& make) {
  const fs::path all = build / "quiz-base.config";
  base::write_file_atomically(all, config_text(base));
  make.run({"KCONFIG_ALLCONFIG=" + all.string(), "allnoconfig"}, 1, 0);
}

/// A newer Linux may have renamed what the base asks for: it is told, and does not stop a build.
void leave_out_unknown(std::vector<ConfigAssignment>& base, const Kconfig& kconfig,
                       base::Reporter& reporter) {
  if (kconfig.empty()) return;
  std::vector<std::string> unknown;
  std::erase_if(base, [&](const ConfigAssignment& demand) {
    if (kconfig.contains(demand.option)) return false;
    unknown.push_back(demand.option);
    return true;
  });
  if (unknown.empty()) return;
  reporter.warning(fmt::format("this kernel does not know {} of quiz's own configuration",
                               fmt::join(unknown, ", ")));
}

}  // namespace

ConfigDemands collect_demands(const ConfigRequest& request, const std::string& version) {
  ConfigMerge requested;
  for (const std::string& feature : request.features) {
    requested.add(
        parse_fragment(feature_fragment(feature), "the feature " + feature + ", line ", version),
        kShipped);
  }
  for (const fs::path& fragment : request.fragments) {
    requested.add(parse_fragment(base::read_file(fragment), fragment.string(), version), kFragment);
  }
  requested.add(request.options, kOption);

  ConfigDemands demands;
  demands.requested = requested.assignments();
  if (!request.config.empty()) return demands;
  std::set<std::string> overridden;
  for (const ConfigAssignment& demand : demands.requested) overridden.insert(demand.option);
  ConfigMerge base;
  for (const std::string_view name : {std::string_view("base"), request.architecture.name}) {
    base.add(parse_fragment(base_fragment(name), std::string(name) + ".config", version), kShipped);
  }
  for (ConfigAssignment& demand : base.assignments()) {
    if (!overridden.contains(demand.option)) demands.base.push_back(std::move(demand));
  }
  return demands;
}

void require_known(const std::vector<ConfigAssignment>& demands, const Kconfig& kconfig) {
  if (kconfig.empty()) return;
  for (const ConfigAssignment& demand : demands) {
    if (kconfig.contains(demand.option)) continue;
    const auto near = kconfig.similar(demand.option, 3);
    throw base::Error(
        fmt::format("this kernel has no option {} ({})", demand.option, demand.origin),
        near.empty() ? "`make menuconfig` in the kernel's sources searches with /"
                     : fmt::format("did you mean {}?", fmt::join(near, " or ")));
  }
}

std::vector<std::string> lost_demands(const std::vector<ConfigAssignment>& demands,
                                      const ConfigValues& config, const Kconfig& kconfig) {
  std::vector<std::string> lost;
  for (const ConfigAssignment& demand : demands) {
    if (is_met(demand, config)) continue;
    lost.push_back(fmt::format("{} ({}): {}", request_text(demand), demand.origin,
                               kconfig.explain(demand, config)));
  }
  return lost;
}

void verify_config(const ConfigDemands& demands, const ConfigValues& config, const Kconfig& kconfig,
                   base::Reporter& reporter) {
  if (const auto lost = lost_demands(demands.requested, config, kconfig); !lost.empty()) {
    throw base::Error(
        fmt::format("the kernel's configuration cannot have {}", fmt::join(lost, "; ")),
        "ask for what it needs too, or leave it out");
  }
  const auto lost = lost_demands(demands.base, config, kconfig);
  if (lost.empty()) return;
  const std::string list = fmt::format("{}", fmt::join(lost, "; "));
  if (demands.requested.empty()) {
    throw base::Error("quiz's own configuration does not fit this kernel: " + list,
                      "--config FILE takes a configuration of your own");
  }
  reporter.warning("what was asked for costs some of quiz's own configuration: " + list);
}

std::vector<ConfigAssignment> changed_settings(const ConfigValues& before,
                                               const ConfigValues& after, const Kconfig& kconfig,
                                               const std::string& origin) {
  const auto is_for_people = [&](const std::string& option) {
    const auto& definitions = kconfig.definitions(option);
    return std::any_of(definitions.begin(), definitions.end(),
                       [](const KconfigDefinition& one) { return !one.prompt.empty(); });
  };
  std::set<std::string> options;
  for (const auto& [option, value] : before) options.insert(option);
  for (const auto& [option, value] : after) options.insert(option);
  std::vector<ConfigAssignment> changed;
  for (const std::string& option : options) {
    const std::string value = config_value(after, option);
    if (value == config_value(before, option) || !is_for_people(option)) continue;
    changed.push_back({option, value, origin});
  }
  return changed;
}

std::vector<ConfigAssignment> configure_kernel(const SourceTree& source,
                                               const ConfigRequest& request, const fs::path& build,
                                               KernelMake& make, base::Reporter& reporter) {
  reporter.step("configuring Linux " + source.version);
  ConfigDemands demands = collect_demands(request, source.version);
  const Kconfig kconfig =
      Kconfig::read_tree(source.directory, std::string(request.architecture.kernel_folder));
  require_known(demands.requested, kconfig);
  leave_out_unknown(demands.base, kconfig, reporter);
  const fs::path file = build / ".config";
  if (request.config.empty()) {
    write_base(demands.base, build, make);
  } else {
    base::write_file_atomically(file, base::read_file(request.config));
  }
  base::write_file_atomically(file, apply_to_config(base::read_file(file), demands.requested));
  make.run({"olddefconfig"}, 1, 0);
  const ConfigValues config = parse_config(base::read_file(file));
  verify_config(demands, config, kconfig, reporter);
  if (!request.menu) return {};
  reporter.step("");
  make.run_in_terminal("menuconfig");
  return changed_settings(config, parse_config(base::read_file(file)), kconfig, "menuconfig");
}

}  // namespace quiz::kernel
