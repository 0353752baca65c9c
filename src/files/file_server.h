// A directory of the host for a guest, read-only, by the requests of FUSE. What comes from the
// guest is hostile: a request that is none gets an error, and no name leads out of the directory.
// Source: Linux, include/uapi/linux/fuse.h; Documentation/filesystems/fuse.rst.
//
// Freshness: names and attributes are good for a second; content that the guest keeps is thrown
// away when the file is opened and has changed, or its attributes tell so.
#pragma once

#include <linux/fuse.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "files/nodes.h"

namespace quiz::files {

class FileServer {
 public:
  /// `root`: the directory, opened by O_PATH. No more descriptors are held than `most_nodes` for
  /// what the guest knows and `most_files` for what it has open.
  FileServer(base::Fd root, std::size_t most_nodes, std::size_t most_files);

  /// Answers a request into `answer`, which has `room` bytes; returns how many it took. 0: nothing
  /// is to be answered.
  std::size_t handle(std::string_view request, std::uint8_t* answer, std::size_t room);

 private:
  class Answer;
  struct Request;

  int dispatch(const Request& request, Answer& answer);
  int initialize(const Request& request, Answer& answer);
  int look_up(const Request& request, Answer& answer);
  int get_attributes(const Request& request, Answer& answer);
  int read_link(const Request& request, Answer& answer);
  int open(const Request& request, Answer& answer);
  int open_directory(const Request& request, Answer& answer);
  int read(const Request& request, Answer& answer);
  int read_directory(const Request& request, Answer& answer, bool plus);
  int release(const Request& request);
  int statistics(const Request& request, Answer& answer);
  int get_attribute(const Request& request, Answer& answer);
  int list_attributes(const Request& request, Answer& answer);
  int seek(const Request& request, Answer& answer);
  int forget(const Request& request);
  int forget_many(const Request& request);

  /// Opens the node itself; a descriptor, or a negative error.
  int open_node(NodeId id, int flags);
  std::uint64_t keep(base::Fd file);
  /// The descriptor behind a handle of the guest's, or a negative error.
  int file_of(std::uint64_t handle) const;
  /// What lgetxattr(2) and llistxattr(2) share: `call` is told a name in the current directory.
  template <typename Call>
  int attributes_of(const Request& request, Answer& answer, Call call);
  fuse_attr attributes(const struct stat& status);
  fuse_entry_out entry(const Nodes::Found& found);

  std::size_t most_files_;
  Nodes nodes_;
  std::map<std::uint64_t, base::Fd> files_;
  std::uint64_t last_file_ = 0;
};

/// Serves the directory at the socket kSocket until that is closed.
[[noreturn]] void serve_files(const char* directory);

}  // namespace quiz::files
