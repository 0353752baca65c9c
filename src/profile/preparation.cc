#include "profile/preparation.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ranges>
#include <utility>

#include "base/error.h"
#include "base/nearest.h"
#include "base/watched_child.h"
#include "profile/consent.h"

extern char** environ;

namespace quiz::profile {

namespace {

constexpr char kLock[] = "lock";
constexpr char kSectorFile[] = "sector";
constexpr char kEnding[] = ".raw";
constexpr std::uint64_t kMostFiles = 16 << 20;

std::string mebibytes(std::uint64_t bytes) { return fmt::format("{} MiB", bytes >> 20); }

void set(std::vector<std::string>& environment, const std::string& name, const std::string& value) {
  if (!value.empty()) environment.push_back(name + "=" + value);
}

}  // namespace

bool makes_disks(const Effects& effects) {
  return std::any_of(effects.disks.begin(), effects.disks.end(),
                     [](const WantedDisk& wanted) { return wanted.persist.empty(); });
}

Preparation::Preparation(const Effects& effects, HostFacts facts, fs::path scratch,
                         const fs::path& disks, const fs::path& kept, base::SignalSource& signals,
                         base::Reporter& reporter)
    : effects_(effects),
      facts_(std::move(facts)),
      scratch_(std::move(scratch)),
      signals_(signals),
      reporter_(reporter) {
  if (effects.disks.empty() && effects.host.empty() && effects.host_after.empty()) return;
  copy_agreed();
  make_disks(effects, disks, kept);
  try {
    for (const WantedHook& hook : effects.host) {
      started_.push_back(hook.profile);
      reporter.detail("the host hook of the profile " + hook.profile);
      run_hook(hook, "host", true);
    }
    take_files();
  } catch (...) {
    undo();
    throw;
  }
}

Preparation::~Preparation() { undo(); }

bool Preparation::writes_kept() const {
  return std::any_of(disks_.begin(), disks_.end(),
                     [](const machine::Disk& disk) { return disk.kept && !disk.read_only; });
}

// --- hooks of projects --------------------------------------------------------------------------

/// Whoever can write to the folder (with --output . the guest) could change a hook between the look
/// at it and its start, and what comes after the run long after that. So the look is at a copy that
/// nobody else can write to, and that is what runs: after the run, too, as it undoes what ran
/// before.
void Preparation::copy_agreed() {
  for (const auto* hooks : {&effects_.host, &effects_.host_after}) {
    for (const WantedHook& hook : *hooks) {
      if (!hook.of_project || copies_.contains(hook.folder)) continue;
      const fs::path copy = scratch_ / "agreed" / hook.profile;
      if (copy_with_digest(hook.folder, copy) != hook.agreed) {
        throw base::Error(fmt::format("{} has changed since this run began", hook.folder.string()),
                          "read it, then: quiz trust");
      }
      copies_[hook.folder] = copy;
    }
  }
}

/// Where a hook on disk runs, with what lies beside it.
fs::path Preparation::folder_of(const WantedHook& hook) const {
  const auto copy = copies_.find(hook.folder);
  return copy == copies_.end() ? hook.folder : copy->second;
}

// --- disks --------------------------------------------------------------------------------------

void Preparation::make_disks(const Effects& effects, const fs::path& disks, const fs::path& kept) {
  for (const WantedDisk& wanted : effects.disks) {
    machine::Disk disk = wanted.disk;
    if (wanted.persist.empty()) {
      disk.file = disks / (disk.name + kEnding);
      base::make_sparse(disk.file, disk.bytes);
    } else {
      disk.kept = true;
      disk.file = kept_file(wanted, kept);
      disk.bytes = fs::file_size(disk.file);
    }
    disks_.push_back(std::move(disk));
  }
}

fs::path Preparation::kept_file(const WantedDisk& wanted, const fs::path& kept) {
  const fs::path set = kept / wanted.persist;
  const bool locked = std::any_of(locks_.begin(), locks_.end(),
                                  [&](const auto& lock) { return lock.first == wanted.persist; });
  if (!locked) {
    base::make_directories(set, 0700);
    auto lock = base::FileLock::try_acquire(set / kLock);
    if (!lock) {
      throw base::Error(
          fmt::format("the kept disks '{}' are in use by another run", wanted.persist),
          "wait for it to end, or take another name: persist=NAME");
    }
    locks_.emplace_back(wanted.persist, *std::move(lock));
  }
  return make_kept(wanted, set);
}

fs::path Preparation::make_kept(const WantedDisk& wanted, const fs::path& set) {
  const fs::path file = set / (wanted.disk.name + kEnding);
  const std::string sector = std::to_string(wanted.disk.sector);
  const auto known_sector = base::read_file_if_exists(set / kSectorFile);
  const std::string remedy =
      fmt::format("leave that option out, or begin anew: quiz disk remove {}", wanted.persist);
  if (known_sector && *known_sector != sector) {
    throw base::Error(fmt::format("the kept disks '{}' have sectors of {} bytes, not {}",
                                  wanted.persist, *known_sector, sector),
                      remedy);
  }
  std::error_code error;
  const std::uint64_t size = fs::file_size(file, error);
  if (error) {
    if (!known_sector) base::write_file_atomically(set / kSectorFile, sector);
    base::make_sparse(file, wanted.disk.bytes);
  } else if (size != wanted.disk.bytes && wanted.size_given) {
    throw base::Error(fmt::format("the kept disk {} of '{}' has {}, not {}", wanted.disk.name,
                                  wanted.persist, mebibytes(size), mebibytes(wanted.disk.bytes)),
                      remedy);
  }
  return file;
}

// --- hooks --------------------------------------------------------------------------------------

std::vector<std::string> Preparation::hook_environment(const WantedHook& hook) const {
  std::vector<std::string> environment;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    if (!std::string_view(*variable).starts_with("QUIZ_")) environment.emplace_back(*variable);
  }
  environment.insert(environment.end(), hook.environment.begin(), hook.environment.end());
  set(environment, "QUIZ_RUN_DIR", (scratch_ / "run").string());
  set(environment, "QUIZ_FILES", (scratch_ / "files").string());
  set(environment, "QUIZ_PROFILE_DIR", folder_of(hook).string());
  set(environment, "QUIZ_RUN_IN", facts_.directory.string());
  set(environment, "QUIZ_PROJECT", facts_.project.string());
  set(environment, "QUIZ_SYSTEM", facts_.system.string());
  set(environment, "QUIZ_ARCHITECTURE", facts_.architecture);
  set(environment, "QUIZ_KERNEL_RELEASE", facts_.kernel_release);
  set(environment, "QUIZ_KERNEL_BUILD", facts_.kernel_build.string());
  set(environment, "QUIZ_KERNEL_MODULES", facts_.kernel_modules.string());
  for (const machine::Disk& disk : disks_) {
    std::string name = disk.name;
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    set(environment, "QUIZ_DISK_" + name, disk.file.string());
  }
  return environment;
}

base::ExitStatus Preparation::watch_hook(const WantedHook& hook, const std::string& kind,
                                         const fs::path& program, bool obey_signals,
                                         std::string& text) {
  constexpr std::size_t kEnough = 65536;
  base::WatchedChild watched;
  watched.options.arguments = {program.string()};
  watched.options.environment = hook_environment(hook);
  watched.options.directory = facts_.directory.empty() ? "/" : facts_.directory.string();
  watched.streams = {
      {{1, 2}, [&](std::string_view data) { text += data.substr(0, kEnough - text.size()); }}};
  watched.until = base::WatchedChild::Until::child_ends;
  watched.signals = &signals_;
  int asked = 0;
  watched.on_signal = [&](base::Child& child, int signal) {
    constexpr int kStatusSignal = 128;
    if (signal == SIGWINCH || signal == SIGCONT || signal == SIGTSTP) return;
    if (obey_signals) {
      throw base::Error(
          fmt::format("interrupted while the {} hook of the profile {} ran", kind, hook.profile),
          {}, kStatusSignal + signal);
    }
    child.kill(asked++ == 0 ? SIGTERM : SIGKILL);  // it shall tidy up; impatience asks twice
  };
  return base::run_watched(watched).status;
}

void Preparation::run_hook(const WantedHook& hook, const std::string& kind, bool obey_signals) {
  for (const char* directory : {"run", "files", "hooks"}) {
    base::make_directories(scratch_ / directory, 0700);
  }
  // A shipped hook has no file of its own.
  fs::path program = folder_of(hook) / kind;
  if (hook.folder.empty()) {
    program = scratch_ / "hooks" / (hook.profile + "-" + kind);
    base::write_file_atomically(program, hook.content, 0700);
  }
  std::string text;
  const base::ExitStatus end = watch_hook(hook, kind, program, obey_signals, text);
  const std::string complaint =
      fmt::format("the {} hook of the profile {} {}", kind, hook.profile, end.describe());
  while (!text.empty() && text.back() == '\n') text.pop_back();
  if (!end.success()) {
    if (!text.empty()) reporter_.warning(fmt::format("{}: {}", hook.profile, text));
    throw base::Error(complaint,
                      hook.folder.empty()
                          ? fmt::format("it comes with quiz: `quiz profile show {}`", hook.profile)
                          : "the hook is " + (hook.folder / kind).string());
  }
  if (!text.empty()) reporter_.detail(fmt::format("{}: {}", hook.profile, text));
}

void Preparation::take_files() {
  const fs::path files = scratch_ / "files";
  std::error_code error;
  std::uint64_t bytes = 0;
  for (const auto& entry : fs::recursive_directory_iterator(files, error)) {
    if (!entry.is_regular_file()) continue;
    const auto permissions = fs::status(entry.path()).permissions();
    const bool executable = (permissions & fs::perms::owner_exec) != fs::perms::none;
    bytes += entry.file_size();
    if (bytes > kMostFiles) {
      throw base::Error(
          fmt::format("hooks put more than {} into $QUIZ_FILES", mebibytes(kMostFiles)),
          "larger things belong into .quiz/user or onto a disk");
    }
    files_.push_back({entry.path().lexically_relative(files).string(),
                      static_cast<std::uint16_t>(executable ? 0755 : 0644),
                      base::read_file(entry.path())});
  }
}

void Preparation::undo() noexcept {
  while (signals_.next()) continue;  // what ended the run does not end this
  for (const auto& hook : effects_.host_after | std::views::reverse) {
    const bool has_hook = std::any_of(effects_.host.begin(), effects_.host.end(),
                                      [&](const auto& one) { return one.profile == hook.profile; });
    const bool ran = std::find(started_.begin(), started_.end(), hook.profile) != started_.end();
    if (has_hook && !ran) continue;
    try {
      run_hook(hook, "host-after", false);
    } catch (const base::Error& failure) {
      reporter_.warning(failure.what());
    }
  }
  started_.clear();
}

// --- kept disks ---------------------------------------------------------------------------------

std::vector<KeptSet> list_kept(const fs::path& kept) {
  std::vector<KeptSet> sets;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(kept, error)) {
    KeptSet set;
    set.name = entry.path().filename().string();
    for (const auto& file : fs::directory_iterator(entry.path(), error)) {
      if (file.path().extension() != kEnding) continue;
      struct stat status = {};
      if (::stat(file.path().c_str(), &status) != 0) continue;
      constexpr std::uint64_t kBlock = 512;
      set.disks.emplace_back(file.path().stem().string(),
                             static_cast<std::uint64_t>(status.st_size));
      set.used += static_cast<std::uint64_t>(status.st_blocks) * kBlock;
    }
    std::sort(set.disks.begin(), set.disks.end());
    sets.push_back(std::move(set));
  }
  std::sort(sets.begin(), sets.end(),
            [](const KeptSet& one, const KeptSet& other) { return one.name < other.name; });
  return sets;
}

void remove_kept(const fs::path& kept, const std::string& name) {
  std::vector<std::string> names;
  for (const KeptSet& set : list_kept(kept)) names.push_back(set.name);
  if (std::find(names.begin(), names.end(), name) == names.end()) {
    const auto near = base::nearest(name, names);
    throw base::Error(
        fmt::format("there are no kept disks '{}'", name),
        near ? fmt::format("did you mean '{}'?", *near) : "`quiz disk list` shows all");
  }
  const auto lock = base::FileLock::try_acquire(kept / name / kLock);
  if (!lock) throw base::Error(fmt::format("the kept disks '{}' are in use by a run", name));
  base::remove_all_quietly(kept / name);
  if (std::error_code error; fs::exists(kept / name, error)) {
    throw base::Error("cannot remove " + (kept / name).string(), "does all of it belong to you?");
  }
}

}  // namespace quiz::profile
