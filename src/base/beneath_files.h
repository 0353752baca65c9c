// Files in a directory that somebody else may write (a guest, another user): looked at, read, made
// and changed relative to a descriptor of that directory, without following a link and without
// waiting for anybody. open_beneath (beneath.h) opens; this is what comes before and after. Where a
// function takes a name, it is that of an entry of the very directory.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <ctime>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"

namespace quiz::base {

/// A directory by the caller's own path, for use with the functions here. Throws SystemError.
Fd open_directory(const std::filesystem::path& path);

/// What there is to know of an entry; of a symbolic link itself, not of where it leads.
struct EntryStatus {
  mode_t mode = 0;  ///< type and permissions
  uid_t user = 0;
  gid_t group = 0;
  std::uint64_t links = 0;
  std::uint64_t size = 0;       ///< what it seems to have
  std::uint64_t disk_size = 0;  ///< what it takes
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  timespec changed = {};              ///< ctime, which nobody can set
  std::optional<timespec> born = {};  ///< where the file system tells it
  bool mounted = false;               ///< something is mounted there (told from Linux 5.8 on)
};

/// nullopt where there is no such entry (any more). Throws SystemError.
std::optional<EntryStatus> entry_status(int directory, const std::string& name);
/// Of what is open.
EntryStatus open_status(int fd);

/// Earlier than, at, or later than (<0, 0, >0).
int compare_times(const timespec& one, const timespec& other);

/// The time that a file changed there now would get, by the file system's own clock.
timespec time_in(int directory);

struct Content {
  std::string text;
  bool cut = false;  ///< there was more
};

/// The first `limit` bytes of a regular file; nullopt where that is not what is there. Throws
/// SystemError when it cannot be read.
std::optional<Content> read_beneath(int directory, const std::filesystem::path& relative,
                                    std::uint64_t limit);

/// As write_file_atomically: a file of that name, or a link, is replaced. Throws SystemError.
void write_beneath(int directory, const std::string& name, std::string_view data,
                   mode_t mode = 0644);

/// A directory that was not there before: nobody can have put anything into it. nullopt if
/// something of that name is there. Throws SystemError.
std::optional<Fd> make_directory_beneath(int directory, const std::string& name,
                                         mode_t mode = 0755);

/// The directory of that name, made if there is nothing. Throws SystemError, as where it is a link.
Fd open_or_make_directory(int directory, const std::string& name, mode_t mode = 0755);

/// The names there, sorted, `most` of them at most. Throws SystemError.
std::vector<std::string> names_beneath(int directory, std::size_t most);

/// chmod and chown of the entry itself, never of what a link points to. False where that is not
/// possible.
bool change_mode(int directory, const std::string& name, mode_t mode);
bool change_owner(int directory, const std::string& name, uid_t user, gid_t group);
/// Takes what makes a program more powerful than its caller beside the set-id bits: file
/// capabilities.
void drop_capabilities(int directory, const std::string& name);

/// Whether following `relative`, links included, would leave the directory. False where it leads
/// nowhere, or the kernel is too old to tell (openat2 came with 5.6).
bool leads_out(int directory, const std::filesystem::path& relative);

}  // namespace quiz::base
