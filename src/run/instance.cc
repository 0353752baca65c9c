#include "run/instance.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <random>
#include <system_error>
#include <vector>

#include "base/error.h"
#include "base/machine_name.h"
#include "base/paths.h"
#include "live/machines.h"
#include "live/protocol.h"

namespace quiz::run {

namespace fs = std::filesystem;

namespace {

constexpr char kLockName[] = "lock";

std::string random_id() {
  std::random_device device;
  std::string id;
  for (int i = 0; i < 8; ++i) id += "0123456789abcdef"[device() & 15];
  return id;
}

/// Held on the runtime directory while an instance appears or vanishes or dead ones are swept, so
/// that a directory that is not locked, yet or any more, is not taken for dead.
base::FileLock lock_gate(const fs::path& runtime) {
  return base::FileLock::acquire_directory(runtime);
}

/// The same for a runtime directory that the last instance to leave may just be removing.
base::FileLock make_and_lock_gate(const fs::path& runtime) {
  for (;;) {
    base::prepare_private_directory(runtime);
    try {
      return lock_gate(runtime);
    } catch (const base::SystemError& error) {
      if (error.error_number() != ENOENT) throw;
    }
  }
}

int sweep_behind_gate(const fs::path& runtime) {
  int swept = 0;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(runtime, error)) {
    if (!entry.is_directory(error)) continue;
    if (!base::FileLock::try_acquire(entry.path() / kLockName)) continue;
    base::remove_all_quietly(entry.path());
    ++swept;
  }
  return swept;
}

}  // namespace

OwnDirectory::OwnDirectory(const fs::path& parent) {
  base::with_note("while preparing the directory " + parent.string(), [&] {
    const base::FileLock gate = make_and_lock_gate(parent);
    sweep_behind_gate(parent);
    do {
      id_ = random_id();
      path_ = parent / id_;
    } while (fs::exists(path_));
    base::make_directories(path_, 0700);
    lock_ = base::FileLock::acquire(path_ / kLockName);
  });
}

OwnDirectory::~OwnDirectory() {
  // What takes time comes first: at the gate others wait.
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(path_, error)) {
    if (entry.path().filename() != kLockName) base::remove_all_quietly(entry.path());
  }
  try {
    const base::FileLock gate = lock_gate(path_.parent_path());
    base::remove_all_quietly(path_);
    ::rmdir(path_.parent_path().c_str());  // if it was the last one
  } catch (const base::Error&) {
    // Somebody removed the parent with all that was in it: nothing is left to do.
  }
}

int OwnDirectory::sweep(const fs::path& parent) {
  if (!fs::exists(parent)) return 0;
  const base::FileLock gate = make_and_lock_gate(parent);
  const int swept = sweep_behind_gate(parent);
  ::rmdir(parent.c_str());  // if nobody is left
  return swept;
}

namespace {

/// Of the cache nothing need be there yet.
const fs::path& with_parents(const fs::path& runtime) {
  if (runtime.filename() == base::kRuntimeInCache) base::make_directories(runtime.parent_path());
  return runtime;
}

}  // namespace

Instance::Instance(const fs::path& runtime) : directory_(with_parents(runtime)) {
  base::make_directories(mount_point(), 0700);
  base::make_directories(empty_directory(), 0500);
  base::open_file(empty_file(), O_RDONLY | O_CREAT | O_EXCL, 0400);
}

void Instance::take_name(const std::string& wanted, const fs::path& directory,
                         const base::Paths& paths) {
  // Whoever is behind the same gate sees what this one takes.
  const base::FileLock gate = lock_gate(path().parent_path());
  std::vector<std::string> taken;
  for (const fs::path& place : base::own_runtimes(paths)) {
    for (live::Found& machine : live::find_below(place)) taken.push_back(std::move(machine.name));
  }
  if (std::find(taken.begin(), taken.end(), wanted) != taken.end()) {
    throw base::Error("there is a machine named " + wanted + " already",
                      "`quiz vm list` shows it; `quiz vm stop " + wanted + "` ends it");
  }
  name_ = wanted.empty() ? base::numbered_name(base::machine_name_after(directory), taken) : wanted;
  const base::Fd file =
      base::open_file(path() / live::kNameFile, O_WRONLY | O_CREAT | O_EXCL, 0600);
  base::write_all(file.get(), name_, "the machine's name");
}

fs::path large_files(const base::Paths& paths) { return paths.cache / "runs"; }

std::unique_ptr<OwnDirectory> make_large_files(const base::Paths& paths) {
  base::make_directories(paths.cache);
  return std::make_unique<OwnDirectory>(large_files(paths));
}

int sweep_elsewhere(const base::Paths& paths) noexcept {
  std::vector<fs::path> places = paths.other_runtimes;
  places.push_back(large_files(paths));
  int swept = 0;
  for (const fs::path& place : places) {
    try {
      swept = std::max(swept, OwnDirectory::sweep(place));
    } catch (const std::exception&) {  // it matters to whoever needs the directory
      continue;
    }
  }
  return swept;
}

}  // namespace quiz::run
