// `quiz root build | list | …`: the store of roots from the command line.
#include <fmt/format.h>

#include <chrono>

#include "base/error.h"
#include "base/json.h"
#include "cli/command.h"
#include "cli/standard_streams.h"
#include "cli/subcommand.h"
#include "cli/word_options.h"
#include "config/settings.h"
#include "root/build.h"
#include "root/package_sets.h"
#include "root/store.h"

namespace quiz::cli {

namespace {

using root::Root;
using root::Store;

base::Json to_json(const Root& root) {
  return base::Json::object({{"name", root.name},
                             {"origin", root.origin},
                             {"architecture", std::string(root.architecture.name)},
                             {"file_system", root.file_system},
                             {"image", root.image.string()},
                             {"packages", root.packages.string()},
                             {"contents", root.contents.string()},
                             {"package_count", root.package_count},
                             {"requested", root.requested},
                             {"sets", root.sets},
                             {"added", root.added},
                             {"size", root.size}});
}

/// "debian" or "debian:SUITE".
std::string suite_of(const std::string& what) {
  const std::string prefix = std::string(root::kDebian) + ":";
  if (what == root::kDebian) return {};
  if (what.starts_with(prefix) && what.size() > prefix.size()) return what.substr(prefix.size());
  throw base::Error("quiz root build does not know '" + what + "'",
                    "it makes roots of Debian: debian, or debian:SUITE as in debian:trixie");
}

int build(const Context& context, const std::vector<std::string>& words) {
  WordOptions options(
      "Makes a root of Debian's packages: a small system with the tools to look at kernels, block\n"
      "devices and file systems. Nothing is installed on this machine.",
      "quiz root build");
  std::string what = root::kDebian;
  std::string architecture(context.settings.architecture.value.name);
  std::string format;
  root::BuildRequest request;
  options.add_option("WHAT", what,
                     "debian: of this machine's suite, or the stable one (default)\n"
                     "debian:SUITE: of that suite, such as trixie");
  options.add_option("--package", request.packages, "one more package; repeatable").one_word_each();
  std::string sets;
  for (const root::PackageSet& set : root::package_sets()) {
    sets += (sets.empty() ? "" : ", ") + std::string(set.name);
  }
  options.add_option("--set", request.sets, "only this set of packages (" + sets + "); repeatable")
      .one_word_each();
  options.add_option("--name", request.name,
                     "its name in the store (default: debian, debian-SUITE), with +ARCH behind it\n"
                     "where the architecture is not this machine's");
  options.add_option("-a,--architecture,--arch", architecture,
                     "the architecture of its machines (default: that of -a before the command)");
  options.add_option("--format", format, "erofs (default where mkfs.erofs is) or ext4")
      .one_of({"erofs", "ext4"});
  if (!options.read(words)) return 0;

  request.suite = suite_of(what);
  request.mirror = context.settings.mirror.value;
  request.architecture = base::architecture_named(architecture);
  if (format == "erofs") request.kind = root::ImageKind::erofs;
  if (format == "ext4") request.kind = root::ImageKind::ext4;
  if (request.name.empty()) {
    request.name = root::kDebian + (request.suite.empty() ? "" : "-" + request.suite);
  }
  Store store(context.paths.data);
  const auto begin = std::chrono::steady_clock::now();
  const Root made = base::with_note("while building the root " + request.name, [&] {
    return root::build_debian(store, request, context.paths.cache, context.reporter);
  });
  const auto seconds =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - begin);
  context.reporter.step("");
  print(fmt::format("{} is in the store: {}, {} packages, {} ({}), made in {} s\n", made.name,
                    made.origin, made.package_count, readable_size(made.size), made.file_system,
                    seconds.count()));
  return 0;
}

int list(const Context& context, const std::vector<std::string>& words) {
  WordOptions options("Shows the roots in the store.", "quiz root list");
  bool json = false;
  options.add_flag("--json", json, "as a JSON array, with every detail");
  if (!options.read(words)) return 0;

  const auto roots = Store(context.paths.data).list();
  if (json) {
    base::Json array = base::Json::array();
    for (const Root& root : roots) array.push_back(to_json(root));
    print(array.dump(2) + "\n");
    return 0;
  }
  if (roots.empty()) {
    print("the store is empty: `quiz root build debian` makes a root\n");
    return 0;
  }
  std::vector<Row> rows = {{"NAME", "ORIGIN", "PACKAGES", "SIZE", "ADDED"}};
  for (const Root& root : roots) {
    rows.push_back({root.name, root.origin, std::to_string(root.package_count),
                    readable_size(root.size), root.added});
  }
  print(table(rows));
  return 0;
}

int show(const Context& context, const std::vector<std::string>& words) {
  WordOptions options("Tells all about a root.", "quiz root show");
  std::string name;
  bool json = false;
  options.add_option("ROOT", name, "as `quiz root list` shows it").required();
  options.add_flag("--json", json, "as a JSON object");
  if (!options.read(words)) return 0;

  const Root root = Store(context.paths.data).find(name);
  if (json) {
    print(to_json(root).dump(2) + "\n");
    return 0;
  }
  std::string text;
  const auto line = [&](const char* label, const std::string& value) {
    text += fmt::format("{:<14}{}\n", label, value);
  };
  line("name", root.name);
  line("origin", root.origin);
  line("architecture", std::string(root.architecture.name));
  line("added", root.added);
  line("size", readable_size(root.size));
  line("image", fmt::format("{} ({})", root.image.string(), root.file_system));
  line("packages", fmt::format("{}, listed in {}", root.package_count, root.packages.string()));
  line("asked for",
       root.requested.empty() ? "-" : fmt::format("{}", fmt::join(root.requested, " ")));
  print(text);
  return 0;
}

int path(const Context& context, const std::vector<std::string>& words) {
  WordOptions options("Prints where a file of a root is, for scripts.", "quiz root path");
  std::string name;
  std::string part = "image";
  options.add_option("ROOT", name, "as `quiz root list` shows it").required();
  options.add_option("PART", part, "image (default), packages or contents: lists of what is in it")
      .one_of({"image", "packages", "contents"});
  if (!options.read(words)) return 0;

  const Root root = Store(context.paths.data).find(name);
  const auto& result = part == "image"      ? root.image
                       : part == "packages" ? root.packages
                                            : root.contents;
  print(result.string() + "\n");
  return 0;
}

int remove(const Context& context, const std::vector<std::string>& words) {
  WordOptions options("Removes roots from the store.", "quiz root remove");
  std::vector<std::string> names;
  options.add_option("NAME", names, "as `quiz root list` shows it").required();
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

}  // namespace

int command_root(const Context& context, const std::vector<std::string>& words) {
  return run_subcommand(context, "quiz root", words,
                        {{"build", "make a root of Debian's packages", build},
                         {"list", "show the roots in the store", list},
                         {"show", "tell all about a root", show},
                         {"path", "print where a root's files are", path},
                         {"remove", "remove roots from the store", remove}});
}

}  // namespace quiz::cli
