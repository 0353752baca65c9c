#include "kernel/one_shot.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "kernel/version.h"

namespace quiz::kernel {

namespace {

constexpr const char* kExample = "for example: quiz -k 6.12 -E KASAN PROGRAM";

/// A variant (6.12+kasan) that is not in the store cannot be guessed.
bool can_be_built(const std::string& selector) {
  return looks_like_version(selector) && selector.find('+') == std::string::npos;
}

/// The kernel to vary, as far as the store has it.
std::optional<Kernel> find_base(const Store& store, const std::string& selector,
                                const base::Architecture& architecture,
                                const std::filesystem::path& cache) {
  try {
    Kernel kernel = store.find(selector, cache, architecture);
    if (recorded_request(kernel)) return kernel;
    if (!can_be_built(selector)) {
      throw base::Error(
          fmt::format("the kernel {} was not built by quiz, so its options cannot be changed",
                      kernel.name),
          kExample);
    }
  } catch (const base::Error&) {
    // A version that is not there can be built.
    if (!can_be_built(selector)) throw;
  }
  return std::nullopt;
}

/// The variant of that series in the store, unless the kernel that it varies is newer.
std::optional<Kernel> find_variant(const Store& store, const std::string& series,
                                   const base::Architecture& architecture,
                                   const std::string& variant, const std::optional<Kernel>& base) {
  std::optional<Kernel> newest;
  for (const Kernel& kernel : store.list()) {
    const bool fits = kernel.source == kSourceBuilt && kernel.variant == variant &&
                      kernel.architecture == architecture &&
                      version_has_prefix(kernel.version, series);
    const bool old = base && compare_versions(kernel.version, base->version) < 0;
    if (!fits || old) continue;
    if (!newest || compare_versions(kernel.version, newest->version) > 0) newest = kernel;
  }
  return newest;
}

}  // namespace

BuildRequest changed_request(BuildRequest base, const std::vector<ConfigAssignment>& options) {
  const std::string before = base.variant;
  BuildRequest changes;
  changes.config.options = options;
  const std::string name = variant_of(changes);
  for (const ConfigAssignment& option : options) {
    std::erase_if(base.config.options,
                  [&](const ConfigAssignment& other) { return other.option == option.option; });
    base.config.options.push_back(option);
  }
  base.variant = before.empty() ? name : before + "-" + name;
  return base;
}

Kernel one_shot_kernel(Store& store, const std::string& selector,
                       const base::Architecture& architecture,
                       const std::vector<ConfigAssignment>& options,
                       const std::filesystem::path& cache, const std::string& mirror,
                       base::Reporter& reporter) {
  if (selector.empty()) {
    throw base::Error("-E, -D and -M change the configuration of a kernel that -k names", kExample);
  }
  const std::optional<Kernel> base = find_base(store, selector, architecture, cache);
  BuildRequest request;
  if (base) {
    request = *recorded_request(*base);
  } else {
    request.what = std::string(kSourceDebian) + ":" + selector;
    request.config.architecture = architecture;
  }
  request.mirror = mirror;
  request = changed_request(std::move(request), options);
  const std::string series = base ? series_of(base->version) : selector;
  if (auto found = find_variant(store, series, architecture, request.variant, base))
    return std::move(*found);
  return base::with_note(
      fmt::format("while building the kernel {} with what was asked for", selector),
      [&] { return build_kernel(store, request, cache, reporter); });
}

}  // namespace quiz::kernel
