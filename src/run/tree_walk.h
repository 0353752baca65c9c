// A walk over everything beneath a directory that a guest may write, perhaps just now: by
// descriptors, no link is followed, and it can be gone on with later. Who walks decides at each
// entry (run::OutputDirectory).
#pragma once

#include <dirent.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/beneath_files.h"

namespace quiz::run {

struct WalkEntry {
  int directory = -1;     ///< that it lies in
  std::size_t depth = 0;  ///< of directories between the top and it
  std::string name;
  std::filesystem::path path;  ///< from the top on
  base::EntryStatus status;
};

class TreeWalk {
 public:
  /// A path of more could not be used by anybody without effort.
  static constexpr std::size_t kDeepest = 128;

  /// `top` is a directory's descriptor. Throws base::Error when it cannot be listed.
  explicit TreeWalk(int top);

  /// The next one; a directory comes before what is in it. nullopt: that was all. What comes or
  /// goes meanwhile may be seen or not; what is mounted beneath is passed over.
  std::optional<WalkEntry> next();

  /// To be called for a directory as soon as next() told of it; otherwise it is passed over. False
  /// if it cannot be entered, or lies too deep.
  bool enter(const WalkEntry& entry);

 private:
  struct Close {
    void operator()(DIR* stream) const { ::closedir(stream); }
  };
  struct Level {
    std::unique_ptr<DIR, Close> stream;
    std::filesystem::path path;
  };
  bool push(base::Fd directory, std::filesystem::path path);

  std::vector<Level> levels_;
};

}  // namespace quiz::run
