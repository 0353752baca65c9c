#include "root/mmdebstrap.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <string_view>

#include "base/child.h"
#include "base/error.h"
#include "base/files.h"
#include "base/lines.h"
#include "base/own_users.h"
#include "base/signals.h"
#include "base/watched_child.h"
#include "root/workplace.h"

namespace quiz::root {

namespace fs = std::filesystem;

namespace {

/// What nobody reads in a machine that is gone after a minute.
constexpr std::array<const char*, 5> kLeftOut = {"/usr/share/doc/*", "/usr/share/man/*",
                                                 "/usr/share/info/*", "/usr/share/locale/*",
                                                 "/usr/share/lintian/*"};

/// Run by mmdebstrap, for which that is a line of shell, before it installs; in the namespaces that
/// it installs in. Which program it is comes in variables, so that a name of any form is one.
constexpr char kRegister[] =
    "--setup-hook=cd \"$QUIZ_EMULATOR_DIRECTORY\" && "
    "mount -t binfmt_misc none /proc/sys/fs/binfmt_misc && "
    "printf %s \"$QUIZ_REGISTRATION\" >/proc/sys/fs/binfmt_misc/register";

struct Stage {
  std::string_view said;  ///< how mmdebstrap's line begins, after "I: "
  double begins;          ///< the part of the time that is over then
  const char* text;
};
constexpr std::array<Stage, 8> kStages = {{
    {"running apt-get update", 0.0, "package lists"},
    {"downloading packages", 0.05, "downloading"},
    {"extracting archives", 0.35, "unpacking"},
    {"installing essential", 0.4, "installing the essential packages"},
    {"installing remaining", 0.5, "installing the other packages"},
    {"cleaning package lists", 0.9, "cleaning"},
    {"creating tarball", 0.92, "packing"},
    {"done", 1.0, ""},
}};

/// As root mmdebstrap mounts /proc, /sys and parts of /dev where it installs. In a mount namespace
/// of its own they vanish with it, however it ends, and nobody can remove a file through them.
std::vector<std::string> own_mounts() {
  if (::geteuid() != 0 || !base::find_program("unshare")) return {};
  std::vector<std::string> words = {"unshare", "--mount", "--propagation", "private"};
  base::SpawnOptions trial;
  trial.arguments = words;
  trial.arguments.emplace_back("true");
  return base::run_and_capture(std::move(trial)).status.success() ? words
                                                                  : std::vector<std::string>();
}

std::vector<std::string> command(const Installation& installation, const fs::path& sources,
                                 const fs::path& archive) {
  std::vector<std::string> words = {
      "mmdebstrap",
      "--variant=minbase",
      "--format=tar",
      fmt::format("--architectures={}", installation.architecture.debian),
      fmt::format("--include={}", fmt::join(installation.packages, ",")),
      "--aptopt=APT::Install-Recommends \"false\"",
      "--aptopt=Acquire::Retries \"2\"",
      "--dpkgopt=force-unsafe-io"};
  if (!(installation.architecture == base::host_architecture())) {
    words.emplace_back("--skip=check/qemu");  // it looks at the whole machine's list alone
  }
  if (!installation.emulator.program.empty()) {
    words.emplace_back(::geteuid() == 0 ? "--mode=root" : "--mode=unshare");
    words.emplace_back(kRegister);
  }
  for (const char* path : kLeftOut) words.push_back(fmt::format("--dpkgopt=path-exclude={}", path));
  words.push_back(installation.suite);
  words.push_back(archive.string());
  words.push_back(sources.string());
  return words;
}

/// `emulators`: the directory of the emulator's copy; empty: there is none.
std::vector<std::string> environment(const Installation& installation, const fs::path& workplace,
                                     const fs::path& emulators) {
  std::vector<std::string> variables;
  for (char** entry = ::environ; *entry != nullptr; ++entry) {
    const std::string variable = *entry;
    // Nothing of the caller's shall reach the maintainers' scripts.
    for (const char* kept :
         {"PATH=", "HOME=", "http_proxy=", "https_proxy=", "no_proxy=", "APT_CONFIG="}) {
      if (variable.starts_with(kept)) variables.push_back(variable);
    }
  }
  variables.emplace_back("LC_ALL=C.UTF-8");
  variables.emplace_back("DEBIAN_FRONTEND=noninteractive");
  variables.emplace_back("PYTHONHASHSEED=0");
  variables.push_back(fmt::format("SOURCE_DATE_EPOCH={}", installation.epoch));
  variables.push_back("TMPDIR=" + workplace.string());
  if (const fs::path& program = installation.emulator.program; !program.empty()) {
    const std::string name = "./" + program.filename().string();
    variables.push_back("QUIZ_EMULATOR_DIRECTORY=" + emulators.string());
    variables.push_back("QUIZ_REGISTRATION=" + registration(installation.architecture, name));
  }
  return variables;
}

class Log {
 public:
  explicit Log(base::Reporter& reporter)
      : reporter_(reporter), lines_([this](const std::string& line) { take(line); }) {}
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  void add(std::string_view data) { lines_.add(data); }
  /// The first complaint; empty: none.
  const std::string& complaint() const { return complaint_; }
  /// One of the programs that it runs found no room, for bytes or for a file.
  bool full() const { return full_; }

 private:
  void take(const std::string& line) {
    reporter_.detail(line);
    full_ = full_ || line.find("No space left") != std::string::npos;
    if (complaint_.empty() && line.starts_with("E: ")) complaint_ = line.substr(3);
    if (!line.starts_with("I: ")) return;
    for (const Stage& stage : kStages) {
      if (line.substr(3).starts_with(stage.said)) reporter_.progress(stage.begins, stage.text);
    }
  }

  base::Reporter& reporter_;
  base::LineCutter lines_;
  std::string complaint_;
  bool full_ = false;
};

std::string hint_for(const Log& log, const fs::path& scratch, const fs::path& workplace) {
  constexpr std::uint64_t kLittle = 64 << 20;
  if (base::free_bytes(scratch) < kLittle || base::free_bytes(workplace) < kLittle || log.full()) {
    return "the disk is full: make room";
  }
  const std::string& complaint = log.complaint();
  if (::geteuid() != 0 && (complaint.find("unshare") != std::string::npos ||
                           complaint.find("subuid") != std::string::npos ||
                           complaint.find("newuidmap") != std::string::npos ||
                           complaint.find("fakechroot") != std::string::npos)) {
    return "as an ordinary user this needs the package uidmap and a line for you in /etc/subuid "
           "and /etc/subgid, or the package fakechroot";
  }
  return "with -v all that mmdebstrap says is shown";
}

}  // namespace

void run_mmdebstrap(const Installation& installation, const fs::path& scratch,
                    const fs::path& archive, base::Reporter& reporter) {
  if (!base::find_program("mmdebstrap")) {
    throw base::Error("there is no mmdebstrap on this machine",
                      "install it (Debian: apt install mmdebstrap)");
  }
  const fs::path sources = scratch / "quiz.sources";
  base::write_file_atomically(sources, build::sources_text(installation.sources));
  const Workplace workplace(scratch);
  base::SignalSource signals({SIGINT, SIGTERM, SIGHUP});
  base::WatchedChild watched;
  std::optional<base::OwnUsers> users;
  std::optional<base::TempDir> emulators;
  if (const fs::path& program = installation.emulator.program; !program.empty()) {
    // Where the users that it installs as get to.
    emulators.emplace(workplace.path());
    fs::permissions(emulators->path(), fs::perms(0711));
    fs::copy_file(program, emulators->path() / program.filename());
    fs::permissions(emulators->path() / program.filename(), fs::perms(0755));
    if (::geteuid() == 0) watched.options.guard = &users.emplace();
  } else {
    watched.options.arguments = own_mounts();
  }
  for (std::string& word : command(installation, sources, archive)) {
    watched.options.arguments.push_back(std::move(word));
  }
  watched.options.environment =
      environment(installation, workplace.path(), emulators ? emulators->path() : fs::path());
  watched.options.directory = "/";
  Log log(reporter);
  watched.streams = {{{1, 2}, [&](std::string_view data) { log.add(data); }}};
  std::optional<int> interrupted;
  watched.signals = &signals;
  watched.on_signal = [&](base::Child& child, int signal) {
    // It removes its files itself when it is asked to end.
    if (!interrupted) child.kill(SIGTERM);
    if (!interrupted) interrupted = signal;
  };
  const base::ExitStatus status = base::run_watched(watched).status;
  if (interrupted) {
    throw base::Error("the build was interrupted", "the store is as it was", 128 + *interrupted);
  }
  if (status.success()) return;
  const std::string complaint =
      log.complaint().empty() ? status.describe() : "failed: " + log.complaint();
  throw base::Error("mmdebstrap " + complaint, hint_for(log, scratch, workplace.path()));
}

}  // namespace quiz::root
