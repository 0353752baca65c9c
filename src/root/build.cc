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

std::vector<Alternatives> wanted_packages(const BuildRequest& request) {
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
  for (const std::string& package : request.packages) wanted.push_back({package});
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

/// What the suite has of what is wanted.
std::vector<std::string> choose_packages(const build::Apt& apt,
                                         const std::vector<Alternatives>& wanted,
                                         const std::string& suite) {
  std::vector<std::string> all;
  for (const Alternatives& names : wanted) all.insert(all.end(), names.begin(), names.end());
  std::set<std::string> present;
  for (const build::PackageRecord& record : apt.show(all)) present.insert(record.name());
  if (present.empty()) {
    throw base::Error("apt finds no packages for Debian " + suite,
                      "is there such a suite, and is the network up?");
  }
  std::set<std::string> chosen;
  for (const Alternatives& names : wanted) {
    const auto found = std::find_if(names.begin(), names.end(), [&](const std::string& name) {
      return present.count(name) != 0;
    });
    if (found == names.end()) report_missing(apt, names.front(), suite);
    chosen.insert(*found);
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
  const ImageKind kind = request.kind.value_or(default_image_kind());
  const auto wanted = wanted_packages(request);
  const std::string suite = request.suite.empty() ? host_suite() : request.suite;
  Store::Draft draft = store.begin();
  if (const std::uint64_t free = base::free_bytes(draft.path()); free < kSpace) {
    throw base::Error(
        fmt::format("only {} MB are free in {}", free / 1'000'000, store.directory().string()),
        fmt::format("a root needs {} GB while it is built", kSpace >> 30));
  }

  reporter.step("reading the package lists of Debian " + suite);
  Installation installation;
  installation.suite = suite;
  installation.architecture = request.architecture;
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
    installation.packages = choose_packages(apt, wanted, suite);
    installation.epoch = apt.newest_release_time();
  }

  reporter.step(fmt::format("installing Debian {} for the root {}", suite, request.name));
  const fs::path archive = draft.path() / "root.tar";
  const fs::path tree = draft.path() / "tree";
  run_mmdebstrap(installation, draft.path(), archive, reporter);

  reporter.step("packing the root " + request.name);
  const fs::path state = draft.path() / "owners";
  base::make_directories(tree);
  unpack(archive, tree, state);
  fs::remove(archive);
  const std::int64_t epoch = make_reproducible(tree);
  Root root;
  root.name = request.name;
  root.origin = kOrigin + suite;
  root.architecture = request.architecture;
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
  std::string command = "quiz root build debian";
  if (root.name != kDebian || suite != host_suite()) {
    command += ":" + suite;
    if (root.name != std::string(kDebian) + "-" + suite) command += " --name " + root.name;
  }
  for (const std::string& set : root.sets) command += " --set " + set;
  for (const std::string& package : root.requested) command += " --package " + package;
  return command;
}

}  // namespace quiz::root
