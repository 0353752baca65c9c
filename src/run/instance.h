// A running quiz in the file system: a directory of its own below the runtime directory, locked
// while it lives; another one in the cache where it has large files.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "base/files.h"
#include "base/paths.h"

namespace quiz::run {

/// Owns PARENT/ID, for its user alone; the destructor removes it, and PARENT if it was the last
/// one. What a killed quiz left is removed by the next constructor: a directory whose lock can be
/// had belongs to nobody.
class OwnDirectory {
 public:
  /// Makes PARENT, too, but nothing above it. Throws base::Error when it cannot be used.
  explicit OwnDirectory(const std::filesystem::path& parent);
  ~OwnDirectory();
  OwnDirectory(const OwnDirectory&) = delete;
  OwnDirectory& operator=(const OwnDirectory&) = delete;

  const std::string& id() const { return id_; }
  const std::filesystem::path& path() const { return path_; }

  /// Removes what dead owners left; returns how many there were. Throws as the constructor.
  static int sweep(const std::filesystem::path& parent);

 private:
  std::string id_;
  std::filesystem::path path_;
  std::optional<base::FileLock> lock_;
};

/// $XDG_RUNTIME_DIR/quiz/ID. For what is small: as a rule it is a tmpfs of a tenth of the RAM.
class Instance {
 public:
  /// Throws base::Error when the runtime directory cannot be used.
  explicit Instance(const std::filesystem::path& runtime);

  const std::string& id() const { return directory_.id(); }
  const std::filesystem::path& path() const { return directory_.path(); }

  /// Gives it a name of its own among the running machines, by which `quiz vm` finds it (src/live):
  /// `wanted`, or where that is empty one after `directory`. Throws base::Error where another one
  /// has it.
  void take_name(const std::string& wanted, const std::filesystem::path& directory,
                 const base::Paths& paths);
  /// Empty before.
  const std::string& name() const { return name_; }

  /// An empty directory to mount on.
  std::filesystem::path mount_point() const { return path() / "root"; }
  /// A file that stays empty.
  std::filesystem::path empty_file() const { return path() / "empty-file"; }
  /// A directory that stays empty.
  std::filesystem::path empty_directory() const { return path() / "empty"; }

  static int sweep(const std::filesystem::path& runtime) { return OwnDirectory::sweep(runtime); }

 private:
  OwnDirectory directory_;
  std::string name_;
};

/// Where the large files of runs are, which go with them: an OwnDirectory for each run that has
/// some. On the disk, unlike the runtime directory.
std::filesystem::path large_files(const base::Paths& paths);

/// Makes a directory there.
std::unique_ptr<OwnDirectory> make_large_files(const base::Paths& paths);

/// Removes what killed runs left there, and in runtime directories other than this run's, if that
/// can be done; returns how many runs those were, at least.
int sweep_elsewhere(const base::Paths& paths) noexcept;

}  // namespace quiz::run
