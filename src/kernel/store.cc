#include "kernel/store.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/json.h"
#include "base/nearest.h"
#include "kernel/built_tree.h"
#include "kernel/image.h"
#include "kernel/version.h"

namespace quiz::kernel {

namespace {

constexpr const char* kRecord = "kernel.json";

/// "vmlinux" for ENTRY/vmlinux; empty stays empty.
std::string relative_to(const fs::path& path, const fs::path& directory) {
  return path.empty() ? std::string() : path.lexically_relative(directory).string();
}

base::Json to_json(const Kernel& kernel, const fs::path& directory) {
  return base::Json::object({{"name", kernel.name},
                             {"release", kernel.release},
                             {"version", kernel.version},
                             {"variant", kernel.variant},
                             {"architecture", std::string(kernel.architecture.name)},
                             {"image", relative_to(kernel.image, directory)},
                             {"modules", relative_to(kernel.modules, directory)},
                             {"config", relative_to(kernel.config, directory)},
                             {"kbuild", relative_to(kernel.kbuild, directory)},
                             {"symbols", relative_to(kernel.symbols, directory)},
                             {"source", kernel.source},
                             {"origin", kernel.origin},
                             {"added", kernel.added},
                             {"memory_needed", kernel.memory_needed},
                             {"size", kernel.size}});
}

fs::path below(const fs::path& directory, const std::string& relative) {
  return relative.empty() ? fs::path() : directory / relative;
}

/// nullopt when there is no record; throws JsonError or base::Error when it is damaged.
std::optional<Kernel> read_entry(const fs::path& directory) {
  const auto text = base::read_file_if_exists(directory / kRecord);
  if (!text) return std::nullopt;
  const auto json = base::Json::parse(*text);
  Kernel kernel;
  kernel.name = directory.filename().string();
  kernel.release = json.at("release").text();
  kernel.version = json.at("version").text();
  kernel.architecture = base::architecture_named(json.at("architecture").text());
  kernel.image = below(directory, json.at("image").text());
  kernel.modules = below(directory, json.at("modules").text());
  kernel.config = below(directory, json.at("config").text());
  // Since quiz builds kernels; entries of before have none.
  kernel.variant = json.text_or("variant", "");
  kernel.kbuild = below(directory, json.text_or("kbuild", ""));
  kernel.symbols = below(directory, json.text_or("symbols", ""));
  kernel.source = json.at("source").text();
  kernel.origin = json.at("origin").text();
  kernel.added = json.at("added").text();
  kernel.memory_needed = json.at("memory_needed").number();
  kernel.size = json.at("size").number();
  if (!fs::is_regular_file(kernel.image)) {
    throw base::Error("its image " + kernel.image.string() + " is missing");
  }
  return kernel;
}

/// The damage as a value: list() skips it, find_name() tells it.
std::optional<Kernel> read_entry_or_error(const fs::path& directory, std::string& damage) {
  try {
    auto kernel = read_entry(directory);
    if (!kernel) damage = "it has no kernel.json";
    return kernel;
  } catch (const base::Error& error) {
    damage = error.message();
  } catch (const std::exception&) {
    damage = "its kernel.json cannot be read";
  }
  return std::nullopt;
}

/// Of two of the same upstream version the built one comes first: it boots faster.
bool newer(const Kernel& a, const Kernel& b) {
  const auto upstream = [](const Kernel& kernel) {
    return kernel.version.substr(0, kernel.version.find('-'));
  };
  if (const int order = compare_versions(upstream(a), upstream(b)); order != 0) return order > 0;
  if ((a.source == kSourceBuilt) != (b.source == kSourceBuilt)) return a.source == kSourceBuilt;
  return compare_versions(a.version, b.version) > 0;
}

/// "6.12" takes the plain builds, "6.12+kasan" that variant; Debian's versions may contain a plus
/// themselves.
bool fits_selector(const Kernel& kernel, const std::string& selector) {
  if (kernel.source != kSourceBuilt) {
    return version_has_prefix(kernel.version, selector) ||
           version_has_prefix(kernel.release, selector);
  }
  const std::size_t plus = selector.find('+');
  const std::string variant = plus == std::string::npos ? "" : selector.substr(plus + 1);
  return kernel.variant == variant && version_has_prefix(kernel.version, selector.substr(0, plus));
}

/// Newest of those that fit; an exact release or version beats a prefix.
std::optional<Kernel> choose(const std::vector<Kernel>& kernels, const std::string& selector) {
  std::vector<Kernel> fitting;
  for (const Kernel& kernel : kernels) {
    const bool exact =
        kernel.release == selector || (kernel.version == selector && kernel.variant.empty());
    if (exact) fitting.push_back(kernel);
  }
  if (fitting.empty()) {
    for (const Kernel& kernel : kernels) {
      if (fits_selector(kernel, selector)) fitting.push_back(kernel);
    }
  }
  if (fitting.empty()) return std::nullopt;
  return *std::min_element(fitting.begin(), fitting.end(), newer);
}

/// The words of `quiz kernel fetch` for it.
std::string fetch_command(const base::Architecture& architecture) {
  const std::string command = "quiz kernel fetch";
  if (architecture == base::host_architecture()) return command;
  return fmt::format("{} -a {}", command, architecture.name);
}

[[noreturn]] void report_unknown(const std::string& selector, const std::vector<Kernel>& kernels,
                                 const base::Architecture& architecture) {
  std::vector<std::string> candidates;
  if (!kernels.empty()) candidates.emplace_back(kSourceDebian);
  for (const Kernel& kernel : kernels) candidates.push_back(kernel.name);
  for (const Kernel& kernel : kernels) candidates.push_back(kernel.release);
  for (const Kernel& kernel : kernels) candidates.push_back(kernel.version);
  const auto near = base::nearest(selector, candidates);
  const std::string hint =
      near              ? "did you mean " + *near + "?"
      : kernels.empty() ? fmt::format("the store has none for {}: `{}` gets Debian's kernel",
                                      architecture.name, fetch_command(architecture))
                        : fmt::format("`quiz kernel list` shows what there is, `{}` gets more",
                                      fetch_command(architecture));
  throw base::Error("there is no kernel '" + selector + "'", hint);
}

}  // namespace

Store::Store(const fs::path& data) : entries_(data / "kernels", "kernel") {}

std::vector<Kernel> Store::list() const {
  std::vector<Kernel> kernels;
  std::string damage;
  for (const std::string& name : entries_.names()) {
    if (auto kernel = read_entry_or_error(directory() / name, damage)) {
      kernels.push_back(std::move(*kernel));
    }
  }
  return kernels;
}

std::optional<Kernel> Store::find_name(const std::string& name) const {
  const fs::path entry = entries_.find(name);
  if (entry.empty()) return std::nullopt;
  std::string damage;
  auto kernel = read_entry_or_error(entry, damage);
  if (!kernel) {
    throw base::Error("the kernel '" + name + "' in the store is damaged: " + damage,
                      "remove it with `quiz kernel remove " + name + "` and add it again");
  }
  return kernel;
}

Kernel Store::find(const std::string& selector, const fs::path& cache,
                   const base::Architecture& architecture) const {
  if (selector == "." || selector == ".." || selector.find('/') != std::string::npos) {
    std::error_code ignored;
    return fs::is_directory(selector, ignored) ? describe_built_tree(selector, cache)
                                               : describe_image(selector, cache);
  }
  if (auto kernel = find_name(selector)) return *kernel;
  if (selector == kSourceDebian) {
    if (auto kernel = newest_prebuilt(architecture)) return *kernel;
    throw base::Error("there is no kernel of Debian's in the store",
                      fmt::format("`{}` gets the newest", fetch_command(architecture)));
  }
  std::vector<Kernel> kernels = list();
  std::erase_if(kernels,
                [&](const Kernel& kernel) { return !(kernel.architecture == architecture); });
  std::string wanted = selector;
  if (const std::string prefix = std::string(kSourceDebian) + ":"; selector.starts_with(prefix)) {
    wanted = selector.substr(prefix.size());
    std::erase_if(kernels, [](const Kernel& kernel) { return kernel.source != kSourceDebian; });
  }
  if (auto kernel = choose(kernels, wanted)) return *kernel;
  report_unknown(selector, kernels, architecture);
}

std::optional<Kernel> Store::newest_prebuilt(const base::Architecture& architecture) const {
  std::vector<Kernel> kernels = list();
  std::erase_if(kernels, [&](const Kernel& kernel) {
    return kernel.source != kSourceDebian || !(kernel.architecture == architecture);
  });
  if (kernels.empty()) return std::nullopt;
  return *std::min_element(kernels.begin(), kernels.end(), newer);
}

Kernel Store::publish(Draft draft, Kernel kernel) {
  return finish(std::move(draft), std::move(kernel), false);
}

Kernel Store::replace(Draft draft, Kernel kernel) {
  return finish(std::move(draft), std::move(kernel), true);
}

Kernel Store::finish(Draft draft, Kernel kernel, bool replace) {
  entries_.check_name(kernel.name);
  kernel.added = build::now_iso();
  kernel.size = build::disk_usage(draft.path());
  base::write_file_atomically(draft.path() / kRecord, to_json(kernel, draft.path()).dump(2) + "\n");
  entries_.finish(std::move(draft), kernel.name, replace);
  return find_name(kernel.name).value();
}

std::vector<std::string> outdated_builds(const std::vector<Kernel>& kernels) {
  std::vector<std::string> names;
  for (const Kernel& kernel : kernels) {
    if (kernel.source != kSourceBuilt) continue;
    const bool superseded = std::any_of(kernels.begin(), kernels.end(), [&](const Kernel& other) {
      return other.source == kSourceBuilt && other.variant == kernel.variant &&
             other.architecture == kernel.architecture &&
             series_of(other.version) == series_of(kernel.version) &&
             compare_versions(other.version, kernel.version) > 0;
    });
    if (superseded) names.push_back(kernel.name);
  }
  return names;
}

}  // namespace quiz::kernel
