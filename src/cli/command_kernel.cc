// `quiz kernel list | fetch | add | build | …`: the kernel store from the command line. These words
// are quiz's own, so word_options.h reads them.
#include "cli/command_kernel.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "cli/command.h"
#include "cli/standard_streams.h"
#include "cli/subcommand.h"
#include "cli/word_options.h"
#include "config/settings.h"
#include "kernel/add.h"
#include "kernel/debian.h"
#include "kernel/store.h"

namespace quiz::cli {

namespace {

using kernel::Kernel;
using kernel::Store;
namespace fs = std::filesystem;

/// The kernel that a run without -k takes: the configured one, else the newest of Debian's.
std::string default_name(const Context& context, const Store& store) {
  const std::string& configured = context.settings.kernel.value;
  const base::Architecture& architecture = context.settings.architecture.value;
  if (configured.find('/') != std::string::npos) return {};  // a file, not in the list
  try {
    if (!configured.empty()) return store.find(configured, context.paths.cache, architecture).name;
  } catch (const base::Error&) {
    return {};  // the run that asks for it will say so
  }
  const auto newest = store.newest_prebuilt(architecture);
  return newest ? newest->name : std::string();
}

base::Json to_json(const Kernel& kernel, bool is_default) {
  return base::Json::object({{"name", kernel.name},
                             {"default", is_default},
                             {"release", kernel.release},
                             {"version", kernel.version},
                             {"architecture", std::string(kernel.architecture.name)},
                             {"image", kernel.image.string()},
                             {"modules", kernel.modules.string()},
                             {"config", kernel.config.string()},
                             {"variant", kernel.variant},
                             {"kbuild", kernel.kbuild.string()},
                             {"symbols", kernel.symbols.string()},
                             {"source", kernel.source},
                             {"origin", kernel.origin},
                             {"added", kernel.added},
                             {"memory_needed", kernel.memory_needed},
                             {"size", kernel.size}});
}

int list(const Context& context, const std::vector<std::string>& words) {
  WordOptions options("Shows the kernels in the store; * marks the one that is used without -k.",
                      "quiz kernel list");
  bool json = false;
  options.add_flag("--json", json, "as a JSON array, with every detail");
  if (!options.read(words)) return 0;

  const Store store(context.paths.data);
  const std::vector<Kernel> kernels = store.list();
  const std::string chosen = default_name(context, store);
  if (json) {
    base::Json array = base::Json::array();
    for (const Kernel& kernel : kernels) array.push_back(to_json(kernel, kernel.name == chosen));
    print(array.dump(2) + "\n");
    return 0;
  }
  if (kernels.empty()) {
    print("the store is empty: `quiz kernel fetch` gets Debian's kernel\n");
    return 0;
  }
  std::vector<Row> rows = {{"NAME", "RELEASE", "ORIGIN", "SIZE", "ADDED"}};
  for (const Kernel& kernel : kernels) {
    rows.push_back({kernel.name + (kernel.name == chosen ? " *" : ""), kernel.release,
                    kernel.origin, readable_size(kernel.size), kernel.added});
  }
  print(table(rows));
  return 0;
}

/// Runs what makes an entry and tells whether there is a new one.
template <typename Make>
int report_entry(const Context& context, const Store& store, Make&& make) {
  const std::vector<Kernel> before = store.list();
  const Kernel kernel = make();
  context.reporter.step("");
  const bool known = std::any_of(before.begin(), before.end(),
                                 [&](const Kernel& other) { return other.name == kernel.name; });
  print(known ? fmt::format("{} is in the store already\n", kernel.name)
              : fmt::format("{} is in the store: {}, {}\n", kernel.name, kernel.origin,
                            readable_size(kernel.size)));
  return 0;
}

int fetch(const Context& context, const std::vector<std::string>& words) {
  WordOptions options("Gets Debian's kernel by the host's apt. Nothing is installed.",
                      "quiz kernel fetch");
  std::string architecture(context.settings.architecture.value.name);
  std::string what = kernel::kSourceDebian;
  options.add_option(
      "KERNEL", what,
      "debian: the newest that the host's apt knows (default)\n"
      "debian:SUITE: the newest of a suite, such as trixie or bookworm-backports\n"
      "debian:VERSION: a release (as uname -r prints it), a version (6.1.192-2), or its beginning");
  options.add_option("-a,--architecture", architecture,
                     "the architecture of its machines (default: that of -a before the command)");
  if (!options.read(words)) return 0;

  const std::string prefix = std::string(kernel::kSourceDebian) + ":";
  if (what != kernel::kSourceDebian && !what.starts_with(prefix)) {
    throw base::Error("quiz kernel fetch does not know '" + what + "'",
                      "did you mean " + prefix + what + "? Only Debian's kernels can be fetched");
  }
  kernel::DebianRequest request;
  if (what.starts_with(prefix)) request = kernel::parse_debian_request(what.substr(prefix.size()));
  request.mirror = context.settings.mirror.value;
  request.architecture = base::architecture_named(architecture);
  Store store(context.paths.data);
  return report_entry(context, store, [&] {
    return base::with_note("while fetching the kernel " + what, [&] {
      return kernel::fetch_debian(store, request, context.paths.cache, context.reporter);
    });
  });
}

int add(const Context& context, const std::vector<std::string>& words) {
  WordOptions options("Copies a kernel that you have into the store.", "quiz kernel add");
  std::string path;
  std::string name;
  std::string modules;
  options.add_option("PATH", path, "a bzImage, a vmlinux or a Debian package of a kernel")
      .required();
  options.add_option("--name", name, "its name in the store (default: its release)");
  options.add_option("--modules", modules,
                     "the directory that holds lib/modules/RELEASE (default: beside PATH, or /)");
  if (!options.read(words)) return 0;

  Store store(context.paths.data);
  return report_entry(context, store, [&] {
    return kernel::add_kernel(store, {path, name, modules}, context.reporter);
  });
}

std::string first_existing(const fs::path& path) {
  return path.empty() ? std::string("-") : path.string();
}

int show(const Context& context, const std::vector<std::string>& words) {
  WordOptions options("Tells all about a kernel.", "quiz kernel show");
  std::string name;
  bool json = false;
  options.add_option("KERNEL", name, "as -k takes it").required();
  options.add_flag("--json", json, "as a JSON object");
  if (!options.read(words)) return 0;

  const Store store(context.paths.data);
  const Kernel kernel = store.find(name, context.paths.cache, context.settings.architecture.value);
  const auto record = base::read_file_if_exists(kernel.image.parent_path() / "build.json");
  const auto build = base::Json::try_parse(record.value_or(""));
  if (json) {
    base::Json all = to_json(kernel, kernel.name == default_name(context, store));
    if (build && build->is_object()) all["build"] = *build;
    print(all.dump(2) + "\n");
    return 0;
  }
  std::string text;
  const auto line = [&](const char* label, const std::string& value) {
    text += fmt::format("{:<14}{}\n", label, value);
  };
  line("name", kernel.name);
  line("release", kernel.release);
  line("version", kernel.version);
  line("architecture", std::string(kernel.architecture.name));
  line("origin", kernel.origin);
  line("added", kernel.added);
  line("size", readable_size(kernel.size));
  line("image", kernel.image.string());
  line("modules", first_existing(kernel.module_directory()));
  line("configuration", first_existing(kernel.config));
  line("kbuild tree", first_existing(kernel.kbuild));
  line("symbols", first_existing(kernel.symbols));
  if (build && build->is_object()) {
    line("compiler", build->text_or("compiler", ""));
    line("options", fmt::format("{} built in, {} as modules", build->number_or("built_in", 0),
                                build->number_or("as_modules", 0)));
    line("build time", fmt::format("{} s", build->number_or("seconds", 0)));
  }
  print(text);
  return 0;
}

int path(const Context& context, const std::vector<std::string>& words) {
  WordOptions options("Prints where a file of a kernel is, for scripts.", "quiz kernel path");
  std::string name;
  std::string part = "image";
  options.add_option("KERNEL", name, "as -k takes it").required();
  options.add_option("PART", part, "image (default), modules, config, kbuild or symbols")
      .one_of({"image", "modules", "config", "kbuild", "symbols"});
  if (!options.read(words)) return 0;

  const Kernel kernel = Store(context.paths.data)
                            .find(name, context.paths.cache, context.settings.architecture.value);
  const fs::path result = part == "image"     ? kernel.image
                          : part == "modules" ? kernel.module_directory()
                          : part == "config"  ? kernel.config
                          : part == "kbuild"  ? kernel.kbuild
                                              : kernel.symbols;
  if (result.empty()) {
    throw base::Error(fmt::format("the kernel {} has no {}", kernel.name, part),
                      "`quiz kernel show " + kernel.name + "` tells what it has");
  }
  print(result.string() + "\n");
  return 0;
}

int remove(const Context& context, const std::vector<std::string>& words) {
  WordOptions options("Removes kernels from the store.", "quiz kernel remove");
  std::vector<std::string> names;
  options.add_option("NAME", names, "as `quiz kernel list` shows it").required();
  if (!options.read(words)) return 0;

  Store store(context.paths.data);
  for (const std::string& name : names) {
    context.reporter.step("removing " + name);
    store.remove(name);
    context.reporter.step("");
    print(fmt::format("removed {}\n", name));
  }
  return 0;
}

int prune(const Context& context, const std::vector<std::string>& words) {
  WordOptions options(
      "Removes the kernels that quiz built, but for the newest of each series and variant.",
      "quiz kernel prune");
  bool dry_run = false;
  options.add_flag("-n,--dry-run", dry_run, "only say what would be removed");
  if (!options.read(words)) return 0;

  Store store(context.paths.data);
  if (remove_outdated(context, store, dry_run) == 0) print("there is nothing to remove\n");
  return 0;
}

}  // namespace

std::size_t remove_outdated(const Context& context, Store& store, bool dry_run) {
  const auto outdated = kernel::outdated_builds(store.list());
  for (const std::string& name : outdated) {
    if (!dry_run) {
      context.reporter.step("removing " + name);
      store.remove(name);
      context.reporter.step("");
    }
    print(fmt::format("{} {}\n", dry_run ? "would remove" : "removed", name));
  }
  return outdated.size();
}

int command_kernel(const Context& context, const std::vector<std::string>& words) {
  return run_subcommand(
      context, "quiz kernel", words,
      {{"list", "show the kernels in the store", list},
       {"fetch", "get Debian's kernel", fetch},
       {"build", "build a kernel from sources", kernel_build},
       {"config", "print the configuration that a build would use, or prepare a tree of yours",
        kernel_config},
       {"add", "put a kernel that you have into the store", add},
       {"show", "tell all about a kernel", show},
       {"path", "print where a kernel's files are", path},
       {"remove", "remove kernels from the store", remove},
       {"prune", "remove all builds but the newest of each series and variant", prune}});
}

}  // namespace quiz::cli
