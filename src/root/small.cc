#include "root/small.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/child.h"
#include "base/error.h"
#include "base/files.h"
#include "build/apt.h"
#include "build/deb.h"
#include "build/debian_mirror.h"
#include "root/image.h"

namespace quiz::root {

namespace fs = std::filesystem;

namespace {

constexpr char kPackage[] = "busybox-static";
constexpr char kProgram[] = "usr/bin/busybox";

/// The files that programs look for, beside those that init makes of every root.
constexpr std::pair<const char*, const char*> kFiles[] = {
    {"etc/passwd", "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n"},
    {"etc/group", "root:x:0:\ntty:x:5:\nnogroup:x:65534:\n"},
    {"etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n"},
};

/// Those of every system, so that nothing has to be made above a mount.
constexpr const char* kDirectories[] = {
    "dev", "home", "lib/modules", "mnt", "proc", "root",    "run",     "srv",    "sys",
    "tmp", "usr",  "var/tmp",     "etc", "opt",  "usr/bin", "var/log", "var/lib"};

bool is_of_names(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("_-.+[").find(c) != std::string_view::npos;
}

/// The names that the bytes begin with, each with a NUL.
std::vector<std::string> names_at(std::string_view rest) {
  std::vector<std::string> names;
  for (;;) {
    const std::string_view name = rest.substr(0, rest.find('\0'));
    if (name.empty() || name.size() == rest.size() ||
        !std::all_of(name.begin(), name.end(), is_of_names)) {
      return names;
    }
    names.emplace_back(name);
    rest.remove_prefix(name.size() + 1);
  }
}

/// Debian's newest, in `directory`; returns a line "NAME VERSION".
std::string download(const SmallRequest& request, const fs::path& directory, const fs::path& cache,
                     base::Reporter& reporter) {
  build::Apt apt = build::Apt::with_own_lists(
      cache,
      build::debian_suite_sources(std::string(request.architecture.first_suite), request.mirror),
      request.architecture);
  const std::string complaint = apt.update(reporter);
  const auto records = apt.show({kPackage});
  if (records.empty()) {
    throw base::Error(fmt::format("apt finds no {} for {}{}{}", kPackage, request.architecture.name,
                                  complaint.empty() ? "" : ": ", complaint),
                      "is the network up? -r names another root");
  }
  const build::PackageRecord& newest = records.front();
  apt.download({newest.name() + "=" + newest.version()}, directory, newest.number("Size"),
               reporter);
  return newest.name() + " " + newest.version();
}

/// bin/busybox moved to usr/bin as the suites since trixie have it.
std::optional<fs::path> place_of_program(const fs::path& path) {
  const bool wanted = path == "bin/busybox" || path == kProgram;
  return wanted ? std::optional<fs::path>(kProgram) : std::nullopt;
}

/// Of the one package only the program.
std::string unpack_program(const SmallRequest& request, const fs::path& tree,
                           const fs::path& scratch, const fs::path& cache,
                           base::Reporter& reporter) {
  const fs::path packages = scratch / "download";
  base::make_directories(packages);
  std::string line = download(request, packages, cache, reporter);
  for (const auto& item : fs::directory_iterator(packages)) {
    if (item.path().extension() == ".deb") build::unpack_deb(item.path(), tree, place_of_program);
  }
  base::remove_all_quietly(packages);
  return line;
}

/// Returns a line "NAME VERSION" for each package.
std::vector<std::string> unpack(const SmallRequest& request, const fs::path& tree,
                                const fs::path& scratch, const fs::path& cache,
                                base::Reporter& reporter) {
  std::vector<std::string> lines;
  if (request.packages.empty()) {
    lines.push_back(unpack_program(request, tree, scratch, cache, reporter));
  } else {
    build::DebianTreeRequest wanted{request.architecture, request.packages, request.mirror};
    wanted.packages.push_back({kPackage});
    lines = build::unpack_debian_tree(wanted, tree, scratch, cache, reporter);
  }
  if (!fs::exists(tree / kProgram)) {
    throw base::Error(std::string("Debian's package ") + kPackage + " has no busybox");
  }
  fs::permissions(tree / kProgram, fs::perms(0755));
  return lines;
}

/// Where it can be had, files of an ordinary user's belong to root in the image.
std::vector<std::string> as_root() {
  if (::geteuid() == 0 || !base::find_program("fakeroot")) return {};
  return {"fakeroot", "--"};
}

/// What is there already is a package's, and stays.
void link_once(const fs::path& target, const fs::path& link) {
  if (!fs::exists(fs::symlink_status(link))) fs::create_symlink(target, link);
}

void furnish(const fs::path& tree, const std::vector<std::string>& applets) {
  for (const char* directory : kDirectories) {
    if (!fs::is_directory(tree / directory)) base::make_directories(tree / directory, 0755);
  }
  for (const char* directory : {"tmp", "var/tmp"}) {
    fs::permissions(tree / directory, fs::perms(01777));
  }
  for (const auto& [file, content] : kFiles) base::write_file_atomically(tree / file, content);
  for (const auto& [link, target] :
       {std::pair("bin", "usr/bin"), std::pair("sbin", "usr/bin"), std::pair("usr/sbin", "bin")}) {
    link_once(target, tree / link);
  }
  for (const std::string& applet : applets) {
    if (fs::exists(fs::symlink_status(tree / "usr/sbin" / applet))) continue;
    link_once("busybox", tree / "usr/bin" / applet);
  }
}

}  // namespace

std::vector<std::string> applets_of(std::string_view busybox) {
  constexpr std::string_view kFirst("[\0[[\0", 5);
  std::vector<std::string> longest;
  for (std::size_t at = busybox.find(kFirst); at != std::string_view::npos;
       at = busybox.find(kFirst, at + 1)) {
    std::vector<std::string> names = names_at(busybox.substr(at));
    if (names.size() > longest.size()) longest = std::move(names);
  }
  return longest;
}

Root make_small(Store& store, const SmallRequest& request, const fs::path& cache,
                base::Reporter& reporter) {
  const base::Architecture& architecture = request.architecture;
  const ImageKind kind = default_image_kind(architecture);
  Store::Draft draft = store.begin();
  reporter.step(
      fmt::format("making a small root of Debian's {} for {}", kPackage, architecture.name));
  const fs::path tree = draft.path() / "tree";
  base::make_directories(tree, 0755);
  const auto lines = unpack(request, tree, draft.path(), cache, reporter);
  const auto applets = applets_of(base::read_file(tree / kProgram));
  if (applets.empty()) {
    throw base::Error(fmt::format("Debian's {} for {} does not tell which programs it is", kPackage,
                                  architecture.name));
  }
  furnish(tree, applets);

  Root root;
  root.name = base::name_for(request.name, architecture);
  root.origin = "Debian's " + (lines.size() == 1 ? lines.front()
                                                 : fmt::format("{} and {} packages more, unpacked",
                                                               kPackage, lines.size() - 1));
  root.architecture = architecture;
  root.file_system = name_of(kind);
  root.image = draft.path() / (std::string("root.") + name_of(kind));
  root.packages = draft.path() / "packages";
  root.contents = draft.path() / "contents";
  root.package_count = lines.size();
  base::write_file_atomically(root.packages, fmt::format("{}\n", fmt::join(lines, "\n")));
  write_contents(tree, root.contents);
  make_image(kind, tree, root.image, 0, as_root());
  base::remove_all_quietly(tree);
  return store.publish(std::move(draft), std::move(root));
}

}  // namespace quiz::root
