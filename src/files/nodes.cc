#include "files/nodes.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace quiz::files {

namespace {

constexpr int kByPath = O_PATH | O_NOFOLLOW | O_CLOEXEC;

int status_of(int path, struct stat& status) {
  return ::fstatat(path, "", &status, AT_EMPTY_PATH) == 0 ? 0 : -errno;
}

}  // namespace

bool is_name(std::string_view name) {
  constexpr std::size_t kLongest = 255;
  return !name.empty() && name.size() <= kLongest && name != "." && name != ".." &&
         name.find('/') == std::string_view::npos && name.find('\0') == std::string_view::npos;
}

Nodes::Nodes(base::Fd root, std::size_t most_open) : most_open_(most_open) {
  struct stat status = {};
  status_of(root.get(), status);
  Node& node = nodes_[kRootNode];
  node.device = status.st_dev;
  node.number = status.st_ino;
  node.type = S_IFDIR;
  node.lookups = 1;
  node.path = std::move(root);
  by_number_[{node.device, node.number}] = kRootNode;
  number_of(status);  // of the root's file system they stay as they are
}

Node* Nodes::find(NodeId id) {
  const auto found = nodes_.find(id);
  return found == nodes_.end() ? nullptr : &found->second;
}

int Nodes::path_of(NodeId id) {
  Node* const node = find(id);
  if (node == nullptr) return -ENOENT;
  if (node->path) return node->path.get();
  const int parent = path_of(node->parent);
  if (parent < 0) return parent;
  base::Fd path(::openat(parent, node->name.c_str(), kByPath));
  if (!path) return errno == ENOENT ? -ESTALE : -errno;
  struct stat status = {};
  if (const int error = status_of(path.get(), status); error != 0) return error;
  if (status.st_dev != node->device || status.st_ino != node->number) return -ESTALE;
  const int result = path.get();
  keep_open(id, std::move(path));
  return result;
}

int Nodes::directory_of(NodeId id, const char*& name) {
  name = ".";
  if (id == kRootNode) return path_of(id);
  const Node* const node = find(id);
  if (node == nullptr) return -ENOENT;
  name = node->name.c_str();
  return path_of(node->parent);
}

Nodes::Found Nodes::look_up(NodeId parent, const std::string& name) {
  Found found;
  const int directory = path_of(parent);
  if (directory < 0) {
    found.error = -directory;
    return found;
  }
  base::Fd path(::openat(directory, name.c_str(), kByPath));
  if (!path || status_of(path.get(), found.status) != 0) {
    found.error = errno;
    return found;
  }
  const auto known = by_number_.find({found.status.st_dev, found.status.st_ino});
  const mode_t type = found.status.st_mode & S_IFMT;
  if (known != by_number_.end()) {
    Node& node = nodes_.at(known->second);
    // A number that was freed and taken again is another file.
    if (node.type == type) {
      // Where it is found last is where it is looked for.
      move(known->second, parent, name);
      ++node.lookups;
      found.id = known->second;
      if (!node.path) keep_open(found.id, std::move(path));
      return found;
    }
    by_number_.erase(known);
  }
  found.id = ++last_;
  Node& node = nodes_[found.id];
  node.parent = parent;
  node.name = name;
  node.device = found.status.st_dev;
  node.number = found.status.st_ino;
  node.type = type;
  node.lookups = 1;
  by_number_[{node.device, node.number}] = found.id;
  ++nodes_.at(parent).children;  // a node needs its parent to be found again
  keep_open(found.id, std::move(path));
  return found;
}

void Nodes::move(NodeId id, NodeId parent, const std::string& name) {
  Node& node = nodes_.at(id);
  if (node.parent == parent && node.name == name) return;
  // What the host has moved meanwhile must not make a circle of what is known.
  for (NodeId above = parent; above != kRootNode; above = nodes_.at(above).parent) {
    if (above == id) return;
  }
  if (id == kRootNode) return;
  const NodeId before = node.parent;
  node.parent = parent;
  node.name = name;
  ++nodes_.at(parent).children;
  --nodes_.at(before).children;
  drop_unused(before);
}

void Nodes::forget(NodeId id, std::uint64_t lookups) {
  Node* const node = id == kRootNode ? nullptr : find(id);
  if (node == nullptr) return;
  node->lookups -= std::min(lookups, node->lookups);
  drop_unused(id);
}

void Nodes::drop_unused(NodeId id) {
  while (id != kRootNode) {
    const auto found = nodes_.find(id);
    const Node& node = found->second;
    if (node.lookups != 0 || node.children != 0) return;
    const NodeId parent = node.parent;
    const auto number = by_number_.find({node.device, node.number});
    if (number != by_number_.end() && number->second == id) by_number_.erase(number);
    nodes_.erase(found);
    --nodes_.at(parent).children;
    id = parent;
  }
}

void Nodes::keep_open(NodeId id, base::Fd path) {
  nodes_.at(id).path = std::move(path);
  open_.push_back(id);
  while (open_.size() > most_open_) {
    Node* const oldest = find(open_.front());
    open_.pop_front();
    if (oldest != nullptr) oldest->path.reset();
  }
}

std::uint64_t Nodes::number_of(const struct stat& status) {
  // An overlay in the guest wants the highest bits for itself, and so may one on the host.
  constexpr unsigned kShift = 48;
  const Range range{status.st_dev, status.st_ino >> kShift};
  const auto [known, added] = ranges_.try_emplace(range, ranges_.size());
  return (status.st_ino & ((std::uint64_t{1} << kShift) - 1)) | (known->second << kShift);
}

}  // namespace quiz::files
