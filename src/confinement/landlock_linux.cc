#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <system_error>

#include "base/below.h"
#include "base/beneath.h"
#include "base/child.h"
#include "confinement/landlock.h"

namespace quiz::confinement {

namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t kReadFile = LANDLOCK_ACCESS_FS_READ_FILE;
constexpr std::uint64_t kReadDirectory = LANDLOCK_ACCESS_FS_READ_DIR;
constexpr std::uint64_t kWriteInDirectory =
    LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
    LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
    LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |
    LANDLOCK_ACCESS_FS_MAKE_SYM;
// What later versions added; the headers may be older.
constexpr std::uint64_t kRefer = std::uint64_t{1} << 13;     // 2
constexpr std::uint64_t kTruncate = std::uint64_t{1} << 14;  // 3
constexpr std::uint64_t kControl = std::uint64_t{1} << 15;   // 5: ioctl on devices
constexpr std::uint64_t kBindTcp = std::uint64_t{1} << 0;    // 4
constexpr std::uint64_t kConnectTcp = std::uint64_t{1} << 1;
constexpr std::uint64_t kAbstractSockets = std::uint64_t{1} << 0;  // 6
constexpr std::uint64_t kSignals = std::uint64_t{1} << 1;

struct Attributes {
  std::uint64_t files = 0;
  std::uint64_t network = 0;
  std::uint64_t scoped = 0;
};

std::size_t size_of(int version) {
  if (version < 4) return offsetof(Attributes, network);
  return version < 6 ? offsetof(Attributes, scoped) : sizeof(Attributes);
}

class Ruleset {
 public:
  explicit Ruleset(const Attributes& attributes, int version)
      : handled_(attributes.files),
        fd_(static_cast<int>(
            ::syscall(SYS_landlock_create_ruleset, &attributes, size_of(version), 0))) {}

  explicit operator bool() const { return static_cast<bool>(fd_); }

  void allow(const fs::path& path, std::uint64_t access) {
    allow(base::Fd(::open(path.c_str(), O_PATH | O_CLOEXEC)), access);
  }

  void allow(const base::Fd& target, std::uint64_t access) {
    if (!target) return;  // what does not exist needs no permission
    struct stat status = {};
    if (::fstat(target.get(), &status) == 0 && !S_ISDIR(status.st_mode)) {
      access &= kReadFile | LANDLOCK_ACCESS_FS_WRITE_FILE | kTruncate | kControl;
    }
    landlock_path_beneath_attr rule = {};
    rule.allowed_access = access & handled_;
    rule.parent_fd = target.get();
    ::syscall(SYS_landlock_add_rule, fd_.get(), LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
  }

  /// Above whatever number the child is to see.
  base::Fd take() const {
    return base::Fd(::fcntl(fd_.get(), F_DUPFD_CLOEXEC, base::kFirstSafeDescriptor));
  }

 private:
  std::uint64_t handled_;
  base::Fd fd_;
};

/// What lies in a directory but for what is hidden there: Landlock only knows what is allowed. What
/// comes into it later is not.
void allow_but(Ruleset& ruleset, const fs::path& path, const std::vector<fs::path>& hidden,
               std::uint64_t access) {
  const auto is = [&](const fs::path& other) { return other == path; };
  const auto lies_in = [&](const fs::path& other) { return base::is_below(other, path); };
  if (std::any_of(hidden.begin(), hidden.end(), is)) return;
  if (std::none_of(hidden.begin(), hidden.end(), lies_in)) return ruleset.allow(path, access);
  std::error_code error;
  for (fs::directory_iterator item(path, error), end; !error && item != end;
       item.increment(error)) {
    if (!item->is_symlink(error)) allow_but(ruleset, item->path(), hidden, access);
  }
}

}  // namespace

int landlock_version() {
  const long version =
      ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  return version > 0 ? static_cast<int>(version) : 0;
}

base::Fd make_ruleset(const LandlockRequest& request, int version) {
  Attributes attributes;
  attributes.files = kReadFile | kReadDirectory | kWriteInDirectory;
  if (version >= 2) attributes.files |= kRefer;
  if (version >= 3) attributes.files |= kTruncate;
  if (version >= 5) attributes.files |= kControl;
  if (version >= 4 && !request.network) attributes.network = kBindTcp | kConnectTcp;
  if (version >= 6) attributes.scoped = kAbstractSockets | kSignals;
  Ruleset ruleset(attributes, version);
  if (!ruleset) return {};
  if (request.lists_all) ruleset.allow("/", kReadDirectory);
  for (const fs::path& path : request.readable) {
    // An exception below what is hidden is named itself.
    std::vector<fs::path> hidden;
    for (const fs::path& other : request.hidden) {
      if (other != path && base::is_below(other, path)) hidden.push_back(other);
    }
    allow_but(ruleset, path, hidden, kReadFile | kReadDirectory);
  }
  for (const fs::path& path : request.writable) {
    ruleset.allow(base::Fd(base::open_itself(path.c_str(), O_PATH)), attributes.files);
  }
  return ruleset.take();
}

bool allow_reading(int ruleset, int directory) noexcept {
  landlock_path_beneath_attr rule = {};
  rule.allowed_access = kReadFile | kReadDirectory;
  rule.parent_fd = directory;
  return ::syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
}

}  // namespace quiz::confinement
