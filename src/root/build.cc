#include "root/build.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iterator>
#include <set>
#include <thread>

#include "base/child.h"
#include "base/error.h"
#include "base/nearest.h"
#include "build/apt.h"
#include "build/debian_mirror.h"
#include "root/emulator.h"
#include "root/mmdebstrap.h"
#include "root/package_sets.h"
#include "root/tree.h"

namespace quiz::root {

namespace fs = std::filesystem;

namespace {

/// The archive, the unpacked tree and the image, beside what mmdebstrap needs itself.
constexpr std::uint64_t kSpace = std::uint64_t{3} << 30;

/// A root's origin is this and the suite.
const std::string kOrigin = "Debian ";

std::string host_suite() {
  for (const build::AptSource& source : build::Apt::debian_sources()) {
    if (source.suite.find('-') == std::string::npos &&
        source.suite.find('/') == std::string::npos) {
      return source.suite;
    }
  }
  return "stable";
}

/// The host's, as soon as Debian has the architecture.
std::string default_suite(const base::Architecture& architecture) {
  return architecture.first_suite.empty() ? host_suite() : std::string(architecture.first_suite);
}

std::vector<Alternatives> packages_of_sets(const BuildRequest& request) {
  std::vector<Alternatives> wanted;
  std::vector<std::string> known;
  for (const PackageSet& set : package_sets()) {
    known.emplace_back(set.name);
    const bool chosen = request.sets.empty() || std::find(request.sets.begin(), request.sets.end(),
                                                          set.name) != request.sets.end();
    if (!chosen) continue;
    const auto packages = parse_package_set(set.text);
    wanted.insert(wanted.end(), packages.begin(), packages.end());
  }
  for (const std::string& name : request.sets) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    const auto near = base::nearest(name, known);
    throw base::Error(
        "there is no package set '" + name + "'",
        near ? "did you mean " + *near + "?" : fmt::format("there are {}", fmt::join(known, ", ")));
  }
  return wanted;
}

[[noreturn]] void report_missing(const build::Apt& apt, const std::string& package,
                                 const std::string& suite) {
  const std::vector<std::string> similar =
      apt.names(package.substr(0, std::min<std::size_t>(package.size(), 3)));
  const auto near = base::nearest(package, similar);
  throw base::Error(fmt::format("there is no package '{}' in Debian {}", package, suite),
                    near ? "did you mean " + *near + "?"
                         : "`apt-cache search WORD` finds packages by what they are for");
}

/// What the suite has of the sets, and what was named besides them. Not every program of a set is
/// there for every architecture.
std::vector<std::string> choose_packages(const build::Apt& apt, const BuildRequest& request,
                                         const std::vector<Alternatives>& sets,
                                         const std::string& suite, base::Reporter& reporter) {
  std::vector<std::string> all = request.packages;
  for (const Alternatives& names : sets) all.insert(all.end(), names.begin(), names.end());
  std::set<std::string> present;
  for (const build::PackageRecord& record : apt.show(all)) present.insert(record.name());
  if (present.empty()) {
    throw base::Error(
        fmt::format("apt finds no packages for Debian {} on {}", suite, request.architecture.name),
        "is there such a suite, and is the network up?");
  }
  std::set<std::string> chosen;
  for (const std::string& package : request.packages) {
    if (!present.contains(package)) report_missing(apt, package, suite);
    chosen.insert(package);
  }
  std::vector<std::string> absent;
  for (const Alternatives& names : sets) {
    const auto found = std::find_if(names.begin(), names.end(), [&](const std::string& name) {
      return present.contains(name);
    });
    if (found != names.end()) {
      chosen.insert(*found);
    } else if (request.architecture == base::host_architecture()) {
      report_missing(apt, names.front(), suite);
    } else {
      absent.push_back(names.front());
    }
  }
  if (!absent.empty()) {
    reporter.warning(fmt::format("Debian {} has no {} for {}: left out", suite,
                                 fmt::join(absent, ", "), request.architecture.name));
  }
  return {chosen.begin(), chosen.end()};
}

/// An ordinary user's files seem to belong to whom the archive says, as long as fakeroot says so.
std::vector<std::string> ownership(const fs::path& state, bool first) {
  if (::geteuid() == 0) return {};
  if (!base::find_program("fakeroot")) {
    throw base::Error("there is no fakeroot on this machine",
                      "an ordinary user needs it to build a root (Debian: apt install fakeroot)");
  }
  std::vector<std::string> words = {"fakeroot", "-s", state.string()};
  if (!first) words = {"fakeroot", "-i", state.string()};
  words.emplace_back("--");
  return words;
}

/// fakeroot does not wait until its server has written the state file and ended: that is the
/// process with the file's name among its words.
void wait_for_fakeroot(const fs::path& state) {
  const auto has_server = [&] {
    std::error_code ignored;
    for (const auto& process : fs::directory_iterator("/proc", ignored)) {
      std::ifstream words(process.path() / "cmdline", std::ios::binary);
      const std::string text{std::istreambuf_iterator<char>(words), {}};
      if (text.find(state.string()) != std::string::npos) return true;
    }
    return false;
  };
  constexpr int kTimes = 3000;
  for (int i = 0; i < kTimes && has_server(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

void unpack(const fs::path& archive, const fs::path& tree, const fs::path& state) {
  std::vector<std::string> words = ownership(state, true);
  for (const std::string& word :
       {std::string("tar"), std::string("--numeric-owner"), std::string("--xattrs"),
        std::string("--xattrs-include=*"), std::string("--exclude=./dev/*"), std::string("-C"),
        tree.string(), std::string("-xf"), archive.string()}) {
    words.push_back(word);
  }
  base::run_or_throw(words);
  if (::geteuid() != 0) wait_for_fakeroot(state);
}

}  // namespace

Root build_debian(Store& store, const BuildRequest& request, const fs::path& cache,
                  base::Reporter& reporter) {
  store.check_name(request.name);
  const base::Architecture& architecture = request.architecture;
  const ImageKind kind = request.kind.value_or(default_image_kind(architecture));
  require_kind(kind, architecture);
  const auto sets = packages_of_sets(request);
  const std::string suite = request.suite.empty() ? default_suite(architecture) : request.suite;
  const std::string name = base::name_for(request.name, architecture);
  Store::Draft draft = store.begin();
  if (const std::uint64_t free = base::free_bytes(draft.path()); free < kSpace) {
    throw base::Error(
        fmt::format("only {} MB are free in {}", free / 1'000'000, store.directory().string()),
        fmt::format("a root needs {} GB while it is built", kSpace >> 30));
  }

  reporter.step("reading the package lists of Debian " + suite);
  Installation installation;
  installation.suite = suite;
  installation.architecture = architecture;
  installation.emulator = find_emulator(architecture, cache, request.mirror, reporter);
  {
    build::Apt apt = build::Apt::with_own_lists(
        cache, build::debian_suite_sources(suite, request.mirror), request.architecture);
    const std::string complaint = apt.update(reporter);
    if (!complaint.empty()) reporter.detail("apt: " + complaint);
    installation.sources = apt.sources();  // mmdebstrap wants all of them
    if (installation.sources.front().suite != suite) {
      throw base::Error("the mirror of Debian's has no suite " + suite,
                        "a release that is archived is only where older ones are kept");
    }
    installation.packages = choose_packages(apt, request, sets, suite, reporter);
    installation.epoch = apt.newest_release_time();
  }

  reporter.step(fmt::format("installing Debian {} for the root {}", suite, name));
  const fs::path archive = draft.path() / "root.tar";
  const fs::path tree = draft.path() / "tree";
  run_mmdebstrap(installation, draft.path(), archive, reporter);

  reporter.step("packing the root " + name);
  const fs::path state = draft.path() / "owners";
  base::make_directories(tree);
  unpack(archive, tree, state);
  fs::remove(archive);
  const std::int64_t epoch = make_reproducible(tree);
  Root root;
  root.name = name;
  root.origin = kOrigin + suite;
  root.architecture = architecture;
  root.file_system = name_of(kind);
  root.image = draft.path() / (std::string("root.") + name_of(kind));
  root.packages = draft.path() / "packages";
  root.contents = draft.path() / "contents";
  root.requested = request.packages;
  root.sets = request.sets;
  root.package_count = write_packages(tree, root.packages);
  write_contents(tree, root.contents);
  make_image(kind, tree, root.image, epoch, ownership(state, false));
  base::remove_all_quietly(tree);
  fs::remove(state);
  fs::remove(draft.path() / "quiz.sources");
  return store.publish(std::move(draft), std::move(root));
}

std::string build_command(const Root& root) {
  const std::string suite =
      root.origin.starts_with(kOrigin) ? root.origin.substr(kOrigin.size()) : std::string();
  const bool foreign = !(root.architecture == base::host_architecture());
  std::string name = root.name;
  if (const std::string end = base::name_for({}, root.architecture); name.ends_with(end)) {
    name.resize(name.size() - end.size());
  }
  std::string command = "quiz root build debian";
  if (name != kDebian || suite != default_suite(root.architecture)) {
    command += ":" + suite;
    if (name != std::string(kDebian) + "-" + suite) command += " --name " + name;
  }
  if (foreign) command += fmt::format(" -a {}", root.architecture.name);
  for (const std::string& set : root.sets) command += " --set " + set;
  for (const std::string& package : root.requested) command += " --package " + package;
  return command;
}

}  // namespace quiz::root
