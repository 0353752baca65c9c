#include "root/workplace.h"

#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <utility>
#include <vector>

#include "base/child.h"
#include "base/error.h"

namespace quiz::root {

namespace fs = std::filesystem;

namespace {

constexpr char kParent[] = "/tmp";
constexpr char kPrefix[] = "quiz-root.";
constexpr char kLock[] = "lock";

/// Also what belongs to the caller's subordinate users: with them mapped as mmdebstrap maps them.
void remove_with_subordinates(const fs::path& directory) {
  std::vector<std::string> words = {"mmdebstrap", "--unshare-helper", "rm", "-rf", "--"};
  const std::size_t fixed = words.size();
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(directory, ignored)) {
    if (entry.path().filename() != kLock) words.push_back(entry.path().string());
  }
  struct stat status = {};
  bool foreign = false;
  for (std::size_t i = fixed; i < words.size(); ++i) {
    foreign = foreign || (::lstat(words[i].c_str(), &status) == 0 && status.st_uid != ::geteuid());
  }
  if (foreign) {
    base::SpawnOptions options;
    options.arguments = words;
    try {
      base::run_and_capture(std::move(options));
    } catch (const base::Error&) {  // no mmdebstrap: then it stays
    }
  }
  base::remove_all_quietly(directory);
}

/// Nobody holds its lock: its build is dead.
void sweep() {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(kParent, ignored)) {
    if (!entry.path().filename().string().starts_with(kPrefix)) continue;
    struct stat status = {};
    if (::lstat(entry.path().c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) continue;
    if (status.st_uid != ::geteuid() || !fs::exists(entry.path() / kLock, ignored)) continue;
    try {
      const auto lock = base::FileLock::try_acquire(entry.path() / kLock);
      if (lock) remove_with_subordinates(entry.path());
    } catch (const base::SystemError&) {  // just removed by another
    }
  }
}

}  // namespace

Workplace::Workplace(fs::path scratch) : path_(std::move(scratch)) {
  if (::geteuid() == 0) return;
  sweep();
  own_.emplace(kParent, kPrefix);
  lock_ = base::FileLock::acquire(own_->path() / kLock);
  path_ = own_->path();
  // They enter, and see only what has a name that they know.
  fs::permissions(path_, fs::perms(0711));
}

Workplace::~Workplace() {
  if (own_) remove_with_subordinates(path_);
}

}  // namespace quiz::root
