// Sockets of this machine in a directory of one's own: listening, connecting, and who is at the
// other end. A socket's path may have 107 characters; that of the directory may have more.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>

#include "base/fd.h"

namespace quiz::base {

/// A nonblocking stream socket that listens at DIRECTORY/NAME, for its owner alone (0600). Throws
/// SystemError.
Fd listen_at(const std::filesystem::path& directory, const std::string& name);

/// A nonblocking stream socket that is connected to whoever listens there; none if nobody does.
/// Throws SystemError for anything else.
Fd connect_to(const std::filesystem::path& directory, const std::string& name);

/// A nonblocking datagram socket that takes what its user's processes send to DIRECTORY/NAME
/// (0600). Throws SystemError.
Fd receive_at(const std::filesystem::path& directory, const std::string& name);

/// One that sends there; none if nobody takes it. Throws SystemError for anything else.
Fd connect_datagrams_to(const std::filesystem::path& directory, const std::string& name);

/// The next one who connected; none if nobody waits, or for want of descriptors.
Fd accept_one(int listener);

struct Peer {
  uid_t uid = 0;
  pid_t pid = 0;
};
/// Whose process the other end was when it connected or began to listen, as the kernel says.
std::optional<Peer> peer_of(int socket);

}  // namespace quiz::base
