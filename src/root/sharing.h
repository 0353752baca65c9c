// What of the host's file system a run shows to its guest, on both sides: the directories that the
// machine exports, and what the guest's init makes of them.
//
// QEMU exports the host's `/` once; whatever the guest gets of it (its base, layers, modules, the
// current directory) is a place in that export. Further exports are for what it does not show, and
// for layers that lie inside the base: the overlay refuses two layers of one file system where one
// contains the other.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "machine/machine_spec.h"
#include "wire/messages.h"

namespace quiz::root {

/// Where the guest finds the writable directory; the program has it in $QUIZ_OUTPUT.
inline constexpr char kOutputInGuest[] = "/run/quiz/output";

/// What the guest's `/` is made of below all layers.
enum class BaseKind {
  host,       ///< the host's own `/`
  directory,  ///< another directory of the host's
  image,      ///< a file system image, on a disk of the machine
};

struct Sharing {
  std::vector<machine::Share> exported;
  std::vector<wire::Export> exports;
  std::vector<wire::Place> layers;  ///< of `/`, topmost first
  std::vector<wire::Mount> mounts;  ///< into it
};

/// A directory of the host's that the guest may write, and where it has it; both absolute.
struct Writable {
  std::filesystem::path directory;
  std::filesystem::path place;
  bool mapped = false;  ///< as machine::Share has it
};

/// One that it may not, as above.
struct Shown {
  std::filesystem::path directory;
  std::filesystem::path place;
  bool copy_on_write = false;
};

struct SharingRequest {
  BaseKind base = BaseKind::host;
  std::filesystem::path base_directory;     ///< with BaseKind::directory, canonical
  std::vector<std::filesystem::path> user;  ///< layers above the modules, topmost first, canonical
  std::vector<std::filesystem::path> system;  ///< layers below the modules
  std::string release;                        ///< of the guest's kernel
  std::filesystem::path modules;     ///< its lib/modules/RELEASE; empty: none but the root's own
  std::filesystem::path directory;   ///< where the program runs
  std::filesystem::path output;      ///< the writable directory; empty: none
  std::vector<Writable> writable{};  ///< further ones, mounted over all else
  std::vector<Shown> shown{};
  /// An empty directory, exported where this run needs no second export or no writable one: so that
  /// all runs of a kernel have the same devices and can go on from the same saved machine. Empty:
  /// not so.
  std::filesystem::path spare;
};

/// What of the host's files a sharing depends on beside the request.
struct SharingFacts {
  std::filesystem::path lib = "/lib";            ///< the host's, without symbolic links
  std::filesystem::path directory;               ///< the request's, without symbolic links
  std::vector<std::filesystem::path> modules{};  ///< those of layers, topmost first
};
SharingFacts look_up_sharing(const SharingRequest& request);

/// Pure.
Sharing make_sharing(const SharingRequest& request, const SharingFacts& facts);
/// With what is there now.
Sharing make_sharing(const SharingRequest& request);

/// The same shares for one who finds the host's files behind `root`: "" or the place of a view.
std::vector<machine::Share> seen_through(const std::string& root,
                                         std::vector<machine::Share> shares);

/// The directories of the host's `/` that no guest sees.
const std::vector<std::filesystem::path>& hidden_directories();
/// In one of these, or one itself; by the names alone.
bool is_hidden(const std::filesystem::path& path);

/// True for a directory below a hidden one that must be shared by itself to be seen: /dev/shm/x,
/// /run/user/1000/x. The guest's own /proc and /sys stay what they are.
bool needs_own_share(const std::filesystem::path& directory);

/// How the caller's directory appears in a guest whose base is not the host's `/`.
enum class DirectoryView {
  own,            ///< the base's own of that name: what lies in /usr, /etc …
  read_only,      ///< the host's
  copy_on_write,  ///< the host's, but programs count on writing there: /tmp
};
DirectoryView directory_view(const std::filesystem::path& directory);

}  // namespace quiz::root
