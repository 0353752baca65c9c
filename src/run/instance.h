// A running quiz in the file system: a directory of its own below the runtime directory, locked
// while it lives.
#pragma once

#include <filesystem>
#include <string>

#include "base/files.h"

namespace quiz::run {

/// Owns $XDG_RUNTIME_DIR/quiz/ID; the destructor removes it. What a killed quiz left is removed by
/// the next constructor: a directory whose lock can be had belongs to nobody.
class Instance {
 public:
  /// Throws base::Error when the runtime directory cannot be used.
  explicit Instance(const std::filesystem::path& runtime);
  ~Instance();
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  const std::string& id() const { return id_; }
  const std::filesystem::path& path() const { return path_; }
  /// An empty directory to mount on.
  std::filesystem::path mount_point() const { return path_ / "root"; }
  /// A directory that stays empty.
  std::filesystem::path empty_directory() const { return path_ / "empty"; }

  /// Removes what dead instances left; returns how many there were.
  static int sweep(const std::filesystem::path& runtime);

 private:
  std::string id_;
  std::filesystem::path path_;
  std::optional<base::FileLock> lock_;
};

}  // namespace quiz::run
