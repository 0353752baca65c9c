// The files and directories that the guest's kernel knows: each has a number until the guest
// forgets it. A node is found again by its name in its parent's directory, and proved by its
// numbers on the host: what has become another file meanwhile is stale.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/fd.h"

namespace quiz::files {

using NodeId = std::uint64_t;
inline constexpr NodeId kRootNode = 1;  // FUSE_ROOT_ID

struct Node {
  NodeId parent = 0;
  std::string name;  ///< in the parent's directory
  dev_t device = 0;
  ino_t number = 0;
  mode_t type = 0;             ///< S_IFMT's part of the mode
  std::uint64_t lookups = 0;   ///< of the guest's, not forgotten yet
  std::uint64_t children = 0;  ///< nodes that are found by it, which the guest may not take away
  base::Fd path;               ///< opened by O_PATH; none while there are too many
  // As the content was when it was opened last: what the guest keeps of it is good until it
  // changes.
  timespec changed{};
  off_t size = -1;
};

class Nodes {
 public:
  /// `root` is a directory. Of the others no more than `most_open` are kept open.
  Nodes(base::Fd root, std::size_t most_open);

  /// nullptr: there is none.
  Node* find(NodeId id);
  /// A descriptor by O_PATH, which stays good until the next call; or a negative error.
  int path_of(NodeId id);
  /// The node's directory and its name there, for what takes a name; or a negative error. The
  /// root's is itself, by ".".
  int directory_of(NodeId id, const char*& name);

  struct Found {
    NodeId id = 0;
    struct stat status {};
    int error = 0;
  };
  /// Looks a name up, and counts that if there is one.
  Found look_up(NodeId parent, const std::string& name);
  /// The guest forgets as many lookups.
  void forget(NodeId id, std::uint64_t lookups);

  /// What the guest is told as a file's number: files of several file systems have different ones.
  std::uint64_t number_of(const struct stat& status);

  std::size_t size() const { return nodes_.size(); }

 private:
  using Key = std::pair<dev_t, ino_t>;
  using Range = std::pair<dev_t, std::uint64_t>;  // numbers with the same highest bits

  void keep_open(NodeId id, base::Fd path);
  void move(NodeId id, NodeId parent, const std::string& name);
  /// Forgets a node that nobody needs any more, and those above it.
  void drop_unused(NodeId id);

  std::size_t most_open_;
  NodeId last_ = kRootNode;
  std::unordered_map<NodeId, Node> nodes_;
  std::map<Key, NodeId> by_number_;
  std::deque<NodeId> open_;  // in the order in which they were opened
  std::map<Range, std::uint64_t> ranges_;
};

/// A name that can stand in a directory: no path, and neither "." nor "..".
bool is_name(std::string_view name);

}  // namespace quiz::files
