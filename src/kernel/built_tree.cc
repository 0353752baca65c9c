#include "kernel/built_tree.h"

#include <fmt/format.h>

#include <array>

#include "base/error.h"
#include "base/files.h"
#include "base/lines.h"
#include "kernel/image.h"
#include "kernel/toolchain.h"

namespace quiz::kernel {

namespace {

/// The root and the wire; for names see data/kernels/base.config. The console and the bus are the
/// architecture's.
constexpr std::array<const char*, 11> kNeeded = {
    "BLK_DEV_INITRD", "DEVTMPFS", "TMPFS",         "PROC_FS", "SYSFS",     "BINFMT_ELF",
    "VIRTIO_CONSOLE", "NET_9P",   "NET_9P_VIRTIO", "9P_FS",   "OVERLAY_FS"};

/// What must be in the image, since nothing could load it.
bool must_be_built_in(const std::string& option) {
  return !option.starts_with("VIRTIO_") && !option.ends_with("OVERLAY_FS") &&
         option.find("9P") == std::string::npos;
}

/// On x86 vmlinux boots without unpacking, but needs a PVH entry; a cleaned-up tree may have but a
/// bzImage.
fs::path image_of(const fs::path& directory, const ConfigValues& config,
                  const base::Architecture& architecture) {
  fs::path vmlinux = directory / "vmlinux";
  fs::path bzimage = built_image(directory, architecture);
  if (fs::exists(vmlinux) && config_value(config, "PVH") == "y") return vmlinux;
  if (fs::exists(bzimage)) return bzimage;
  const std::string make = fmt::format("{} -C {}", make_command(architecture), directory.string());
  const std::string target = image_target(architecture);
  throw base::Error(
      fmt::format("the kernel in {} is not built", directory.string()),
      !fs::exists(vmlinux) ? make : fmt::format("its {0} is needed: {1} {0}", target, make));
}

[[noreturn]] void report_missing(const fs::path& directory, const base::Architecture& architecture,
                                 const std::vector<std::string>& missing) {
  std::string flags;
  for (const std::string& option : missing) flags += " -e " + option;
  throw base::Error(
      fmt::format("the kernel in {} lacks {}, which quiz needs in the guest", directory.string(),
                  fmt::join(missing, ", ")),
      fmt::format(
          "cd {0} && scripts/config{1} && {2} olddefconfig && {2}; or `quiz kernel config {0}`",
          directory.string(), flags, make_command(architecture)));
}

}  // namespace

std::vector<std::string> missing_options(const ConfigValues& config,
                                         const base::Architecture& architecture) {
  std::vector<std::string> needed(kNeeded.begin(), kNeeded.end());
  for (std::string& option : base::words_of(architecture.kernel_options)) {
    needed.push_back(std::move(option));
  }
  std::vector<std::string> missing;
  for (const std::string& option : needed) {
    const std::string value = config_value(config, option);
    if (value == "n" || (value == "m" && must_be_built_in(option))) missing.push_back(option);
  }
  return missing;
}

Kernel describe_built_tree(const fs::path& given, const fs::path& cache) {
  const fs::path directory = fs::canonical(given);
  const auto text = base::read_file_if_exists(directory / ".config");
  if (!text) {
    const bool sources = fs::exists(directory / "Kconfig") && fs::exists(directory / "arch");
    throw base::Error(directory.string() + (sources ? " is a kernel tree that is not configured"
                                                    : " is no built kernel tree"),
                      sources ? fmt::format("`quiz kernel config {0}`, then make -C {0}; or `quiz "
                                            "kernel build {0}`",
                                            directory.string())
                              : "-k DIR takes the directory in which a kernel was built");
  }
  const base::Architecture architecture =
      architecture_of_config(*text).value_or(base::host_architecture());
  const ConfigValues config = parse_config(*text);
  const auto missing = missing_options(config, architecture);
  if (!missing.empty()) report_missing(directory, architecture, missing);
  Kernel kernel = describe_image(image_of(directory, config, architecture), cache);
  kernel.name = directory.string();
  kernel.config = directory / ".config";
  kernel.source = "tree";
  kernel.origin = "the tree " + directory.string();
  kernel.modules.clear();
  if (config_value(config, "MODULES") == "y") kernel.tree = directory;
  return kernel;
}

}  // namespace quiz::kernel
