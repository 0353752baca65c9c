#include "run/confinement_setup.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/error.h"
#include "root/sharing.h"

namespace quiz::run {

namespace fs = std::filesystem;

namespace {

/// What QEMU may write to in its own memory: the guest's, the translated code, the stacks of its
/// threads, and as much for itself as it should ever need.
std::uint64_t memory_limit(std::uint64_t guest_mib, unsigned cpus) {
  constexpr std::uint64_t kTranslations = 256;
  constexpr std::uint64_t kStack = 8;
  constexpr std::uint64_t kWorkers = 64 + 16;  // of its 9p server, and others
  constexpr std::uint64_t kItself = 1024;
  return (guest_mib + kTranslations + (kWorkers + cpus) * kStack + kItself) << 20;
}

/// The largest file that QEMU has a reason to write; 0: any.
std::uint64_t largest_file(const Request& request, const std::vector<machine::Disk>& disks) {
  const bool writes = !request.output.empty() || !request.writes.empty();
  const bool unlimited = (writes && request.output_limit == 0) || request.profiles.hot_plug;
  if (unlimited) return 0;
  std::uint64_t bytes = std::max(request.memory_mib << 20, request.output_limit);
  for (const machine::Disk& disk : disks) bytes = std::max(bytes, disk.bytes);
  return bytes;
}

/// What every machine of ours needs.
confinement::Request of_any_monitor(const confinement::Layers& layers,
                                    std::vector<fs::path> monitor, const fs::path& scratch,
                                    std::uint64_t memory_mib, unsigned cpus) {
  confinement::Request wanted;
  wanted.layers = layers;
  std::copy_if(monitor.begin(), monitor.end(), std::back_inserter(wanted.readable),
               root::is_hidden);
  wanted.needed = std::move(monitor);
  wanted.needed.emplace_back("/dev/urandom");
  wanted.scratch = scratch;
  wanted.memory = memory_limit(memory_mib, cpus);
  return wanted;
}

}  // namespace

std::vector<fs::path> hidden_from_qemu(const Request& request, const Places& places) {
  std::vector<fs::path> hidden = root::hidden_directories();
  hidden.insert(hidden.end(), request.hidden.begin(), request.hidden.end());
  hidden.insert(hidden.end(), places.own.begin(), places.own.end());
  hidden.insert(hidden.end(), places.closed.closed.begin(), places.closed.closed.end());
  return hidden;
}

confinement::Request confinement_request(const Request& request, const Places& places) {
  confinement::Request wanted = of_any_monitor(request.layers_of_confinement, places.monitor,
                                               places.scratch, request.memory_mib, request.cpus);
  wanted.hidden = hidden_from_qemu(request, places);
  wanted.readable.insert(wanted.readable.end(), {places.data, places.cache});
  if (!places.empty.empty()) wanted.readable.push_back(places.empty);
  if (!request.base.path.empty()) wanted.readable.push_back(request.base.path);
  for (const auto* layers : {&request.layers.user, &request.layers.system}) {
    wanted.readable.insert(wanted.readable.end(), layers->begin(), layers->end());
  }
  if (root::needs_own_share(request.directory)) wanted.readable.emplace_back(request.directory);
  for (const ShownMount& mount : request.shown) {
    if (root::needs_own_share(mount.directory)) wanted.readable.push_back(mount.directory);
  }
  wanted.readable.insert(wanted.readable.end(), places.closed.needed.begin(),
                         places.closed.needed.end());
  if (places.hidden_resolver) wanted.readable.push_back(*places.hidden_resolver);
  for (const machine::Disk& disk : places.disks) wanted.readable.push_back(disk.file);
  wanted.needed.push_back(request.kernel.image);
  if (!request.output.empty()) {
    std::error_code error;
    wanted.writable.push_back(fs::weakly_canonical(request.output, error));
  }
  for (const WritableMount& mount : request.writes) {
    wanted.writable.push_back(mount.directory);
    wanted.read_only.insert(wanted.read_only.end(), mount.kept.begin(), mount.kept.end());
  }
  if (request.profiles.network) {
    wanted.network = true;
    wanted.destinations.all = request.profiles.network->host_services;
    wanted.destinations.resolvers = confinement::resolvers_in(places.resolv_conf);
  }
  wanted.largest_file = largest_file(request, places.disks);
  return wanted;
}

confinement::Request confinement_request(const BareRequest& request,
                                         const machine::Monitor& monitor, const Instance& instance,
                                         const fs::path& directory) {
  const boot::Platform& platform = request.plan.platform;
  confinement::Request wanted =
      of_any_monitor(request.layers_of_confinement, monitor.needed_files(), instance.path(),
                     platform.memory >> 20, platform.cpus);
  wanted.hidden = root::hidden_directories();
  wanted.readable.push_back(directory);
  wanted.largest_file = platform.memory;
  return wanted;
}

void tell_weaknesses(const confinement::Confinement& confinement, bool strict,
                     base::Reporter& reporter) {
  reporter.detail("confinement of QEMU: " + confinement.describe());
  const auto weaknesses = confinement.weaknesses();
  if (strict && !weaknesses.empty()) {
    throw base::Error(fmt::format("the confinement is weaker than it could be (--strict): {}",
                                  fmt::join(weaknesses, "; ")),
                      "quiz doctor shows each layer");
  }
  for (const std::string& breach : confinement.breaches()) reporter.warning(breach);
  for (const std::string& weakness : weaknesses) reporter.detail(weakness);
}

}  // namespace quiz::run
