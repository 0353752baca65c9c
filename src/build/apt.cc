#include "build/apt.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cstdlib>
#include <ctime>
#include <set>

#include "base/child.h"
#include "base/error.h"
#include "base/lines.h"
#include "base/watched_child.h"

namespace quiz::build {

namespace fs = std::filesystem;

namespace {

constexpr int kStatusFd = 3;  // the number that apt-get is told

std::vector<std::string> environment_with(const std::string& apt_config) {
  std::vector<std::string> environment;
  for (char** entry = ::environ; *entry != nullptr; ++entry) {
    const std::string variable = *entry;
    if (variable.starts_with("LC_") || variable.starts_with("LANG")) continue;
    if (!apt_config.empty() && variable.starts_with("APT_CONFIG=")) continue;
    environment.push_back(variable);
  }
  environment.emplace_back("LC_ALL=C.UTF-8");
  if (!apt_config.empty()) environment.push_back("APT_CONFIG=" + apt_config);
  return environment;
}

/// Debian's suites and what is derived from them; other vendors' suites for Debian have other
/// endings.
bool is_debian_suite(const std::string& suite) {
  constexpr std::array<const char*, 15> kNames = {
      "buster",  "bullseye", "bookworm",     "trixie",    "forky",
      "duke",    "sid",      "stable",       "oldstable", "oldoldstable",
      "testing", "unstable", "experimental", "rc-buggy",  "oldoldoldstable"};
  constexpr std::array<const char*, 5> kEndings = {"", "-security", "-updates", "-backports",
                                                   "/updates"};
  for (const char* name : kNames) {
    for (const char* ending : kEndings) {
      if (suite == std::string(name) + ending) return true;
    }
  }
  return false;
}

/// The Signed-By of the stanza (or line) of a sources file that names `uri`, verbatim.
std::string find_signed_by(const fs::path& file, const std::string& uri) {
  const auto text = base::read_file_if_exists(file);
  if (!text) return {};
  bool stanza_names_uri = false;
  bool inside = false;
  std::string value;
  for (std::string line : base::lines_of(*text + "\n\n")) {
    if (line.starts_with('#')) continue;
    if (line.find(uri) != std::string::npos) stanza_names_uri = true;
    if (const std::size_t at = line.find("signed-by=");
        at != std::string::npos && stanza_names_uri) {
      const std::size_t begin = at + std::string_view("signed-by=").size();
      return line.substr(begin, line.find_first_of(" ]", begin) - begin);
    }
    if (line.find_first_not_of(" \t") == std::string::npos) {
      if (stanza_names_uri && !value.empty()) return value;
      value.clear();
      stanza_names_uri = inside = false;
    } else if (line.starts_with("Signed-By:")) {
      inside = true;
      value = line.substr(line.find(':') + 1);
      value.erase(0, std::min(value.find_first_not_of(" \t"), value.size()));
    } else if (inside && (line[0] == ' ' || line[0] == '\t')) {
      value += "\n" + line;
    } else {
      inside = false;
      if (file.extension() == ".list") stanza_names_uri = false;  // every line is for itself
    }
  }
  return {};
}

/// "PERCENT" of a line "dlstatus:FILE:PERCENT:WORDS" (apt's README.progress-reporting), negative if
/// it is another.
double percent_of(const std::string& line) {
  if (!line.starts_with("dlstatus:")) return -1;
  const std::size_t second = line.find(':', std::string_view("dlstatus:").size());
  return second == std::string::npos ? -1 : std::atof(line.c_str() + second + 1);
}

/// That root's downloads into a private directory are not sandboxed is no complaint.
bool is_of_no_sandbox(const std::string& line) {
  return line.find("unsandboxed") != std::string::npos;
}

}  // namespace

const std::string& PackageRecord::field(const std::string& name) const {
  static const std::string none;
  const auto found = fields_.find(name);
  return found == fields_.end() ? none : found->second;
}

std::uint64_t PackageRecord::number(const std::string& name) const {
  return std::strtoull(field(name).c_str(), nullptr, 10);
}

Apt Apt::host() {
  if (!base::find_program("apt-get") || !base::find_program("apt-cache")) {
    throw base::Error(
        "this machine has no apt to fetch Debian's packages with",
        "add a kernel that you have: `quiz kernel add PATH` (bzImage, vmlinux or .deb)");
  }
  return {};
}

Apt Apt::with_own_lists(const fs::path& cache, const std::vector<AptSource>& sources,
                        const base::Architecture& architecture) {
  Apt apt = host();
  apt.sources_ = sources;
  // The host's settings for transport count (proxies above all), its hooks and pins do not.
  std::string configuration;
  for (const std::string& line : base::lines_of(apt.query({"apt-config", "dump"}))) {
    if (line.starts_with("Acquire::")) configuration += line + "\n";
  }
  base::make_directories(cache, 0700);
  apt.own_.emplace(cache, "apt-");
  const fs::path& own = apt.own_->path();
  for (const char* directory : {"state/lists/partial", "cache/archives/partial", "none"}) {
    base::make_directories(own / directory);
  }
  base::write_file_atomically(own / "status", "");
  const auto set = [&](const std::string& option, const std::string& value) {
    configuration += fmt::format("{} \"{}\";\n", option, value);
  };
  set("Dir::Etc::main", "/dev/null");
  set("Dir::Etc::parts", (own / "none").string());
  set("Dir::Etc::preferences", "/dev/null");
  set("Dir::Etc::preferencesparts", (own / "none").string());
  set("Dir::State", (own / "state").string());
  set("Dir::State::status", (own / "status").string());
  set("Dir::Cache", (own / "cache").string());
  set("Dir::Cache::pkgcache", "");
  set("Dir::Cache::srcpkgcache", "");
  set("Acquire::Languages", "none");
  set("APT::Architecture", std::string(architecture.debian));
  set("APT::Architectures", std::string(architecture.debian));
  if (!sources.empty()) {
    base::write_file_atomically(own / "quiz.sources", sources_text(sources, architecture.debian));
    set("Dir::Etc::sourcelist", (own / "quiz.sources").string());
    set("Dir::Etc::sourceparts", (own / "none").string());
  }
  base::write_file_atomically(own / "apt.conf", configuration);
  return apt;
}

std::vector<AptSource> Apt::debian_sources() {
  const Apt apt = host();
  // Without "release info" the targets are also listed where `apt-get update` has never run.
  const std::string targets = apt.query({"apt-get", "indextargets", "--no-release-info", "--format",
                                         "$(COMPONENT) $(RELEASE) $(SITE) $(SOURCESENTRY)"});
  std::vector<AptSource> sources;
  std::set<std::string> seen;  // a source has a target for each kind of index
  for (const std::string& line : base::lines_of(targets)) {
    const auto words = base::words_of(line);
    if (words.size() != 4 || words[0] != "main" || !is_debian_suite(words[1])) continue;
    if (words[2].starts_with("cdrom:")) continue;  // has what is on it, and asks to be put in
    if (!seen.insert(line).second) continue;
    const std::string file = words[3].substr(0, words[3].rfind(':'));
    sources.push_back({words[2], words[1], find_signed_by(file, words[2])});
  }
  return sources;
}

std::string Apt::complaint_of(const Result& result) {
  const auto lines = base::lines_of(result.output);
  const bool complained = std::any_of(lines.begin(), lines.end(), [](const std::string& line) {
    return (line.starts_with("E: ") || line.starts_with("W: ")) && !is_of_no_sandbox(line);
  });
  return result.success && !complained ? std::string() : apt_complaint(result.output);
}

std::string Apt::update(base::Reporter& reporter) {
  const Result result = run_with_progress({"apt-get", "update"}, "", 0, reporter);
  const std::vector<AptSource> absent = absent_sources(sources_, result.output);
  if (absent.empty() || absent.size() == sources_.size()) return complaint_of(result);
  for (const AptSource& source : absent) {
    reporter.warning(fmt::format("without {}, which {} does not have", source.suite, source.uri));
    std::erase_if(sources_, [&](const AptSource& other) {
      return other.uri == source.uri && other.suite == source.suite;
    });
  }
  std::string rest;
  for (const std::string& line : base::lines_of(result.output)) {
    if (absent_sources(absent, line).empty()) rest += line + "\n";
  }
  return complaint_of({true, rest});
}

std::vector<PackageOffer> Apt::offers(const std::string& package) const {
  std::vector<PackageOffer> offers;
  for (const std::string& line : base::lines_of(query({"apt-cache", "madison", package}))) {
    // "linux-source | 6.1.192-2 | MIRROR bookworm/main all Packages"
    const auto words = base::words_of(line);
    if (words.size() < 6 || words[0] != package) continue;
    offers.push_back({words[2], words[5].substr(0, words[5].rfind('/'))});
  }
  return offers;
}

std::vector<PackageRecord> Apt::show(const std::vector<std::string>& packages) const {
  if (packages.empty()) return {};
  std::vector<std::string> arguments = {"apt-cache", "show"};
  arguments.insert(arguments.end(), packages.begin(), packages.end());
  std::vector<PackageRecord> records;
  std::map<std::string, std::string> fields;
  for (const std::string& line : base::lines_of(query(arguments) + "\n\n")) {
    const std::size_t colon = line.find(": ");
    if (line.empty()) {
      if (!fields.empty()) records.emplace_back(std::exchange(fields, {}));
    } else if (line[0] != ' ' && colon != std::string::npos) {
      fields.emplace(line.substr(0, colon), line.substr(colon + 2));
    }
  }
  return records;
}

std::vector<std::string> Apt::names(const std::string& prefix) const {
  return base::lines_of(query({"apt-cache", "pkgnames", prefix}));
}

void Apt::download(const std::vector<std::string>& packages, const fs::path& directory,
                   std::uint64_t size, base::Reporter& reporter) const {
  std::vector<std::string> arguments = {"apt-get", "download"};
  arguments.insert(arguments.end(), packages.begin(), packages.end());
  const Result result = run_with_progress(arguments, directory.string(), size, reporter);
  if (!result.success) {
    throw base::Error("apt cannot download " + fmt::format("{}", fmt::join(packages, ", ")) + ": " +
                      apt_complaint(result.output));
  }
}

void Apt::download_with_dependencies(const std::vector<std::string>& packages,
                                     const fs::path& directory, base::Reporter& reporter) const {
  assert(own_);
  base::make_directories(directory / "partial");
  std::vector<std::string> arguments = {"apt-get",
                                        "install",
                                        "--yes",
                                        "--download-only",
                                        "--no-install-recommends",
                                        "-o",
                                        "Dir::Cache::archives=" + directory.string()};
  arguments.insert(arguments.end(), packages.begin(), packages.end());
  const Result result = run_with_progress(arguments, "", 0, reporter);
  base::remove_all_quietly(directory / "partial");
  if (!result.success) {
    throw base::Error(fmt::format("apt cannot download {} and what they need: {}",
                                  fmt::join(packages, ", "), apt_complaint(result.output)));
  }
}

std::vector<std::string> Apt::environment() const {
  return environment_with(own_ ? (own_->path() / "apt.conf").string() : "");
}

/// Questions whose answer may be "nothing": apt-cache then exits with 100, as for real errors.
std::string Apt::query(std::vector<std::string> arguments) const {
  base::SpawnOptions options;
  options.arguments = std::move(arguments);
  options.environment = environment();
  return base::run_and_capture(std::move(options)).output;
}

Apt::Result Apt::run_with_progress(std::vector<std::string> arguments, const std::string& directory,
                                   std::uint64_t size, base::Reporter& reporter) const {
  base::WatchedChild watched;
  arguments.insert(arguments.begin() + 1, {"-q", "-o", fmt::format("APT::Status-Fd={}", kStatusFd),
                                           "-o", "Acquire::Retries=2"});
  watched.options.arguments = std::move(arguments);
  watched.options.environment = environment();
  watched.options.directory = directory;

  std::string printed = "\n";
  base::LineCutter progress([&](const std::string& line) {
    const double fraction = percent_of(line) / 100;
    if (fraction < 0) return;
    const auto megabytes = static_cast<double>(size) / 1e6;
    reporter.progress(
        fraction, size == 0 ? std::string()
                            : fmt::format("{:.0f} of {:.0f} MB", megabytes * fraction, megabytes));
  });
  watched.streams = {{{1, 2}, [&](std::string_view data) { printed += data; }},
                     {{kStatusFd}, [&](std::string_view data) { progress.add(data); }}};
  const bool success = base::run_watched(watched).status.success();
  return {success, std::move(printed)};
}

std::string sources_text(const std::vector<AptSource>& sources, std::string_view architecture) {
  std::string text;
  for (const AptSource& source : sources) {
    text += fmt::format("Types: deb\nURIs: {}\nSuites: {}\nComponents: main\n", source.uri,
                        source.suite);
    if (!architecture.empty()) text += fmt::format("Architectures: {}\n", architecture);
    if (!source.signed_by.empty()) text += "Signed-By: " + source.signed_by + "\n";
    text += "\n";
  }
  return text;
}

std::int64_t Apt::newest_release_time() const {
  std::int64_t newest = 0;
  if (!own_) return newest;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(own_->path() / "state/lists", ignored)) {
    if (!entry.path().filename().string().ends_with("Release")) continue;
    // "Date: Sat, 11 Jul 2026 10:16:37 UTC"
    constexpr std::string_view kDate = "Date: ";
    for (const std::string& line : base::lines_of(base::read_file(entry.path()))) {
      std::tm parts = {};
      if (!line.starts_with(kDate)) continue;
      if (::strptime(line.c_str() + kDate.size(), "%a, %d %b %Y %H:%M:%S", &parts) == nullptr)
        break;
      newest = std::max<std::int64_t>(newest, ::timegm(&parts));
      break;
    }
  }
  return newest;
}

std::string apt_complaint(const std::string& output) {
  for (const std::string_view prefix : {"E: ", "W: ", "Err:"}) {
    for (std::string line : base::lines_of(output)) {
      if (!line.starts_with(prefix) || is_of_no_sandbox(line)) continue;
      if (line.ends_with('.')) line.pop_back();
      return line.substr(prefix.size());
    }
  }
  return "apt gave no reason";
}

std::vector<AptSource> absent_sources(const std::vector<AptSource>& sources,
                                      const std::string& output) {
  std::vector<AptSource> absent;
  for (const AptSource& source : sources) {
    // It writes the address without a slash at its end.
    const std::string uri = source.uri.substr(0, source.uri.find_last_not_of('/') + 1);
    const std::string words =
        fmt::format("'{} {} Release' does not have a Release file", uri, source.suite);
    if (output.find(words) != std::string::npos) absent.push_back(source);
  }
  return absent;
}

}  // namespace quiz::build
