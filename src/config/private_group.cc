#include "config/private_group.h"

#include <grp.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/files.h"

namespace quiz::config {

namespace {

constexpr std::uint64_t kLargestFile = 16 << 20;

struct User {
  std::string_view name;
  uid_t uid;
  gid_t gid;
};

/// The fields of each line that has at least `count` of them.
std::vector<std::vector<std::string_view>> lines_of(std::string_view text, std::size_t count) {
  std::vector<std::vector<std::string_view>> lines;
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    std::vector<std::string_view> fields;
    for (std::size_t colon = 0; colon != std::string_view::npos;) {
      colon = line.find(':');
      fields.push_back(line.substr(0, colon));
      if (colon != std::string_view::npos) line.remove_prefix(colon + 1);
    }
    if (fields.size() >= count) lines.push_back(std::move(fields));
  }
  return lines;
}

std::optional<unsigned> number_of(std::string_view text) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::vector<User> users_of(std::string_view passwd) {
  std::vector<User> users;
  for (const auto& fields : lines_of(passwd, 4)) {
    const auto uid = number_of(fields[2]);
    const auto gid = number_of(fields[3]);
    if (uid && gid) users.push_back({fields[0], *uid, *gid});
  }
  return users;
}

std::vector<std::string> split_members(std::string_view list) {
  std::vector<std::string> members;
  while (!list.empty()) {
    const std::string_view name = list.substr(0, list.find(','));
    list.remove_prefix(std::min(name.size() + 1, list.size()));
    if (!name.empty()) members.emplace_back(name);
  }
  return members;
}

/// Every account of such a name is root's or the user's; an unknown name is somebody else's.
bool all_belong_to(const std::vector<std::string>& names, uid_t user,
                   const std::vector<User>& users) {
  return std::all_of(names.begin(), names.end(), [&](const std::string& name) {
    bool known = false;
    for (const User& one : users) {
      if (one.name != name) continue;
      if (one.uid != user && one.uid != 0) return false;
      known = true;
    }
    return known;
  });
}

/// The members that the host's name services (nsswitch.conf) tell of beside those in the file.
std::vector<std::string> members_by_name_service(gid_t group) {
  std::vector<std::string> members;
  const struct group* const entry = ::getgrgid(group);
  for (char** name = entry == nullptr ? nullptr : entry->gr_mem;
       name != nullptr && *name != nullptr; ++name) {
    members.emplace_back(*name);
  }
  return members;
}

}  // namespace

bool is_private_group(gid_t group, uid_t user, std::string_view passwd, std::string_view groups) {
  const std::vector<User> users = users_of(passwd);
  const bool user_known =
      std::any_of(users.begin(), users.end(), [&](const User& one) { return one.uid == user; });
  const bool shared = std::any_of(users.begin(), users.end(), [&](const User& one) {
    return one.gid == group && one.uid != user && one.uid != 0;
  });
  if (!user_known || shared) return false;
  bool group_known = false;
  for (const auto& fields : lines_of(groups, 4)) {
    if (number_of(fields[2]) != group) continue;
    if (!all_belong_to(split_members(fields[3]), user, users)) return false;
    group_known = true;
  }
  return group_known;
}

bool is_callers_private_group(gid_t group) {
  if (group != 0 && group != ::getegid()) return false;
  try {
    const std::string passwd = base::read_file("/etc/passwd", kLargestFile);
    const std::string groups = base::read_file("/etc/group", kLargestFile);
    return is_private_group(group, ::geteuid(), passwd, groups) &&
           all_belong_to(members_by_name_service(group), ::geteuid(), users_of(passwd));
  } catch (const base::Error&) {
    return false;
  }
}

}  // namespace quiz::config
