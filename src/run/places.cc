#include "run/places.h"

#include <utility>

#include "base/files.h"
#include "base/host_clock.h"
#include "kernel/initramfs.h"
#include "kernel/module_companions.h"
#include "root/layers.h"
#include "run/confinement_setup.h"
#include "run/file_capabilities.h"
#include "run/hidden_paths.h"
#include "run/host_resolver.h"
#include "run/init_binary.h"
#include "run/kernel_links.h"
#include "run/kernel_options.h"
#include "run/plan.h"
#include "run/program_choice.h"

namespace quiz::run {

namespace fs = std::filesystem;

namespace {

std::vector<kernel::WantedModule> needed_modules(const Request& request) {
  std::vector<kernel::WantedModule> modules = kernel::default_modules(request.architecture);
  if (request.base.kind == root::BaseKind::image) {
    modules.push_back({"virtio_blk", true});
    // erofs, ext4 and btrfs ask the kernel's crypto for it by a name that nobody resolves here.
    modules.push_back({"crc32c_generic", false});
    modules.push_back({request.base.file_system, true});
  }
  return modules;
}

/// The caller's shell, if the root has it.
std::string guest_shell(const root::ChosenRoot& base, const std::string& shell) {
  if (base.kind == root::BaseKind::host) return shell;
  const root::Layer layer = root::layer_of(base);
  for (const std::string& path : {shell, std::string("/bin/bash")}) {
    if (!root::find_path({layer}, path).origins.empty()) return path;
  }
  return "/bin/sh";
}

}  // namespace

fs::path image_directory(const base::Paths& paths) { return paths.cache / "warm"; }

fs::path image_key(const base::Paths& paths) { return paths.data / "image-key"; }

fs::path kept_disks(const base::Paths& paths) { return paths.data / "disks"; }

namespace {

/// What the program is likely to ask for, and what quiz gives to the monitor.
std::vector<fs::path> files_of_run(const Request& request, const Places& places) {
  std::vector<fs::path> files = {request.directory,    request.output,    places.candidate,
                                 request.kernel.image, request.base.path, places.data,
                                 places.cache};
  for (const WritableMount& mount : request.writes) files.push_back(mount.directory);
  for (const ShownMount& mount : request.shown) files.push_back(mount.directory);
  for (const auto* layers : {&request.layers.user, &request.layers.system}) {
    files.insert(files.end(), layers->begin(), layers->end());
  }
  for (const fs::path& home : homes()) files.push_back(home);
  std::erase_if(files, [](const fs::path& path) { return !path.is_absolute(); });
  return files;
}

}  // namespace

relay::StreamPlan plan_streams(const Request& request) {
  return relay::plan_streams(request.open_streams, wants_pty(request.tty), request.eager_input);
}

Places find_places(const Request& request, const base::Paths& paths,
                   const machine::Monitor& monitor, std::vector<wire::Module> modules,
                   const Instance* instance) {
  Places places;
  if (instance != nullptr) kernel::make_module_companions(request.kernel);
  const InitBinary init = init_binary(request.architecture);
  places.initramfs = kernel::make_initramfs(request.kernel, init.content, needed_modules(request),
                                            paths.cache, init.sha256);
  places.devices_by_command_line = finds_devices_by_command_line(request.kernel);
  places.timer_hz = timer_hz(request.kernel);
  places.modules = std::move(modules);

  places.caller = look_at_caller(request.directory);
  places.streams = plan_streams(request);
  places.shell = guest_shell(request.base, places.caller.shell);
  const std::vector<std::string> environment = program_environment(request, places.caller);
  const std::string name = request.words.empty() ? std::string() : request.words[0];
  places.candidate = find_in_path(name, environment);
  // For root they change nothing.
  if (request.as_caller && request.base.kind == root::BaseKind::host) {
    const bool by_path = name.find('/') != std::string::npos;
    places.capabilities = file_capabilities(
        by_path ? request.directory / fs::path(name) : fs::path(places.candidate), environment);
  }

  places.tsc_khz = base::tsc_khz(paths.cache);
  places.data = paths.data;
  places.cache = paths.cache;
  // The runtime directory is that of other runs of the caller's, too.
  for (const fs::path& path : {image_key(paths), paths.runtime}) {
    std::error_code error;
    places.own.push_back(fs::weakly_canonical(path, error));
  }
  places.monitor = monitor.needed_files();
  places.closed = closed_directories(files_of_run(request, places));
  if (request.profiles.network) {
    places.resolv_conf = base::read_file_if_exists("/etc/resolv.conf").value_or("");
    places.hidden_resolver = hidden_resolver("/etc/resolv.conf", hidden_from_qemu(request, places));
  }
  if (instance != nullptr) {
    places.scratch = instance->path();
    places.empty = instance->empty_directory();
  }
  places.sharing = root::look_up_sharing(sharing_request(request, places.empty));
  places.links = kernel_links(request, places.sharing);
  return places;
}

}  // namespace quiz::run
