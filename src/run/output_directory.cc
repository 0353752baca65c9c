#include "run/output_directory.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>

#include "base/beneath.h"
#include "base/error.h"
#include "base/files.h"
#include "base/printable.h"

namespace quiz::run {

namespace fs = std::filesystem;

namespace {

constexpr std::array<const char*, 2> kAccessLists = {"system.posix_acl_access",
                                                     "system.posix_acl_default"};

/// Empty where there is none.
std::array<std::string, 2> access_lists(const base::Fd& directory) {
  std::array<std::string, 2> lists;
  for (std::size_t i = 0; i < lists.size(); ++i) {
    std::string value(4096, '\0');
    const ssize_t size = ::fgetxattr(directory.get(), kAccessLists[i], value.data(), value.size());
    if (size > 0) lists[i] = value.substr(0, static_cast<std::size_t>(size));
  }
  return lists;
}

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr std::uint64_t kLeastSize = 4096;
/// A look holds the streams of the run up for no longer, and all looks take little of the time.
constexpr auto kSlice = 4ms;
constexpr auto kBetweenSlices = 20ms;
constexpr std::chrono::milliseconds kBetweenWalks = 250ms;
constexpr std::chrono::milliseconds kLongestRest = 30s;
constexpr int kRestForWork = 20;
constexpr mode_t kMode = 07777;  // without the type
constexpr mode_t kPermissions = 0777;
constexpr mode_t kSetId = S_ISUID | S_ISGID;

/// Names for a sentence: the first few of them, since a guest can make a million.
class Names {
 public:
  void add(const std::string& text) {
    constexpr std::size_t kShown = 5;
    ++count_;
    shown_.insert(text);
    if (shown_.size() > kShown) shown_.erase(std::prev(shown_.end()));
  }
  void add(const fs::path& path) { add(base::quoted(path.string())); }
  void tell(std::vector<std::string>& sentences, const std::string& what) const {
    if (count_ == 0) return;
    const std::string number = count_ == 1 ? "" : fmt::format(" ({} in all)", count_);
    sentences.push_back(fmt::format("{}: {}{}", what, fmt::join(shown_, ", "), number));
  }

 private:
  std::size_t count_ = 0;
  std::set<std::string> shown_;
};

bool has_control_characters(std::string_view name) {
  for (std::size_t at = 0; at < name.size(); ++at) {
    const auto byte = static_cast<unsigned char>(name[at]);
    if (byte < 0x20 || byte == 0x7f) return true;
    // U+0080 to U+009F in UTF-8.
    const bool c1 =
        byte == 0xc2 && at + 1 < name.size() && static_cast<unsigned char>(name[at + 1]) < 0xa0;
    if (c1) return true;
  }
  return false;
}

/// Whether a link that lies so many directories deep may lead out, by its words alone: what is
/// dangling now may be made later. A ".." behind a name might begin at a link's end.
bool climbs_out(const fs::path& target, std::size_t depth) {
  if (target.is_absolute()) return true;
  std::size_t up = 0;
  bool down = false;
  for (const fs::path& part : target) {
    if (part != "..") {
      down = down || part != ".";
    } else if (down || ++up > depth) {
      return true;
    }
  }
  return false;
}

/// In the guest the directory has another name: a link to somewhere in it, as the host can use it.
std::optional<fs::path> translated(const fs::path& target, const fs::path& place,
                                   std::size_t depth) {
  const std::string prefix = place.string() + "/";
  const std::string text = target.string();
  if (!text.starts_with(prefix)) return std::nullopt;
  fs::path result;
  for (std::size_t up = 0; up < depth; ++up) result /= "..";
  result /= fs::path(text.substr(prefix.size())).relative_path();
  return climbs_out(result, depth) ? std::nullopt : std::optional(result);
}

std::optional<fs::path> target_of(const WalkEntry& link) {
  char target[PATH_MAX];
  const ssize_t size = ::readlinkat(link.directory, link.name.c_str(), target, sizeof target);
  if (size <= 0) return std::nullopt;
  return fs::path(std::string(target, static_cast<std::size_t>(size)));
}

/// Whatever the guest did to a directory, its owner can look into it.
mode_t open_to_owner(mode_t mode) {
  constexpr mode_t kNeeded = S_IRUSR | S_IXUSR;
  return (mode & kNeeded) == kNeeded ? mode : mode | S_IRWXU;
}

/// Also where the guest made the directory read-only.
bool remove_entry(const WalkEntry& entry) {
  if (::unlinkat(entry.directory, entry.name.c_str(), 0) == 0) return true;
  if (errno != EACCES) return false;
  const mode_t mode = base::open_status(entry.directory).mode & kMode;
  if (::fchmod(entry.directory, mode | S_IWUSR) != 0) return false;
  const bool removed = ::unlinkat(entry.directory, entry.name.c_str(), 0) == 0;
  ::fchmod(entry.directory, mode);
  return removed;
}

bool is_set_id(const base::EntryStatus& status) {
  return S_ISREG(status.mode) && (status.mode & kSetId) != 0;
}

}  // namespace

/// What is found, for take() to tell.
struct OutputDirectory::Findings {
  Count count;
  bool too_deep = false;
  std::vector<bool> in_changed;  ///< of the directories that the walk is in: it or one above it was
  Names removed, links, other_links, set_id, names, closed, failed, settings;

  std::vector<std::string> describe(const std::string& directory) const {
    std::vector<std::string> all;
    removed.tell(all, "removed devices, sockets or FIFOs from " + directory);
    links.tell(all, "removed symbolic links that lead out of " + directory);
    other_links.tell(all, "there are symbolic links that lead out of " + directory);
    set_id.tell(all, "took the set-id bits of files in " + directory);
    names.tell(all, "there are names with control characters in " + directory);
    closed.tell(
        all, "did not look into directories of " + directory + ", which are closed to others now");
    failed.tell(all, "cannot make harmless what the guest left in " + directory);
    settings.tell(
        all, "the guest may have made or changed what quiz follows when it runs in " + directory);
    return all;
  }
};

void OutputDirectory::Count::add(const base::EntryStatus& status) {
  if (S_ISREG(status.mode) && status.links > 1 &&
      !linked.emplace(status.device, status.inode).second) {
    return;
  }
  const bool has_size = S_ISREG(status.mode);
  size += std::max({kLeastSize, status.disk_size, has_size ? status.size : 0});
}

OutputDirectory::OutputDirectory(Writable directory, std::uint64_t limit)
    : directory_(std::move(directory)), limit_(limit), findings_(std::make_unique<Findings>()) {
  const fs::path& path = directory_.path;
  base::with_note(fmt::format("while preparing the writable directory {}", path.string()), [&] {
    std::error_code ignored;
    if (!directory_.shared && !fs::is_directory(path, ignored)) {
      base::make_directories(path);
      made_ = true;
    }
    constexpr int kFlags = O_RDONLY | O_DIRECTORY | O_NONBLOCK;
    top_ = directory_.shared ? base::Fd(base::open_itself(path.c_str(), kFlags))
                             : base::open_directory(path);
    if (!top_) throw base::SystemError("it is no longer what it was when it was looked at");
    before_ = base::open_status(top_.get());
    lists_before_ = access_lists(top_);
    begin_ = base::time_in(top_.get());
  });
}

OutputDirectory::~OutputDirectory() {
  try {
    take();
  } catch (const std::exception&) {  // destructors never throw
  }
  if (made_) ::rmdir(directory_.path.c_str());
}

bool OutputDirectory::changed(const base::EntryStatus& status) const {
  return base::compare_times(status.changed, begin_) >= 0;
}

bool OutputDirectory::made(const base::EntryStatus& status) const {
  // The guest makes files for the caller alone.
  if (directory_.shared && status.user != ::geteuid()) return false;
  if (status.born) return base::compare_times(*status.born, begin_) >= 0;
  // A file with another name somewhere may be anybody's.
  return changed(status) && (S_ISDIR(status.mode) || status.links == 1);
}

std::string OutputDirectory::too_much(const Count& count, bool too_deep) const {
  if (limit_ == 0) return {};
  if (count.size > limit_) {
    return fmt::format(
        "what the machine put into {} is more than {} MiB (--output-limit; a file that it changed "
        "counts "
        "whole)",
        directory_.path.string(), limit_ >> 20);
  }
  if (too_deep) {
    return fmt::format("the machine nested directories more than {} deep in {}", TreeWalk::kDeepest,
                       directory_.path.string());
  }
  return {};
}

/// False if what lies there cannot be counted.
bool OutputDirectory::look_at(const WalkEntry& entry) {
  const bool is_directory = S_ISDIR(entry.status.mode);
  if (changed(entry.status)) {
    if (limit_ != 0) count_.add(entry.status);
    // Not even while the machine runs shall others find one.
    if (is_set_id(entry.status)) take_bits(entry, *findings_);
    const mode_t mode = entry.status.mode & kMode;
    if (is_directory && open_to_owner(mode) != mode) {
      base::change_mode(entry.directory, entry.name, open_to_owner(mode));
    }
  }
  return !is_directory || walk_->enter(entry) || entry.depth + 1 < TreeWalk::kDeepest;
}

/// False if it cannot be looked into now.
bool OutputDirectory::begin_walk() {
  const mode_t mode = base::open_status(top_.get()).mode & kMode;
  if (open_to_owner(mode) != mode) ::fchmod(top_.get(), open_to_owner(mode));
  try {
    walk_.emplace(top_.get());
  } catch (const base::Error&) {
    return false;
  }
  count_ = {};
  spent_ = {};
  return true;
}

/// Settings that later runs there follow, and that the guest may have had a hand in.
bool OutputDirectory::is_followed(const WalkEntry& entry) const {
  if (entry.name != ".quiz" && entry.name != ".quiz.toml") return false;
  const auto& kept = directory_.kept;
  return changed(entry.status) &&
         std::find(kept.begin(), kept.end(), directory_.path / entry.path) == kept.end();
}

relay::OutputLook OutputDirectory::look() {
  const auto begin = steady_clock::now();
  const auto spent = [&] { return steady_clock::now() - begin; };
  if (!walk_ && !begin_walk()) return {{}, kBetweenWalks};
  while (const auto entry = walk_->next()) {
    const bool countable = look_at(*entry);
    if (std::string complaint = too_much(count_, !countable); !complaint.empty()) {
      return {std::move(complaint), kBetweenWalks};
    }
    if (spent() < kSlice) continue;
    spent_ += spent();
    return {{}, kBetweenSlices};
  }
  walk_.reset();
  spent_ += spent();
  const auto rest = std::chrono::duration_cast<std::chrono::milliseconds>(spent_ * kRestForWork);
  return {{}, std::clamp(rest, kBetweenWalks, kLongestRest)};
}

std::vector<std::string> OutputDirectory::take() {
  if (std::exchange(taken_, true)) return {};
  walk_.reset();
  restore_top();
  TreeWalk walk(top_.get());
  while (const auto entry = walk.next()) take_entry(walk, *entry, *findings_);
  complaint_ = too_much(findings_->count, findings_->too_deep);
  return findings_->describe(directory_.path.string());
}

/// The directory itself is the caller's: it gets back what it had.
void OutputDirectory::restore_top() const {
  const base::EntryStatus now = base::open_status(top_.get());
  if (now.user != before_.user || now.group != before_.group) {
    (void)!::fchown(top_.get(), before_.user, before_.group);
  }
  const auto lists = access_lists(top_);
  for (std::size_t i = 0; i < lists.size(); ++i) {
    if (lists[i] == lists_before_[i]) continue;
    if (lists_before_[i].empty()) {
      ::fremovexattr(top_.get(), kAccessLists[i]);
    } else {
      ::fsetxattr(top_.get(), kAccessLists[i], lists_before_[i].data(), lists_before_[i].size(), 0);
    }
  }
  if (now.mode != before_.mode) ::fchmod(top_.get(), before_.mode & kMode);
}

void OutputDirectory::take_entry(TreeWalk& walk, const WalkEntry& entry, Findings& findings) const {
  const mode_t type = entry.status.mode & S_IFMT;
  if (changed(entry.status)) {
    if (limit_ != 0) findings.count.add(entry.status);
    if (has_control_characters(entry.name)) findings.names.add(entry.path);
  }
  if (is_followed(entry)) findings.settings.add(entry.path);
  if (type == S_IFDIR) return take_directory(walk, entry, findings);
  if (type == S_IFLNK) return take_link(entry, findings);
  if (type == S_IFREG) {
    take_bits(entry, findings);
    return take_owner(entry, findings);
  }
  if (!made(entry.status)) return;
  (remove_entry(entry) ? findings.removed : findings.failed).add(entry.path);
}

void OutputDirectory::take_directory(TreeWalk& walk, const WalkEntry& entry,
                                     Findings& findings) const {
  const bool above = entry.depth > 0 && findings.in_changed[entry.depth - 1];
  findings.in_changed.resize(entry.depth);
  findings.in_changed.push_back(above || changed(entry.status));
  const mode_t mode = entry.status.mode & kMode;
  mode_t wanted = changed(entry.status) ? open_to_owner(mode) : mode;
  if (made(entry.status)) {
    take_owner(entry, findings);
    // Where a directory hands its group down, so do those in it.
    wanted &= kPermissions | (base::open_status(entry.directory).mode & S_ISGID);
  }
  if (wanted != mode && !base::change_mode(entry.directory, entry.name, wanted)) {
    findings.failed.add(entry.path);
  }
  if (walk.enter(entry)) return;
  findings.too_deep = findings.too_deep || entry.depth + 1 >= TreeWalk::kDeepest;
  if (!changed(entry.status)) return;
  // Nobody else reaches what is in it.
  base::change_mode(entry.directory, entry.name, S_IRWXU);
  findings.closed.add(entry.path);
}

void OutputDirectory::take_link(const WalkEntry& entry, Findings& findings) const {
  const auto target = target_of(entry);
  if (!target) return;
  if (!changed(entry.status)) {
    // The guest may have moved a directory that it lies in.
    const bool moved = entry.depth > 0 && findings.in_changed[entry.depth - 1];
    if (moved && target->is_relative() && climbs_out(*target, entry.depth)) {
      findings.other_links.add(entry.path);
    }
    return;
  }
  const auto better = translated(*target, directory_.place, entry.depth);
  if (better && remove_entry(entry) &&
      ::symlinkat(better->c_str(), entry.directory, entry.name.c_str()) != 0) {
    return findings.links.add(entry.path);
  }
  if (climbs_out(better.value_or(*target), entry.depth) ||
      base::leads_out(top_.get(), entry.path)) {
    (remove_entry(entry) ? findings.links : findings.failed)
        .add(base::quoted(entry.path.string()) + " -> " + base::quoted(target->string()));
    return;
  }
  if (!better) take_owner(entry, findings);
}

void OutputDirectory::take_bits(const WalkEntry& entry, Findings& findings) const {
  if (!changed(entry.status)) return;
  if (::geteuid() == 0) base::drop_capabilities(entry.directory, entry.name);
  const mode_t mode = entry.status.mode & kMode;
  if ((mode & ~kPermissions) == 0) return;
  if (!base::change_mode(entry.directory, entry.name, mode & kPermissions)) {
    findings.failed.add(entry.path);
  } else if ((mode & kSetId) != 0) {
    findings.set_id.add(entry.path);
  }
}

void OutputDirectory::take_owner(const WalkEntry& entry, Findings& findings) const {
  if (!made(entry.status)) return;
  const uid_t user = ::geteuid();
  const base::EntryStatus above = base::open_status(entry.directory);
  const gid_t group = (above.mode & S_ISGID) != 0 ? above.group : ::getegid();
  if (entry.status.user == user && entry.status.group == group) return;
  const bool done = base::change_owner(entry.directory, entry.name, user, group);
  // Some file systems know no owners: nobody could change them there.
  if (!done && user == 0 && entry.status.user != user) findings.failed.add(entry.path);
}

}  // namespace quiz::run
