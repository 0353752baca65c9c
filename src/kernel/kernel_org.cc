#include "kernel/kernel_org.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>
#include <vector>

#include "base/child.h"
#include "base/error.h"
#include "base/files.h"
#include "base/sha256.h"
#include "base/split.h"
#include "base/watched_child.h"
#include "kernel/version.h"

namespace quiz::kernel {

namespace fs = std::filesystem;

namespace {

constexpr const char* kOtherWays =
    "other sources: Debian's (debian:6.12), a directory, a git tree or a tarball";

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

base::Captured run_quietly(std::vector<std::string> arguments) {
  base::SpawnOptions options;
  options.arguments = std::move(arguments);
  options.inherit_stderr = false;
  return base::run_and_capture(std::move(options));
}

/// The words of a line of gpg's status output: the first one says what it is about.
std::vector<std::string> status_words(std::string_view line) {
  constexpr std::string_view kPrefix = "[GNUPG:] ";
  if (!line.starts_with(kPrefix)) return {};
  return base::split(line.substr(kPrefix.size()), ' ');
}

void check_programs() {
  for (const char* program : {"curl", "gpg"}) {
    if (base::find_program(program)) continue;
    throw base::Error(fmt::format("there is no {} to get kernels from kernel.org with", program),
                      fmt::format("apt install {}; {}", program, kOtherWays));
  }
}

/// Goes on with what an earlier call left in `file`.
void download(const std::string& url, const fs::path& file, base::Reporter& reporter) {
  base::WatchedChild watched;
  watched.options.arguments = {"curl",        "--fail",
                               "--silent",    "--show-error",
                               "--location",  "--proto-redir",
                               "=https",      "--connect-timeout",
                               "15",          "--speed-time",
                               "30",          "--speed-limit",
                               "1000",        "--continue-at",
                               "-",           "--output",
                               file.string(), url};
  const fs::path complaints = file.string() + ".errors";
  const base::Fd errors = base::open_file(complaints, O_WRONLY | O_CREAT | O_TRUNC);
  watched.options.descriptors = {{2, errors.get()}};
  watched.until = base::WatchedChild::Until::child_ends;
  watched.interval = std::chrono::milliseconds(200);
  watched.on_interval = [&] {
    std::error_code ignored;
    const auto size = fs::file_size(file, ignored);
    if (!ignored) reporter.progress(-1, fmt::format("{} MB", size / 1'000'000));
  };
  const base::ExitStatus end = base::run_watched(watched).status;
  const std::string complaint = first_line(base::read_file_if_exists(complaints).value_or(""));
  fs::remove(complaints);
  if (end.success()) return;
  throw base::Error(fmt::format("cannot get {}: {}", url, complaint), kOtherWays);
}

/// The keyring of its own; the key is looked up once, by the domain's Web Key Directory.
void provide_key(const KernelOrg& origin, const fs::path& keys, base::Reporter& reporter) {
  base::make_directories(keys, 0700);
  const std::vector<std::string> gpg = {"gpg", "--homedir", keys.string(), "--batch", "--quiet"};
  const auto call = [&](std::vector<std::string> words) {
    words.insert(words.begin(), gpg.begin(), gpg.end());
    return run_quietly(std::move(words));
  };
  if (call({"--list-keys", origin.fingerprint}).status.success()) return;
  reporter.step("getting the key of " + origin.signer);
  const base::Captured result =
      call({"--auto-key-locate", "clear,wkd", "--locate-external-keys", origin.signer});
  // The lookup leaves a daemon behind.
  if (base::find_program("gpgconf")) {
    run_quietly({"gpgconf", "--homedir", keys.string(), "--kill", "all"});
  }
  if (!result.status.success()) {
    throw base::Error(fmt::format("cannot get the key of {} that signs kernel.org's checksums: {}",
                                  origin.signer, first_line(result.errors)),
                      kOtherWays);
  }
}

std::string directory_of(const KernelOrg& origin, const std::string& version) {
  return fmt::format("{}/v{}.x", origin.releases, version.substr(0, version.find('.')));
}

}  // namespace

std::optional<Release> find_release(std::string_view sums, const std::string& wanted) {
  constexpr std::string_view kPrefix = "linux-";
  constexpr std::string_view kSuffix = ".tar.xz";
  constexpr std::size_t kHexDigits = 64;
  std::optional<Release> newest;
  while (!sums.empty()) {
    const std::size_t end = std::min(sums.find('\n'), sums.size());
    const std::string_view line = sums.substr(0, end);
    sums.remove_prefix(std::min(end + 1, sums.size()));
    const std::size_t space = line.find("  ");
    if (space != kHexDigits) continue;
    std::string_view name = line.substr(space + 2);
    if (!name.starts_with(kPrefix) || !name.ends_with(kSuffix)) continue;
    name.remove_prefix(kPrefix.size());
    name.remove_suffix(kSuffix.size());
    if (name.find_first_not_of("0123456789.") != std::string_view::npos) continue;
    // 6.12 is a series here, 6.12.95 nothing but itself.
    const bool exact = std::count(wanted.begin(), wanted.end(), '.') >= 2;
    if (exact ? name != wanted : !version_has_prefix(name, wanted)) continue;
    if (newest && compare_versions(name, newest->version) <= 0) continue;
    newest = Release{std::string(name), std::string(line.substr(0, kHexDigits))};
  }
  return newest;
}

std::string signature_problem(std::string_view status, const std::string& fingerprint) {
  // One text, one signature, both good (GnuPG's doc/DETAILS). VALIDSIG alone means nothing: it also
  // stands beside REVKEYSIG, EXPKEYSIG and EXPSIG.
  constexpr std::array<std::pair<std::string_view, const char*>, 7> kBad = {{
      {"REVKEYSIG", "the key was revoked"},
      {"EXPKEYSIG", "the key has expired"},
      {"EXPSIG", "the signature has expired"},
      {"BADSIG", "the text was changed"},
      {"ERRSIG", "it cannot be checked"},
      {"NO_PUBKEY", "the key is another one"},
      {"FAILURE", "gpg failed"},
  }};
  unsigned texts = 0;
  unsigned good = 0;
  unsigned valid = 0;
  for (const std::string& line : base::split(status, '\n')) {
    const std::vector<std::string> words = status_words(line);
    if (words.empty()) continue;
    for (const auto& [word, problem] : kBad) {
      if (words[0] == word) return problem;
    }
    texts += words[0] == "PLAINTEXT" ? 1U : 0U;
    good += words[0] == "GOODSIG" ? 1U : 0U;
    if (words[0] != "VALIDSIG") continue;
    // The last word is the primary key's fingerprint.
    if (words.back() != fingerprint) return "the key is another one";
    ++valid;
  }
  if (texts == 0 || good == 0 || valid == 0) return "there is no signature";
  if (texts > 1 || good > 1 || valid > 1) return "there is more than one text or signature";
  return {};
}

std::string verified_text(const fs::path& file, const std::string& fingerprint,
                          const fs::path& keys) {
  // Not to stderr, where gpg also prints what a signature says about itself.
  const base::TempDir scratch(keys);
  const fs::path status = scratch.path() / "status";
  const base::Captured result =
      run_quietly({"gpg", "--homedir", keys.string(), "--batch", "--no-options", "--status-file",
                   status.string(), "--decrypt", file.string()});
  const std::string problem =
      signature_problem(base::read_file_if_exists(status).value_or(""), fingerprint);
  if (problem.empty() && result.status.success()) return result.output;
  throw base::Error(
      fmt::format("{} does not have the signature of {}: {}", file.filename().string(), fingerprint,
                  problem.empty() ? first_line(result.errors) : problem),
      fmt::format("do not use what was downloaded; once {} is removed, the key is "
                  "looked up anew",
                  keys.string()));
}

fs::path fetch_release(const KernelOrg& origin, const std::string& wanted, const fs::path& cache,
                       base::Reporter& reporter) {
  check_programs();
  if (wanted.find("-rc") != std::string::npos) {
    throw base::Error("kernel.org has no signed checksums of release candidates such as " + wanted,
                      "clone the git tree, check the tag out and name the directory");
  }
  const fs::path directory = cache / "sources" / "kernel.org";
  base::make_directories(directory, 0700);
  const base::FileLock lock = base::FileLock::acquire(directory / ".lock");
  const std::string url = directory_of(origin, wanted);

  reporter.step("looking for Linux " + wanted + " on kernel.org");
  const fs::path sums = directory / "sha256sums.asc";
  fs::remove(sums);
  download(url + "/sha256sums.asc", sums, reporter);
  provide_key(origin, directory / "keys", reporter);
  const auto release =
      find_release(verified_text(sums, origin.fingerprint, directory / "keys"), wanted);
  if (!release) {
    throw base::Error("kernel.org has no release " + wanted, "see https://kernel.org");
  }

  const std::string name = "linux-" + release->version + ".tar.xz";
  const fs::path tarball = directory / name;
  if (fs::exists(tarball) && base::sha256_file(tarball) == release->sha256) return tarball;
  reporter.step("downloading " + name);
  const fs::path part = tarball.string() + ".part";
  // One that was whole when quiz was killed is nothing that curl could go on with.
  const bool whole = fs::exists(part) && base::sha256_file(part) == release->sha256;
  if (!whole) download(url + "/" + name, part, reporter);
  if (!whole && base::sha256_file(part) != release->sha256) {
    fs::remove(part);
    throw base::Error(name + " does not have the checksum that kernel.org's signed list says",
                      "try again; what was downloaded has been removed");
  }
  fs::rename(part, tarball);
  return tarball;
}

}  // namespace quiz::kernel
