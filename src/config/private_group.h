// Whether a group is one person's alone: what its members may write is then as good as that
// person's own. Asked of /etc/passwd and /etc/group as they are: everybody that a network's
// directory knows cannot be listed, so a group or a caller from there counts as shared.
#pragma once

#include <sys/types.h>

#include <string_view>

namespace quiz::config {

/// Nobody but `user` and root is in the group, be it as a listed member or by it being his own
/// group; both the group and the user must be known. `passwd` and `groups` are the texts of the two
/// files (passwd(5), group(5)). Pure.
bool is_private_group(gid_t group, uid_t user, std::string_view passwd, std::string_view groups);

/// The same for the caller, by the host's files.
bool is_callers_private_group(gid_t group);

}  // namespace quiz::config
