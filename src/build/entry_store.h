// A directory of entries, each a directory of its own: kernels, roots. An entry appears complete,
// by one rename, or not at all; what a killed quiz left half-made is a `.tmp-*` directory that
// nobody lists and the next writer removes. Any number of processes may use a store at the same
// time. What is in an entry is left to its users.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/files.h"

namespace quiz::build {

namespace fs = std::filesystem;

class EntryStore {
 public:
  /// A directory of the store in which an entry is being made; removed by the destructor unless
  /// finished. Other processes leave it alone as long as this object lives.
  class Draft {
   public:
    const fs::path& path() const { return directory_.path(); }

   private:
    friend class EntryStore;
    Draft(base::TempDir directory, base::FileLock lock)
        : directory_(std::move(directory)), lock_(std::move(lock)) {}
    base::TempDir directory_;
    base::FileLock lock_;
  };

  /// `kind` is a word for messages and commands: "kernel". Nothing is made before it is needed.
  EntryStore(fs::path directory, std::string kind)
      : directory_(std::move(directory)), kind_(std::move(kind)) {}

  const fs::path& directory() const { return directory_; }

  /// The entries there are, sorted; damaged ones are among them.
  std::vector<std::string> names() const;

  /// The directory of the entry of this name; empty: there is none.
  fs::path find(const std::string& name) const;

  /// Removes an entry: it vanishes at once, then its files are deleted. Throws Error.
  void remove(const std::string& name);

  /// Begins an entry; first removes what others left unfinished. Throws Error when the store cannot
  /// be written.
  Draft begin();

  /// Makes the draft the entry `name`. If there is one of that name already, it is replaced in one
  /// step, or the draft is dropped. Returns the entry's directory. Throws Error.
  fs::path finish(Draft draft, const std::string& name, bool replace);

  /// Names of entries are single words of letters, digits and ._+~-, not beginning with a dot.
  /// Throws Error.
  void check_name(const std::string& name) const;

 private:
  void sweep() const;

  fs::path directory_;
  std::string kind_;
};

/// Bytes on the disk of all that is below a directory.
std::uint64_t disk_usage(const fs::path& directory);

/// The time as ISO 8601, UTC.
std::string now_iso();

}  // namespace quiz::build
