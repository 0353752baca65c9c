#include "build/entry_store.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <ctime>

#include "base/error.h"
#include "base/nearest.h"

namespace quiz::build {

namespace {

constexpr const char* kLock = ".lock";
constexpr const char* kDraftPrefix = ".tmp-";

void sync_file_system(const fs::path& directory) {
  const base::Fd fd = base::open_file(directory, O_RDONLY | O_DIRECTORY);
  if (::syncfs(fd.get()) != 0) throw base::SystemError("cannot write to " + directory.string());
}

/// Two directories swap their names in one step.
void exchange(const fs::path& a, const fs::path& b) {
  if (::renameat2(AT_FDCWD, a.c_str(), AT_FDCWD, b.c_str(), RENAME_EXCHANGE) != 0) {
    throw base::SystemError("cannot replace " + b.string());
  }
}

/// Has the maker of this draft gone? One who is just removing it has not.
bool is_abandoned(const fs::path& draft) {
  try {
    return base::FileLock::try_acquire(draft / kLock).has_value();
  } catch (const base::SystemError& error) {
    if (error.error_number() == ENOENT) return false;
    throw;
  }
}

}  // namespace

std::vector<std::string> EntryStore::names() const {
  std::vector<std::string> result;
  std::error_code error;
  for (const auto& item : fs::directory_iterator(directory_, error)) {
    const std::string name = item.path().filename().string();
    if (!name.starts_with('.')) result.push_back(name);
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    throw base::SystemError("cannot read the " + kind_ + " store " + directory_.string(),
                            error.value(), "check the permissions of the directory");
  }
  std::sort(result.begin(), result.end());
  return result;
}

fs::path EntryStore::find(const std::string& name) const {
  const bool is_name = !name.empty() && name[0] != '.' && name.find('/') == std::string::npos;
  std::error_code ignored;
  return is_name && fs::is_directory(directory_ / name, ignored) ? directory_ / name : fs::path();
}

void EntryStore::remove(const std::string& name) {
  const fs::path entry = find(name);
  if (entry.empty()) {
    const auto near = base::nearest(name, names());
    throw base::Error(
        "there is no " + kind_ + " '" + name + "' in the store",
        near ? "did you mean " + *near + "?" : "`quiz " + kind_ + " list` shows what there is");
  }
  const Draft grave = begin();
  if (::rename(entry.c_str(), (grave.path() / name).c_str()) != 0) {
    throw base::SystemError("cannot remove " + entry.string());
  }
}

EntryStore::Draft EntryStore::begin() {
  try {
    base::make_directories(directory_);
    const auto lock = base::FileLock::acquire(directory_ / kLock);
    sweep();
    base::TempDir directory(directory_, kDraftPrefix);
    auto draft_lock = base::FileLock::acquire(directory.path() / kLock);
    return {std::move(directory), std::move(draft_lock)};
  } catch (const base::SystemError& error) {
    throw base::Error("the " + kind_ + " store cannot be written: " + error.message(),
                      "XDG_DATA_HOME must be a directory that you may write; now it is " +
                          directory_.parent_path().parent_path().string());
  }
}

/// The store's lock is held: nobody is between making a draft and locking it.
void EntryStore::sweep() const {
  for (const auto& item : fs::directory_iterator(directory_)) {
    if (!item.path().filename().string().starts_with(kDraftPrefix)) continue;
    if (is_abandoned(item.path())) base::remove_all_quietly(item.path());
  }
}

fs::path EntryStore::finish(Draft draft, const std::string& name, bool replace) {
  check_name(name);
  fs::permissions(draft.path(), fs::perms(0755));
  sync_file_system(draft.path());

  const auto lock = base::FileLock::acquire(directory_ / kLock);
  fs::path entry = directory_ / name;
  if (!fs::exists(entry)) {
    fs::remove(draft.path() / kLock);
    draft.directory_.rename_to(entry);
    sync_file_system(directory_);
  } else if (replace) {
    fs::remove(draft.path() / kLock);
    exchange(draft.path(), entry);  // the draft's destructor removes the old one
    sync_file_system(directory_);
  }
  return entry;
}

void EntryStore::check_name(const std::string& name) const {
  const bool valid = !name.empty() && name.size() <= 128 && name[0] != '.' && name[0] != '-' &&
                     std::all_of(name.begin(), name.end(), [](char c) {
                       return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                              (c >= 'A' && c <= 'Z') ||
                              std::string_view("._+~-").find(c) != std::string_view::npos;
                     });
  if (!valid) {
    throw base::Error("'" + name + "' cannot be the name of a " + kind_,
                      "use letters, digits and ._+~- only, for example: my-" + kind_);
  }
}

std::uint64_t disk_usage(const fs::path& directory) {
  std::uint64_t total = 0;
  for (const auto& item : fs::recursive_directory_iterator(directory)) {
    struct stat status = {};
    if (::lstat(item.path().c_str(), &status) == 0) {
      total += static_cast<std::uint64_t>(status.st_blocks) * 512;
    }
  }
  return total;
}

std::string now_iso() {
  const std::time_t now = std::time(nullptr);
  std::tm parts = {};
  ::gmtime_r(&now, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

}  // namespace quiz::build
