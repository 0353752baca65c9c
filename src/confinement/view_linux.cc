#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <sstream>
#include <system_error>

#include "base/below.h"
#include "base/beneath.h"
#include "base/child.h"
#include "base/files.h"
#include "base/pipe.h"
#include "confinement/descriptors.h"
#include "confinement/view.h"

namespace quiz::confinement {

namespace fs = std::filesystem;

namespace {

// Younger than some kernels' headers (Linux 5.12, 5.2).
#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif

constexpr std::size_t kMostExceptions = 64;

/// The field of a line of mountinfo, with its escapes (\040) undone.
std::string unescaped(const std::string& field) {
  std::string text;
  for (std::size_t i = 0; i < field.size(); ++i) {
    if (field[i] == '\\' && i + 3 < field.size()) {
      text += static_cast<char>(std::stoi(field.substr(i + 1, 3), nullptr, 8));
      i += 3;
    } else {
      text += field[i];
    }
  }
  return text;
}

/// Where things are mounted (proc(5), mountinfo).
std::vector<std::string> mount_points() {
  std::vector<std::string> points;
  std::istringstream lines(base::read_file_if_exists("/proc/self/mountinfo").value_or(""));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream fields(line);
    std::string field;
    for (int i = 0; i < 5; ++i) fields >> field;
    if (!field.empty() && field[0] == '/') points.push_back(unescaped(field));
  }
  return points;
}

bool set_attributes(const char* path, std::uint64_t set, std::uint64_t clear,
                    bool recursive) noexcept {
  mount_attr attributes = {};
  attributes.attr_set = set;
  attributes.attr_clr = clear;
  return ::syscall(SYS_mount_setattr, AT_FDCWD, path, recursive ? AT_RECURSIVE : 0, &attributes,
                   sizeof attributes) == 0;
}

/// What of a mount's flags a remount has to repeat: others may not be able to take them off.
unsigned long kept_flags(const char* path) noexcept {
  struct statvfs status = {};
  if (::statvfs(path, &status) != 0) return 0;
  unsigned long flags = 0;
  if ((status.f_flag & ST_NOEXEC) != 0) flags |= MS_NOEXEC;
  if ((status.f_flag & ST_NOATIME) != 0) flags |= MS_NOATIME;
  if ((status.f_flag & ST_NODIRATIME) != 0) flags |= MS_NODIRATIME;
  if ((status.f_flag & ST_RELATIME) != 0) flags |= MS_RELATIME;
  return flags;
}

/// One mount, before Linux 5.12.
bool remount(const char* path, bool read_only) noexcept {
  const unsigned long flags = MS_REMOUNT | MS_BIND | MS_NOSUID | MS_NODEV | kept_flags(path);
  return ::mount(nullptr, path, nullptr, flags | (read_only ? MS_RDONLY : 0), nullptr) == 0;
}

bool make_writable(const char* path) noexcept {
  return set_attributes(path, 0, MOUNT_ATTR_RDONLY, false) ||
         (errno == ENOSYS && remount(path, false));
}

bool bind(int source, const char* target) noexcept {
  std::array<char, 64> from;
  std::snprintf(from.data(), from.size(), "/proc/self/fd/%d", source);
  return ::mount(from.data(), target, nullptr, MS_BIND | MS_REC, nullptr) == 0;
}

/// All directories above `path`, then it itself, with what `path` is: for mkdir one by one.
struct Place {
  std::vector<std::string> directories;
  std::string path;
  bool is_directory = true;
};

void make_place(const Place& place) noexcept {
  for (const std::string& directory : place.directories) ::mkdir(directory.c_str(), 0755);
  if (place.is_directory) ::mkdir(place.path.c_str(), 0755);
  if (!place.is_directory) ::mknod(place.path.c_str(), S_IFREG | 0644, 0);
}

struct Exception {
  std::string source;
  Place target;
  bool covered = false;
  bool writable = false;
};

/// What an exception is for.
enum class Access { shown, kept_read_only, writable };

struct Cover {
  std::string path;
  bool is_directory = true;
  bool shown_again = false;  // by an exception that it lies in
};

/// What lies in the host's `/`.
struct Entry {
  std::string source;
  std::string target;
  std::string link;  // where it leads, if it is a symbolic link
  bool is_directory = true;
  bool hidden = false;
};

}  // namespace

struct ViewPlan::State {
  std::string root;
  std::string empty_file;
  std::vector<Entry> entries;
  std::vector<std::string> mounts;  // below the root, outermost first
  std::vector<Cover> covers;
  std::vector<Exception> exceptions;
  bool descriptors = false;
  Place own_descriptors;

  void add_entries(const std::vector<fs::path>& hidden);
  void add_covers(const std::vector<fs::path>& hidden);
  void add_exception(const fs::path& path, Access access, const std::vector<fs::path>& hidden);

  const char* show_entries() const noexcept;
  bool make_read_only(const std::string& target) const noexcept;
  const char* cover_all(int empty, bool again) const noexcept;
  const char* show_descriptors() const noexcept;
  const char* show(const Exception& exception, int source) const noexcept;
};

void ViewPlan::State::add_entries(const std::vector<fs::path>& hidden) {
  std::error_code error;
  for (fs::directory_iterator item("/", error), end; !error && item != end; item.increment(error)) {
    std::error_code ignored;
    const fs::file_status status = item->symlink_status(ignored);
    Entry entry;
    entry.source = item->path().string();
    entry.target = root + entry.source;
    if (fs::is_symlink(status)) entry.link = fs::read_symlink(item->path(), ignored).string();
    entry.is_directory = fs::is_directory(status);
    entry.hidden = std::find(hidden.begin(), hidden.end(), item->path()) != hidden.end();
    entries.push_back(std::move(entry));
  }
}

/// Those in `/` itself are simply left empty. The outermost first: what lies in another is covered
/// with it.
void ViewPlan::State::add_covers(const std::vector<fs::path>& hidden) {
  std::error_code error;
  for (const fs::path& path : hidden) {
    const fs::file_status status = fs::symlink_status(path, error);
    if (!fs::exists(status) || fs::is_symlink(status) || path.parent_path() == "/") continue;
    covers.push_back({root + path.string(), fs::is_directory(status)});
  }
  std::sort(covers.begin(), covers.end(),
            [](const Cover& one, const Cover& other) { return one.path < other.path; });
}

void ViewPlan::State::add_exception(const fs::path& path, Access access,
                                    const std::vector<fs::path>& hidden) {
  std::error_code error;
  const fs::path real = access == Access::writable ? path : fs::weakly_canonical(path, error);
  const bool covered = std::any_of(hidden.begin(), hidden.end(), [&](const fs::path& other) {
    return base::is_below(real, other);
  });
  if (error || !fs::exists(real, error) || (!covered && access == Access::shown)) return;
  Exception exception;
  exception.source = real.string();
  exception.covered = covered;
  exception.writable = access == Access::writable;
  exception.target.path = root + exception.source;
  exception.target.is_directory = fs::is_directory(real, error);
  for (fs::path at = real.parent_path(); at.has_relative_path(); at = at.parent_path()) {
    exception.target.directories.push_back(root + at.string());
  }
  std::reverse(exception.target.directories.begin(), exception.target.directories.end());
  for (Cover& cover : covers) {
    if (cover.path != exception.target.path && base::is_below(cover.path, exception.target.path)) {
      cover.shown_again = true;
    }
  }
  exceptions.push_back(std::move(exception));
}

ViewPlan::ViewPlan(const ViewRequest& request) : state_(std::make_unique<State>()) {
  State& state = *state_;
  state.root = request.mount_point.string();
  state.empty_file = (request.mount_point.parent_path() / "empty-file").string();
  state.descriptors = request.descriptors;
  state.own_descriptors = {{state.root + "/proc", state.root + "/proc/self"},
                           state.root + "/proc/self/fd"};
  for (const std::string& point : mount_points()) {
    if (point != "/") state.mounts.push_back(state.root + point);
  }
  state.add_entries(request.hidden);
  state.add_covers(request.hidden);
  // What is writable first, and what in it is not: of those there are few, and none may be missing.
  const auto add = [&](const std::vector<fs::path>& paths, Access access) {
    for (const fs::path& path : paths) state.add_exception(path, access, request.hidden);
  };
  add(request.writable, Access::writable);
  add(request.read_only, Access::kept_read_only);
  add(request.readable, Access::shown);
  if (state.exceptions.size() > kMostExceptions) state.exceptions.resize(kMostExceptions);
  // A directory within another comes later, or it would be hidden by it.
  std::stable_sort(state.exceptions.begin(), state.exceptions.end(),
                   [](const Exception& one, const Exception& other) {
                     return one.source.size() < other.source.size();
                   });
}

ViewPlan::~ViewPlan() = default;
ViewPlan::ViewPlan(ViewPlan&&) noexcept = default;
ViewPlan& ViewPlan::operator=(ViewPlan&&) noexcept = default;

/// Whatever is mounted there and below.
bool ViewPlan::State::make_read_only(const std::string& target) const noexcept {
  constexpr std::uint64_t kSafe = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
  if (set_attributes(target.c_str(), kSafe, 0, true)) return true;
  if (errno != ENOSYS || !remount(target.c_str(), true)) return false;
  for (const std::string& point : mounts) {
    const bool inside = point.compare(0, target.size(), target) == 0 &&
                        (point.size() == target.size() || point[target.size()] == '/');
    // A mount point that lies under another mount is out of sight, and may not be there.
    if (inside && !remount(point.c_str(), true) && errno != ENOENT && errno != EINVAL &&
        errno != EACCES) {
      return false;
    }
  }
  return true;
}

/// What cannot be shown is not there.
const char* ViewPlan::State::show_entries() const noexcept {
  for (const Entry& entry : entries) {
    const char* const target = entry.target.c_str();
    if (!entry.link.empty()) {
      ::symlink(entry.link.c_str(), target);
      continue;
    }
    if (entry.is_directory) ::mkdir(target, 0755);
    if (!entry.is_directory) ::mknod(target, S_IFREG | 0644, 0);
    if (entry.hidden ||
        ::mount(entry.source.c_str(), target, nullptr, MS_BIND | MS_REC, nullptr) != 0) {
      continue;
    }
    if (!make_read_only(entry.target)) return "make read-only the view of the file system for";
  }
  return nullptr;
}

const char* ViewPlan::State::cover_all(int empty, bool again) const noexcept {
  for (const Cover& cover : covers) {
    if (again && !cover.shown_again) continue;
    // An empty one, which nobody can write to, in the place of each.
    const bool done = cover.is_directory
                          ? ::mount("none", cover.path.c_str(), "tmpfs",
                                    MS_NOSUID | MS_NODEV | MS_NOEXEC, "size=64k,mode=755") == 0
                          : empty >= 0 && bind(empty, cover.path.c_str());
    const bool missing = !done && ::access(cover.path.c_str(), F_OK) != 0;
    if (!done && !missing) return "hide what is to be hidden from";
  }
  return nullptr;
}

/// A proc of its own would not be had everywhere (where /proc is masked, none can be mounted), and
/// tell the guest more: QEMU's memory map.
const char* ViewPlan::State::show_descriptors() const noexcept {
  if (!descriptors) return nullptr;
  make_place(own_descriptors);
  const bool done =
      ::mount("/proc/self/fd", own_descriptors.path.c_str(), nullptr, MS_BIND, nullptr) == 0;
  return done ? nullptr : "show its own descriptors to";
}

const char* ViewPlan::State::show(const Exception& exception, int source) const noexcept {
  const char* const problem = "show what is to be shown to";
  const char* const target = exception.target.path.c_str();
  if (exception.covered) make_place(exception.target);  // only there can be made what is missing
  if (!bind(source, target) || !make_read_only(exception.target.path)) return problem;
  return !exception.writable || make_writable(target) ? nullptr : problem;
}

const char* ViewPlan::make() const noexcept {
  const State& state = *state_;
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
    return "separate the mounts of";
  }
  const int empty = ::open(state.empty_file.c_str(), O_PATH | O_CLOEXEC);
  std::array<int, kMostExceptions> sources;
  for (std::size_t i = 0; i < state.exceptions.size(); ++i) {
    const Exception& exception = state.exceptions[i];
    sources[i] = exception.writable ? base::open_itself(exception.source.c_str(), O_PATH)
                                    : ::open(exception.source.c_str(), O_PATH | O_CLOEXEC);
  }
  if (::mount("none", state.root.c_str(), "tmpfs", MS_NOSUID | MS_NODEV, "size=256k,mode=755") !=
      0) {
    return "make the view of the file system for";
  }
  if (const char* const problem = state.show_entries()) return problem;
  if (const char* const problem = state.cover_all(empty, false)) return problem;
  if (const char* const problem = state.show_descriptors()) return problem;
  for (std::size_t i = 0; i < state.exceptions.size(); ++i) {
    if (sources[i] < 0) continue;
    if (const char* const problem = state.show(state.exceptions[i], sources[i])) return problem;
    ::close(sources[i]);
  }
  if (const char* const problem = state.cover_all(empty, true)) return problem;
  if (empty >= 0) ::close(empty);
  for (const Cover& cover : state.covers) {
    if (!cover.is_directory) continue;
    if (!set_attributes(cover.path.c_str(), MOUNT_ATTR_RDONLY, 0, false) && errno == ENOSYS) {
      remount(cover.path.c_str(), true);
    }
  }
  const char* const root = state.root.c_str();
  const bool done =
      set_attributes(root, MOUNT_ATTR_RDONLY, 0, false) || (errno == ENOSYS && remount(root, true));
  return done ? nullptr : "make read-only the view of the file system for";
}

const char* ViewPlan::enter() const noexcept {
  const bool done = ::chdir(state_->root.c_str()) == 0 &&
                    ::syscall(SYS_pivot_root, ".", ".") == 0 && ::umount2(".", MNT_DETACH) == 0 &&
                    ::chdir("/") == 0;
  return done ? nullptr : "enter the view of the file system for";
}

// --- user namespaces ----------------------------------------------------------------------------

namespace {

bool write_text(const char* path, std::string_view text) noexcept {
  const int fd = ::open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool done = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  ::close(fd);
  return done;
}

std::string mapped_to_itself(unsigned id) {
  return std::to_string(id) + " " + std::to_string(id) + " 1\n";
}

}  // namespace

IdentityMap::IdentityMap()
    : user_(mapped_to_itself(::geteuid())), group_(mapped_to_itself(::getegid())) {}

const char* IdentityMap::write() const noexcept {
  const bool done = write_text("/proc/self/setgroups", "deny") &&
                    write_text("/proc/self/uid_map", user_) &&
                    write_text("/proc/self/gid_map", group_);
  return done ? nullptr : "map the user into the namespace of";
}

std::optional<HeldView> hold_view(const ViewPlan& plan) {
  const IdentityMap map;
  base::SocketPair channel = base::make_socket_pair();
  const pid_t pid = base::clone_process(CLONE_NEWUSER | CLONE_NEWNS);
  if (pid < 0) return std::nullopt;
  if (pid == 0) {
    std::array<int, 2> held = {-1, -1};
    if (map.write() == nullptr && plan.make() == nullptr) {
      held[1] = ::open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
      // It becomes the root of its namespace: nothing lies above it.
      if (plan.enter() == nullptr) held[0] = ::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    }
    const bool done = held[0] >= 0 && held[1] >= 0 &&
                      send_descriptors(channel.second.get(), held.data(), held.size());
    ::_exit(done ? 0 : 1);
  }
  channel.second.reset();
  std::array<int, 2> held = {-1, -1};
  const std::size_t count = receive_descriptors(channel.first.get(), held.data(), held.size());
  while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) continue;
  HeldView view{base::Fd(held[0]), base::Fd(held[1])};
  if (count != held.size()) return std::nullopt;
  return view;
}

bool in_container() {
  const std::string profile =
      base::read_file_if_exists("/proc/self/attr/apparmor/current").value_or("unconfined");
  return ::prctl(PR_GET_SECCOMP) > 0 || !profile.starts_with("unconfined");
}

bool can_enter_view(const ViewPlan& plan, unsigned long name_spaces) {
  const IdentityMap map;
  const pid_t pid = base::clone_process(name_spaces);
  if (pid < 0) return false;
  if (pid == 0) {
    const bool mapped = (name_spaces & CLONE_NEWUSER) == 0 || map.write() == nullptr;
    ::_exit(mapped && plan.make() == nullptr && plan.enter() == nullptr ? 0 : 1);
  }
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool root_is_a_mount() {
  struct statx status = {};
  if (::statx(AT_FDCWD, "/", 0, STATX_BASIC_STATS, &status) != 0) return false;
  return (status.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT) == 0 ||
         (status.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

}  // namespace quiz::confinement
