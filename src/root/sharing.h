// What of the host's file system a run shows to its guest, on both sides: the directories that the
// machine exports, and where the guest's init mounts them.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "machine/machine_spec.h"
#include "wire/messages.h"

namespace quiz::root {

/// Where the guest finds the writable directory; the program has it in $QUIZ_OUTPUT.
inline constexpr char kOutputInGuest[] = "/run/quiz/output";

struct Sharing {
  std::vector<machine::Share> exported;
  std::vector<wire::Share> layers;  ///< of `/`, topmost first
  std::vector<wire::Share> shares;  ///< mounted into it
};

struct SharingRequest {
  std::filesystem::path root;       ///< where the export finds the host's `/`
  std::string release;              ///< of the guest's kernel
  std::filesystem::path modules;    ///< its lib/modules/RELEASE; empty: none but the root's own
  std::filesystem::path directory;  ///< where the program runs
  std::filesystem::path output;     ///< the writable directory; empty: none
  /// An empty directory, exported where this run has none of the two above: so that all runs of a
  /// kernel have the same devices and can go on from the same saved machine. Empty: not so.
  std::filesystem::path spare;
  /// The guest is looked at while files change on the host (an interactive shell): it shall see
  /// that. Otherwise what it has read once it keeps, which is faster.
  bool follow_changes = false;
};

Sharing make_sharing(const SharingRequest& request);

/// The directories of the host's `/` that no guest sees.
const std::vector<std::filesystem::path>& hidden_directories();

/// True for a directory below a hidden one that must be shared by itself to be seen: /dev/shm/x,
/// /run/user/1000/x. The guest's own /proc and /sys stay what they are.
bool needs_own_share(const std::filesystem::path& directory);

}  // namespace quiz::root
