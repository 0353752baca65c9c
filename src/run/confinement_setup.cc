#include "run/confinement_setup.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "qemu/sandbox.h"
#include "root/sharing.h"
#include "run/host_resolver.h"

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
  const bool unlimited = !request.output.empty() && request.output_limit == 0;
  if (unlimited) return 0;
  std::uint64_t bytes = std::max(request.memory_mib << 20, request.output_limit);
  for (const machine::Disk& disk : disks) bytes = std::max(bytes, disk.bytes);
  return bytes;
}

}  // namespace

confinement::Request confinement_request(const Request& request, const base::Paths& paths,
                                         const Instance& instance,
                                         const std::vector<machine::Disk>& disks) {
  confinement::Request wanted;
  wanted.layers = request.layers_of_confinement;
  wanted.hidden = root::hidden_directories();
  wanted.hidden.insert(wanted.hidden.end(), request.hidden.begin(), request.hidden.end());
  // The runtime directory is that of other runs of the caller's, too.
  for (const fs::path& path : {image_key(paths), paths.runtime}) {
    std::error_code error;
    wanted.hidden.push_back(fs::weakly_canonical(path, error));
  }
  wanted.readable = {paths.data, paths.cache, instance.empty_directory()};
  if (!request.base.path.empty()) wanted.readable.push_back(request.base.path);
  for (const auto* layers : {&request.layers.user, &request.layers.system}) {
    wanted.readable.insert(wanted.readable.end(), layers->begin(), layers->end());
  }
  if (root::needs_own_share(request.directory)) wanted.readable.emplace_back(request.directory);
  if (request.profiles.network) {
    const auto resolver = hidden_resolver("/etc/resolv.conf", wanted.hidden);
    if (resolver) wanted.readable.push_back(*resolver);
  }
  for (const machine::Disk& disk : disks) wanted.readable.push_back(disk.file);
  wanted.needed = qemu::places_of(request.qemu);
  wanted.needed.push_back(request.kernel.image);
  wanted.needed.emplace_back("/dev/urandom");
  if (!request.output.empty()) wanted.writable.push_back(request.output);
  wanted.scratch = instance.path();
  if (request.profiles.network) {
    wanted.network = true;
    wanted.destinations.all = request.profiles.network->host_services;
    wanted.destinations.resolvers = confinement::resolvers_in(
        base::read_file_if_exists("/etc/resolv.conf").value_or(""));
  }
  wanted.memory = memory_limit(request.memory_mib, request.cpus);
  wanted.largest_file = largest_file(request, disks);
  return wanted;
}

confinement::Request confinement_request(const BareRequest& request, const Instance& instance,
                                         const fs::path& directory) {
  confinement::Request wanted;
  wanted.layers = request.layers_of_confinement;
  wanted.hidden = root::hidden_directories();
  wanted.readable = {directory};
  wanted.needed = qemu::places_of(request.qemu);
  wanted.needed.emplace_back("/dev/urandom");
  wanted.scratch = instance.path();
  wanted.memory =
      memory_limit(request.plan.platform.memory >> 20, request.plan.platform.cpus);
  wanted.largest_file = request.plan.platform.memory;
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
