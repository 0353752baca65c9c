// What the profiles of a run mean for its kernel and its guest: the checks before anything is
// started, and their part of the relay's plan.
#pragma once

#include <vector>

#include "machine/machine_spec.h"
#include "profile/preparation.h"
#include "relay/relay.h"
#include "run/request.h"

namespace quiz::run {

/// The PATH of guest hooks.
inline constexpr char kHookPath[] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Throws base::Error when the kernel lacks an option or a module, the guest's root a program, or
/// the run an output directory that a profile needs; with the remedy. Returns the modules that the
/// guest loads for the profiles, in order.
std::vector<wire::Module> check_profiles(const Request& request);

/// What the hooks of the host are told.
profile::HostFacts host_facts(const Request& request);

/// Devices, files and hooks of the guest. `modules` are those of check_profiles, `files` those that
/// hooks of the host made, `addresses` those of the machine's network.
void add_profiles(const Request& request, const std::vector<wire::Module>& modules,
                  const std::vector<wire::BundleFile>& files,
                  const machine::NetworkAddresses& addresses, relay::RelayPlan& plan);

}  // namespace quiz::run
