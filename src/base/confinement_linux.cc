#include <fcntl.h>
#include <linux/landlock.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/child.h"
#include "base/confinement.h"
#include "base/fd.h"

namespace quiz::base {

namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t kReadFile = LANDLOCK_ACCESS_FS_READ_FILE;
constexpr std::uint64_t kReadDirectory = LANDLOCK_ACCESS_FS_READ_DIR;
constexpr std::uint64_t kWriteInDirectory =
    LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
    LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
    LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |
    LANDLOCK_ACCESS_FS_MAKE_SYM;
// Landlock ABI 2 and 3; the bits are older than some headers.
constexpr std::uint64_t kRefer = std::uint64_t{1} << 13;
constexpr std::uint64_t kTruncate = std::uint64_t{1} << 14;

int landlock_abi() {
  const long version =
      ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  return version > 0 ? static_cast<int>(version) : 0;
}

void allow(int ruleset, const fs::path& path, std::uint64_t access) {
  const Fd target(::open(path.c_str(), O_PATH | O_CLOEXEC));
  if (!target) return;  // what does not exist needs no permission
  struct stat status = {};
  if (::fstat(target.get(), &status) == 0 && !S_ISDIR(status.st_mode)) {
    access &= kReadFile | LANDLOCK_ACCESS_FS_WRITE_FILE | kTruncate;
  }
  landlock_path_beneath_attr rule = {};
  rule.allowed_access = access;
  rule.parent_fd = target.get();
  ::syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
}

bool is_hidden(const ConfinementRequest& request, const fs::path& path) {
  return std::find(request.hidden.begin(), request.hidden.end(), path) != request.hidden.end();
}

/// Read files everywhere but below the hidden directories; list directories everywhere, because
/// Landlock cannot allow the listing of `/` without that of all below it; write only what the
/// request names.
Fd make_ruleset(const ConfinementRequest& request, int abi) {
  landlock_ruleset_attr attributes = {};
  attributes.handled_access_fs = kReadFile | kReadDirectory | kWriteInDirectory;
  if (abi >= 2) attributes.handled_access_fs |= kRefer;
  if (abi >= 3) attributes.handled_access_fs |= kTruncate;
  Fd ruleset(static_cast<int>(
      ::syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes.handled_access_fs, 0)));
  if (!ruleset) return {};
  allow(ruleset.get(), "/", kReadDirectory);
  std::error_code error;
  for (const auto& entry : fs::directory_iterator("/", error)) {
    if (!is_hidden(request, entry.path())) allow(ruleset.get(), entry.path(), kReadFile);
  }
  for (const auto& path : request.readable) allow(ruleset.get(), path, kReadFile);
  for (const auto& path : request.writable) {
    allow(ruleset.get(), path, attributes.handled_access_fs);
  }
  return Fd(::fcntl(ruleset.get(), F_DUPFD_CLOEXEC, kFirstSafeDescriptor));
}

/// In a chroot that is no mount point, the propagation of mounts cannot be cut off below it: what
/// we mounted in a namespace of our own could appear outside. (Unknown before Linux 5.8: then it
/// is.)
bool root_is_a_mount() {
  struct statx status = {};
  if (::statx(AT_FDCWD, "/", 0, STATX_BASIC_STATS, &status) != 0) return false;
  return (status.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT) == 0 ||
         (status.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

bool write_text(const char* path, const char* text, std::size_t size) {
  const int fd = ::open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool done = ::write(fd, text, size) == static_cast<ssize_t>(size);
  ::close(fd);
  return done;
}

}  // namespace

struct Confinement::State {
  Fd ruleset;
  int abi = 0;
  bool mount_namespace = false;
  bool user_namespace = false;
  std::string root = "/";
  std::vector<std::string> covered;  // hidden directories inside the view
  std::string uid_map;
  std::string gid_map;
};

Confinement::Confinement(const ConfinementRequest& request) : state_(std::make_unique<State>()) {
  State& state = *state_;
  state.abi = landlock_abi();
  if (state.abi > 0) state.ruleset = make_ruleset(request, state.abi);
  const bool privileged = ::geteuid() == 0;
  if (!request.view.empty() && root_is_a_mount() && (privileged || !state.ruleset)) {
    state.mount_namespace = true;
    state.user_namespace = !privileged;
    state.root = request.view.string();
    for (const auto& path : request.hidden) state.covered.push_back(state.root + path.string());
    const std::string uid = std::to_string(::geteuid());
    const std::string gid = std::to_string(::getegid());
    state.uid_map = uid + " " + uid + " 1\n";
    state.gid_map = gid + " " + gid + " 1\n";
  }
}

Confinement::~Confinement() = default;

const std::string& Confinement::root() const { return state_->root; }

std::string Confinement::describe() const {
  std::string text;
  if (state_->ruleset) text = "Landlock (version " + std::to_string(state_->abi) + ")";
  if (state_->mount_namespace) {
    if (!text.empty()) text += ", ";
    text += state_->user_namespace ? "user and mount namespace" : "mount namespace";
  }
  return text.empty() ? "none" : text;
}

bool Confinement::effective() const { return state_->ruleset || state_->mount_namespace; }

bool Confinement::hides_owners() const { return state_->user_namespace; }

const char* Confinement::apply() const noexcept {
  const State& state = *state_;
  if (state.mount_namespace) {
    if (::unshare(CLONE_NEWNS | (state.user_namespace ? CLONE_NEWUSER : 0)) != 0) {
      return "make a mount namespace for";
    }
    if (state.user_namespace &&
        (!write_text("/proc/self/setgroups", "deny", 4) ||
         !write_text("/proc/self/uid_map", state.uid_map.data(), state.uid_map.size()) ||
         !write_text("/proc/self/gid_map", state.gid_map.data(), state.gid_map.size()))) {
      return "map the user into the namespace of";
    }
    if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("/", state.root.c_str(), nullptr, MS_BIND | MS_REC, nullptr) != 0) {
      return "bind the view of the file system for";
    }
    for (const std::string& path : state.covered) {
      if (::mount("none", path.c_str(), "tmpfs", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC,
                  "size=4k,mode=755") != 0 &&
          errno != ENOENT && errno != ENOTDIR) {
        return "hide the host's pseudo file systems from";
      }
    }
  }
  if (state.ruleset) {
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        ::syscall(SYS_landlock_restrict_self, state.ruleset.get(), 0) != 0) {
      return "apply Landlock to";
    }
  }
  return nullptr;
}

}  // namespace quiz::base
