#include "cli/openzfs_kernel.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "cli/shell_line.h"
#include "config/settings.h"
#include "kernel/build.h"
#include "kernel/debian.h"
#include "kernel/debian_headers.h"
#include "kernel/store.h"
#include "kernel/version.h"

namespace quiz::cli {

namespace {

using kernel::Kernel;

std::string config_text(const Kernel& one) {
  return one.config.empty() ? std::string()
                            : base::read_file_if_exists(one.config).value_or(std::string());
}

bool is_foreign(const Kernel& one) { return !(one.architecture == base::host_architecture()); }

/// What modules for Debian's own kernel are compiled against can be had; of the host's architecture
/// a built one is better in every way, and is what quiz names.
bool has_debian_headers(const Kernel& one) {
  return is_foreign(one) && one.source == kernel::kSourceDebian;
}

openzfs::Target target_of(const Context& context, const Kernel& one) {
  openzfs::Target target;
  target.name = one.name;
  target.release = one.release;
  target.version = one.version;
  target.made = one.added;
  target.source = one.tree.empty() ? one.kbuild : one.tree;
  target.object = target.source;
  if (target.source.empty()) {
    const kernel::HeaderTrees headers = kernel::fetch_debian_headers(
        one, context.paths.cache, context.settings.mirror.value, context.reporter);
    target.source = headers.source;
    target.object = headers.object;
  }
  target.config = one.config;
  if (one.tree.empty()) target.modules = one.module_directory();
  target.llvm = openzfs::llvm_of(config_text(one));
  target.architecture = one.architecture;
  return target;
}

bool can_build(const Kernel& one) {
  return !one.kbuild.empty() || !one.tree.empty() || has_debian_headers(one);
}

std::vector<std::string> lacks(const Kernel& one) {
  return openzfs::missing_options(config_text(one));
}

std::string build_command(const std::string& version) {
  return fmt::format("quiz kernel build debian:{}", kernel::series_of(version));
}

/// The newest of Debian's for another architecture, fetched if there is none.
Kernel debians_kernel(const Context& context, const base::Architecture& architecture) {
  kernel::Store store(context.paths.data);
  if (const auto newest = store.newest_prebuilt(architecture)) return *newest;
  kernel::DebianRequest request;
  request.architecture = architecture;
  request.mirror = context.settings.mirror.value;
  return kernel::fetch_debian(store, request, context.paths.cache, context.reporter);
}

/// What makes a kernel like it that has the options: all that quiz configures have them.
std::string remedy(const Kernel& one) {
  const auto request = kernel::recorded_request(one);
  if (!request) return build_command(one.version);
  if (request->config.keep) return "enable them in its .config, and build it again";
  std::vector<std::string> words = kernel::words_of(*request);
  words.insert(words.begin(), {"quiz", "kernel", "build"});
  return shell_line(words);
}

/// The newest that OpenZFS can be built for, of those that `accept` likes.
template <typename Accept>
std::optional<Kernel> newest(const kernel::Store& store, const base::Architecture& architecture,
                             Accept accept) {
  std::optional<Kernel> best;
  for (const Kernel& one : store.list()) {
    if (!(one.architecture == architecture)) continue;
    if (!can_build(one) || !lacks(one).empty() || !accept(one)) continue;
    if (!best || kernel::compare_versions(best->version, one.version) < 0) best = one;
  }
  return best;
}

}  // namespace

openzfs::Target openzfs_target(const Context& context, const openzfs::Meta& meta,
                               const std::string& selector) {
  const kernel::Store store(context.paths.data);
  const base::Architecture& architecture = context.settings.architecture.value;
  if (selector.empty()) {
    const auto best = newest(store, architecture, [&](const Kernel& one) {
      return openzfs::fit_of(meta, one.version) == openzfs::Fit::fits;
    });
    if (best) return target_of(context, *best);
    if (!(architecture == base::host_architecture())) {
      return target_of(context, debians_kernel(context, architecture));
    }
    throw base::Error(
        fmt::format("no kernel of the store is one that OpenZFS {} can be built for", meta.version),
        build_command("6.12"));
  }
  const Kernel wanted = store.find(selector, context.paths.cache, architecture);
  base::require_architecture(wanted.architecture, architecture, "the kernel " + wanted.name);
  if (can_build(wanted) && lacks(wanted).empty()) return target_of(context, wanted);

  const bool by_name = selector.find('/') != std::string::npos ||
                       selector.find('+') != std::string::npos || selector.starts_with("debian");
  const auto sibling =
      newest(store, architecture, [&](const Kernel& one) { return one.version == wanted.version; });
  const std::string reason =
      can_build(wanted)
          ? fmt::format("the kernel {} is not one for OpenZFS: it needs {}", wanted.name,
                        fmt::join(lacks(wanted), ", "))
          : fmt::format(
                "nothing can be built for the kernel {}: it came without the files that "
                "modules are compiled against",
                wanted.name);
  if (!sibling) throw base::Error(reason, remedy(wanted));
  if (by_name) throw base::Error(reason, "-k " + sibling->name + " has them");
  context.reporter.warning(reason + "; taking " + sibling->name);
  return target_of(context, *sibling);
}

}  // namespace quiz::cli
