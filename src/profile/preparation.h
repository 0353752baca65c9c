// The host's side of a run's profiles: files for disks, kept disks and their locks, hooks. Whatever
// it makes goes with it, kept disks excepted; what a killed quiz left lies in the run's
// directories, which the next one sweeps.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/child.h"
#include "base/files.h"
#include "base/reporter.h"
#include "base/signals.h"
#include "machine/machine_spec.h"
#include "profile/effects.h"
#include "wire/messages.h"

namespace quiz::profile {

/// What hooks on the host are told beside their profile's options.
struct HostFacts {
  fs::path directory;          ///< where the program will run
  fs::path project;            ///< empty: none
  fs::path system;             ///< of the project: what was installed for the guest; empty: none
  std::string architecture;    ///< of the machine: uname -m
  std::string kernel_release;  ///< uname -r
  fs::path kernel_build;       ///< what modules are compiled against; empty: none
  fs::path kernel_modules;     ///< holds lib/modules/RELEASE; empty: none
};

/// Some disks go with the run.
bool makes_disks(const Effects& effects);

class Preparation {
 public:
  /// `scratch` and `disks` are directories of the run's own that go with it; only in `disks`, which
  /// matters where makes_disks, is room for large files. `kept` is where kept disks are. Runs the
  /// hooks of the host in order; those of a project from a copy of its folder as it was agreed to,
  /// made here, so that nothing can change what runs. Throws base::Error: a hook that fails (its
  /// words have been
  /// shown; those before it have been undone), a disk that is in use or of another size.
  /// A signal that comes over `signals` while a hook runs ends it.
  Preparation(const Effects& effects, HostFacts facts, fs::path scratch, const fs::path& disks,
              const fs::path& kept, base::SignalSource& signals, base::Reporter& reporter);
  /// Runs the after-hooks of those whose hooks had run, last one first.
  ~Preparation();
  Preparation(const Preparation&) = delete;
  Preparation& operator=(const Preparation&) = delete;

  const std::vector<machine::Disk>& disks() const { return disks_; }
  /// What the hooks put into $QUIZ_FILES.
  const std::vector<wire::BundleFile>& files() const { return files_; }
  /// A kept disk can be written by this run.
  bool writes_kept() const;

 private:
  void copy_agreed();
  fs::path folder_of(const WantedHook& hook) const;
  void make_disks(const Effects& effects, const fs::path& disks, const fs::path& kept);
  fs::path kept_file(const WantedDisk& wanted, const fs::path& kept);
  fs::path make_kept(const WantedDisk& wanted, const fs::path& set);
  void run_hook(const WantedHook& hook, const std::string& kind, bool obey_signals);
  base::ExitStatus watch_hook(const WantedHook& hook, const std::string& kind,
                              const fs::path& program, bool obey_signals, std::string& text);
  std::vector<std::string> hook_environment(const WantedHook& hook) const;
  void take_files();
  void undo() noexcept;

  const Effects& effects_;
  HostFacts facts_;
  fs::path scratch_;
  base::SignalSource& signals_;
  base::Reporter& reporter_;
  std::vector<machine::Disk> disks_;
  std::vector<wire::BundleFile> files_;
  std::map<fs::path, fs::path> copies_;  // of a project's folder with hooks: what was agreed to
  std::vector<std::string> started_;     // profiles whose host hook has been run
  std::vector<std::pair<std::string, base::FileLock>> locks_;
};

/// Kept disks, for `quiz disk`.
struct KeptSet {
  std::string name;
  std::vector<std::pair<std::string, std::uint64_t>> disks;  ///< name, bytes
  std::uint64_t used = 0;                                    ///< bytes on the host's disk
};
std::vector<KeptSet> list_kept(const fs::path& kept);
/// Throws base::Error: no such set (nearest name), in use.
void remove_kept(const fs::path& kept, const std::string& name);

}  // namespace quiz::profile
