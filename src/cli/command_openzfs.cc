// `quiz openzfs`: OpenZFS built for a kernel of the store, inside its own checkout.
#include "cli/command_openzfs.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <thread>

#include "base/architecture.h"
#include "base/error.h"
#include "base/files.h"
#include "base/nearest.h"
#include "build/debian_tree.h"
#include "cli/openzfs_kernel.h"
#include "cli/standard_streams.h"
#include "config/settings.h"
#include "openzfs/build.h"
#include "openzfs/checkout.h"
#include "openzfs/needs.h"
#include "root/small.h"
#include "root/store.h"
#include "run/project_consent.h"

namespace quiz::cli {

namespace {

namespace fs = std::filesystem;

/// The root of another architecture that has what OpenZFS needs, where there is none of Debian's.
constexpr char kRoot[] = "openzfs";

constexpr std::array<std::string_view, 7> kCommandNames{
    "configure", "make", "install", "test", "ztest", "raidz_test", "crash"};

/// What stands before the arguments that are OpenZFS's: -k KERNEL, -j JOBS.
struct Words {
  std::string kernel;
  unsigned jobs = std::max(std::thread::hardware_concurrency(), 1u);
  std::vector<std::string> rest;
};

unsigned parse_jobs(const std::string& text) {
  if (text.empty() || text.size() > 4 ||
      text.find_first_not_of("0123456789") != std::string::npos || std::stoul(text) == 0) {
    throw base::Error("'" + text + "' is no number of jobs (-j)", "for example -j4");
  }
  return static_cast<unsigned>(std::stoul(text));
}

/// The value of `-x VALUE`, `-xVALUE` or `--long=VALUE` at `at`, which is moved behind it.
std::optional<std::string> option_value(const std::vector<std::string>& words, std::size_t& at,
                                        const std::string& short_name,
                                        const std::string& long_name) {
  const std::string& word = words[at];
  if (word == short_name || word == long_name) {
    if (at + 1 == words.size()) throw base::Error(word + " needs a value");
    at += 2;
    return words[at - 1];
  }
  for (const std::string& prefix : {long_name + "=", short_name}) {
    if (word.starts_with(prefix) && word.size() > prefix.size()) {
      ++at;
      return word.substr(prefix.size());
    }
  }
  return std::nullopt;
}

Words parse_words(const std::vector<std::string>& words) {
  Words result;
  std::size_t at = 0;
  while (at < words.size()) {
    if (const auto kernel = option_value(words, at, "-k", "--kernel")) {
      result.kernel = *kernel;
    } else if (const auto jobs = option_value(words, at, "-j", "--jobs")) {
      result.jobs = parse_jobs(*jobs);
    } else {
      break;
    }
  }
  if (at < words.size() && words[at] == "--") ++at;
  result.rest.assign(words.begin() + static_cast<std::ptrdiff_t>(at), words.end());
  return result;
}

void refuse_rest(const Words& words, const std::string& command) {
  if (words.rest.empty()) return;
  throw base::Error(fmt::format("quiz openzfs{} takes no '{}'", command, words.rest.front()),
                    "quiz openzfs configure ARGS… and quiz openzfs make ARGS… pass words on");
}

/// Writes where things are, for the person who waited.
void tell(const Context& context, const openzfs::Checkout& checkout, const std::string& kernel,
          const std::string& what) {
  context.reporter.step("");
  print(fmt::format("OpenZFS {} for {}: {}\n", checkout.meta.version, kernel, what));
}

/// A kernel that is a tree may lie anywhere, and the caller has just chosen it: that the checkout's
/// file remembers it shall not be a wish of the checkout's.
void agree_to_remembered(const Context& context, const openzfs::Checkout& checkout,
                         const openzfs::Target& target) {
  const fs::path file = checkout.settings();
  if (target.name.find('/') == std::string::npos || !fs::exists(file)) return;
  run::consent(context.paths).give({{file, profile::digest_of(file)}});
}

/// What the programs are compiled against, and where they will run: another architecture has
/// neither here.
void prepare_foreign(const Context& context, openzfs::Target& target) {
  if (!target.is_foreign()) return;
  const std::string& mirror = context.settings.mirror.value;
  build::DebianTreeRequest headers{target.architecture, {}, mirror};
  for (const std::string& package : openzfs::header_packages()) {
    headers.packages.push_back({package});
  }
  target.sysroot = build::debian_sysroot(headers, context.paths.cache, context.reporter);
  root::Store roots(context.paths.data);
  if (roots.has(base::name_for(root::kDebian, target.architecture))) return;
  target.root = kRoot;
  if (roots.has(base::name_for(kRoot, target.architecture))) return;
  root::make_small(roots, {target.architecture, mirror, kRoot, openzfs::runtime_packages()},
                   context.paths.cache, context.reporter);
}

}  // namespace

int command_openzfs(const Context& context, const std::vector<std::string>& words) {
  std::string command;
  std::vector<std::string> rest = words;
  if (!words.empty() && !words.front().starts_with('-')) {
    command = words.front();
    rest.erase(rest.begin());
    if (std::find(kCommandNames.begin(), kCommandNames.end(), command) == kCommandNames.end()) {
      const std::vector<std::string> names(kCommandNames.begin(), kCommandNames.end());
      const auto near = base::nearest(command, names);
      throw base::Error(
          "quiz openzfs has no command '" + command + "'",
          near ? "did you mean " + *near + "?" : fmt::format("{}", fmt::join(names, ", ")));
    }
  }
  openzfs::Checkout checkout = openzfs::find_checkout(fs::current_path());
  checkout.architecture = context.settings.architecture.value;
  if (command == "crash") return openzfs_crash(context, checkout, rest);
  if (command == "test" || command == "ztest" || command == "raidz_test") {
    return openzfs_test(context, checkout, command, rest);
  }
  const Words parsed = parse_words(rest);
  if (parsed.kernel.empty())
    run::require_consent(context.settings, context.paths,
                         run::asks_of_settings(context.settings, {"kernel"}));
  if (command.empty() || command == "install")
    refuse_rest(parsed, command.empty() ? "" : " install");

  const std::string selector =
      parsed.kernel.empty() ? context.settings.kernel.value : parsed.kernel;
  // Before anything is fetched.
  openzfs::require_needs(!fs::exists(checkout.directory / "configure"), checkout.architecture);
  openzfs::Target target = openzfs_target(context, checkout.meta, selector);
  prepare_foreign(context, target);
  const std::string machine =
      target.is_foreign() ? fmt::format(" -a {}", target.architecture.name) : std::string();
  const std::string installed =
      fmt::format("in {}; quiz{} -p zfs zpool status runs it", checkout.system().string(), machine);
  openzfs::Build build(checkout, target, context.reporter);
  if (command == "configure") {
    build.configure(parsed.rest);
    tell(context, checkout, target.name,
         fmt::format("configured; next: quiz openzfs make{}", machine));
  } else if (command == "make") {
    build.configure_as_before();
    build.make(parsed.rest, parsed.jobs);
    tell(context, checkout, target.name,
         fmt::format("built; next: quiz openzfs install{}", machine));
  } else if (command == "install") {
    build.install();
    agree_to_remembered(context, checkout, target);
    tell(context, checkout, target.name, installed);
  } else {
    const bool worked = build.bring_up_to_date(parsed.jobs);
    agree_to_remembered(context, checkout, target);
    tell(context, checkout, target.name, (worked ? "" : "up to date ") + installed);
  }
  return 0;
}

}  // namespace quiz::cli
