#include "kernel/module_companions.h"

#include "base/below.h"

namespace quiz::kernel {

namespace {

/// Where the headers are that this kernel's modules are compiled against; empty if nobody knows.
fs::path headers_of(const Kernel& kernel) {
  if (!kernel.kbuild.empty()) return kernel.kbuild;
  // The guest has its own modules in the place of the host's, but else the host's files.
  std::error_code ignored;
  const fs::path installed = fs::path("/lib/modules") / kernel.release;
  const fs::path found = fs::canonical(installed / "build", ignored);
  if (!found.empty() && !base::is_below(found, fs::canonical(installed, ignored))) return found;
  if (kernel.source != kSourceDebian) return {};
  return "/usr/src/linux-headers-" + kernel.release;
}

/// A link that leads to `target`. A directory of that name stays.
void lead(const fs::path& link, const fs::path& target) {
  std::error_code ignored;
  const fs::file_type type = fs::symlink_status(link, ignored).type();
  if (type == fs::file_type::symlink) {
    if (fs::path(fs::read_symlink(link, ignored)) == target) return;
    fs::remove(link, ignored);
  } else if (type != fs::file_type::not_found) {
    return;
  }
  fs::create_symlink(target, link, ignored);
}

}  // namespace

void make_module_companions(const Kernel& kernel) {
  const bool in_store = kernel.source == kSourceDebian || kernel.source == kSourceBuilt ||
                        kernel.source == kSourceAdded;
  const fs::path directory = kernel.module_directory();
  std::error_code ignored;
  if (!in_store || !fs::is_directory(directory, ignored)) return;
  if (!kernel.config.empty() && !fs::exists(directory / "config", ignored)) {
    fs::create_hard_link(kernel.config, directory / "config", ignored);
  }
  if (const fs::path headers = headers_of(kernel); !headers.empty()) {
    lead(directory / "build", headers);
  }
}

}  // namespace quiz::kernel
