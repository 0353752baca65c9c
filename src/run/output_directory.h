// A writable directory of a run (--output, -w), which its guest fills: found or made, watched while
// the machine runs so that it does not outgrow --output-limit, and taken at the end so that nothing
// in it does to the host, its users or the caller what a guest might want.
//
// Looked at is what the guest made or changed: what has a change time (ctime) of the run, which
// nobody can set. What lay there before and stayed as it was is left alone. Where such a directory
// may be at all is output_place.h's matter.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/beneath_files.h"
#include "base/fd.h"
#include "relay/output_look.h"
#include "run/tree_walk.h"

namespace quiz::run {

/// One of them.
struct Writable {
  std::filesystem::path path;
  std::filesystem::path place;  ///< where the guest has it
  /// The host and other users work there, too (-w): what is of another owner is theirs, and no part
  /// of `path` may have become a symbolic link.
  bool shared = false;
  std::vector<std::filesystem::path> kept = {};  ///< in it, which the guest cannot change
};

class OutputDirectory {
 public:
  /// Makes the directory if it is missing, with those above it; one that quiz made and that stayed
  /// empty goes again. `limit` in bytes, 0: none. Throws base::Error.
  OutputDirectory(Writable directory, std::uint64_t limit);
  /// Takes what was not taken.
  ~OutputDirectory();
  OutputDirectory(const OutputDirectory&) = delete;
  OutputDirectory& operator=(const OutputDirectory&) = delete;

  /// Counts on for a few milliseconds, and takes set-id bits away at once. Each file counts with
  /// its size or with what it takes on the disk, whichever is more, and with 4 KiB at least, so
  /// that there is an end to small ones.
  relay::OutputLook look();

  /// When the machine has ended: takes set-id and sticky bits and file capabilities away, gives
  /// what the guest made to the caller, removes devices, sockets and FIFOs that it made and
  /// symbolic links that lead out. Returns what a person should know, harmless to print.
  std::vector<std::string> take();

  /// After take(): why there is too much; empty: there is not.
  const std::string& complaint() const { return complaint_; }
  /// The open directory.
  int descriptor() const { return top_.get(); }

 private:
  /// What has been counted in one walk.
  struct Count {
    std::uint64_t size = 0;
    std::set<std::pair<std::uint64_t, std::uint64_t>> linked{};  ///< files with several names
    void add(const base::EntryStatus& status);
  };
  struct Findings;

  bool changed(const base::EntryStatus& status) const;
  bool made(const base::EntryStatus& status) const;
  std::string too_much(const Count& count, bool too_deep) const;
  bool look_at(const WalkEntry& entry);
  void take_entry(TreeWalk& walk, const WalkEntry& entry, Findings& findings) const;
  void take_directory(TreeWalk& walk, const WalkEntry& entry, Findings& findings) const;
  void take_link(const WalkEntry& entry, Findings& findings) const;
  void take_bits(const WalkEntry& entry, Findings& findings) const;
  void take_owner(const WalkEntry& entry, Findings& findings) const;
  void restore_top() const;
  bool begin_walk();
  bool is_followed(const WalkEntry& entry) const;

  Writable directory_;
  std::uint64_t limit_ = 0;
  bool made_ = false;  // by quiz
  bool taken_ = false;
  base::Fd top_;
  base::EntryStatus before_;  // of the directory itself
  std::array<std::string, 2>
      lists_before_;     // who else may do what there, and with new files (acl(5))
  timespec begin_ = {};  // by its file system's clock
  std::string complaint_;
  std::unique_ptr<Findings> findings_;

  // Of the walk that look() is at.
  std::optional<TreeWalk> walk_;
  Count count_;
  std::chrono::steady_clock::duration spent_{};
};

}  // namespace quiz::run
