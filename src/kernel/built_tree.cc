#include "kernel/built_tree.h"

#include <fmt/format.h>

#include <array>

#include "base/error.h"
#include "base/files.h"
#include "kernel/image.h"

namespace quiz::kernel {

namespace {

/// The image, the console, the wire, the root; for names see data/kernels/base.config.
constexpr std::array<const char*, 15> kNeeded = {"BLK_DEV_INITRD",
                                                 "DEVTMPFS",
                                                 "TMPFS",
                                                 "PROC_FS",
                                                 "SYSFS",
                                                 "BINFMT_ELF",
                                                 "SERIAL_8250",
                                                 "SERIAL_8250_CONSOLE",
                                                 "PCI",
                                                 "VIRTIO_PCI",
                                                 "VIRTIO_CONSOLE",
                                                 "NET_9P",
                                                 "NET_9P_VIRTIO",
                                                 "9P_FS",
                                                 "OVERLAY_FS"};

/// What must be in the image, since nothing could load it.
bool must_be_built_in(const std::string& option) {
  return !option.starts_with("VIRTIO_") && !option.ends_with("OVERLAY_FS") &&
         option.find("9P") == std::string::npos;
}

/// vmlinux boots without unpacking, but needs a PVH entry; a cleaned-up tree may have but a
/// bzImage.
fs::path image_of(const fs::path& directory, const ConfigValues& config,
                  const base::Architecture& architecture) {
  fs::path vmlinux = directory / "vmlinux";
  fs::path bzimage = built_image(directory, architecture);
  if (fs::exists(vmlinux) && config_value(config, "PVH") == "y") return vmlinux;
  if (fs::exists(bzimage)) return bzimage;
  throw base::Error("the kernel in " + directory.string() + " is not built",
                    fs::exists(vmlinux)
                        ? fmt::format("without CONFIG_PVH its {0} is needed: make -C {1} {0}",
                                      image_target(architecture), directory.string())
                        : fmt::format("make -C {}", directory.string()));
}

/// By the folder in "# Linux/FOLDER 6.12.1 Kernel Configuration", with which Kconfig begins; the
/// host's where somebody has removed that. Throws base::Error for one that quiz has no machines of.
const base::Architecture& architecture_of_config(const std::string& config) {
  constexpr std::string_view kMark = "\n# Linux/";
  const std::size_t mark = config.find(kMark);
  if (mark == std::string::npos) return base::host_architecture();
  const std::size_t begin = mark + kMark.size();
  const std::string folder = config.substr(begin, config.find_first_of(" \n", begin) - begin);
  for (const base::Architecture& row : base::architectures()) {
    if (row.kernel_folder == folder) return row;
  }
  return base::architecture_named(folder);
}

[[noreturn]] void report_missing(const fs::path& directory,
                                 const std::vector<std::string>& missing) {
  std::string flags;
  for (const std::string& option : missing) flags += " -e " + option;
  throw base::Error(
      fmt::format("the kernel in {} lacks {}, which quiz needs in the guest", directory.string(),
                  fmt::join(missing, ", ")),
      fmt::format(
          "cd {} && scripts/config{} && make olddefconfig && make; or `quiz kernel config {}`",
          directory.string(), flags, directory.string()));
}

}  // namespace

std::vector<std::string> missing_options(const ConfigValues& config) {
  std::vector<std::string> missing;
  for (const std::string option : kNeeded) {
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
  const base::Architecture& architecture = architecture_of_config(*text);
  const ConfigValues config = parse_config(*text);
  const auto missing = missing_options(config);
  if (!missing.empty()) report_missing(directory, missing);
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
