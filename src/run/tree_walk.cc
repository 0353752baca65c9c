#include "run/tree_walk.h"

#include "base/beneath.h"
#include "base/error.h"

namespace quiz::run {

TreeWalk::TreeWalk(int top) {
  // A description of its own: two walks must not share a position.
  if (!push(base::open_beneath(top, ".", O_RDONLY | O_DIRECTORY), {})) {
    throw base::SystemError("cannot list a directory");
  }
}

bool TreeWalk::push(base::Fd directory, std::filesystem::path path) {
  std::unique_ptr<DIR, Close> stream(::fdopendir(directory.get()));
  if (!stream) return false;
  (void)directory.release();  // the stream's now
  levels_.push_back({std::move(stream), std::move(path)});
  return true;
}

std::optional<WalkEntry> TreeWalk::next() {
  while (!levels_.empty()) {
    const Level& level = levels_.back();
    const dirent* const found = ::readdir(level.stream.get());
    if (found == nullptr) {
      levels_.pop_back();
      continue;
    }
    WalkEntry entry;
    entry.name = found->d_name;
    if (entry.name == "." || entry.name == "..") continue;
    entry.directory = ::dirfd(level.stream.get());
    entry.depth = levels_.size() - 1;
    entry.path = level.path / entry.name;
    try {
      const auto status = base::entry_status(entry.directory, entry.name);
      if (!status) continue;  // it has gone
      if (status->mounted) continue;
      entry.status = *status;
    } catch (const base::Error&) {
      continue;  // a directory that may be listed but not entered: what is in it nobody can use
    }
    return entry;
  }
  return std::nullopt;
}

bool TreeWalk::enter(const WalkEntry& entry) {
  if (levels_.size() >= kDeepest) return false;
  base::Fd directory =
      base::open_beneath_quietly(entry.directory, entry.name, O_RDONLY | O_DIRECTORY);
  return directory && push(std::move(directory), entry.path);
}

}  // namespace quiz::run
