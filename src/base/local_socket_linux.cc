#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>

#include "base/error.h"
#include "base/files.h"
#include "base/local_socket.h"

namespace quiz::base {

namespace {

/// By a descriptor of the directory, whatever its path's length.
sockaddr_un address_in(const Fd& directory, const std::string& name) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  const std::string path = "/proc/self/fd/" + std::to_string(directory.get()) + "/" + name;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  return address;
}

Fd make_socket(int type = SOCK_STREAM) {
  Fd fd(::socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) throw SystemError("cannot make a socket");
  return fd;
}

const sockaddr* plain(const sockaddr_un& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

}  // namespace

Fd listen_at(const std::filesystem::path& directory, const std::string& name) {
  constexpr int kWaiting = 128;
  const Fd place = open_file(directory, O_PATH | O_DIRECTORY);
  Fd fd = make_socket();
  const sockaddr_un address = address_in(place, name);
  // Nobody connects before it listens.
  if (::bind(fd.get(), plain(address), sizeof address) != 0 ||
      ::chmod(address.sun_path, 0600) != 0 || ::listen(fd.get(), kWaiting) != 0) {
    throw SystemError("cannot listen at " + (directory / name).string());
  }
  return fd;
}

Fd connect_to(const std::filesystem::path& directory, const std::string& name) {
  constexpr int kPatienceMs = 2000;
  const Fd place(::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!place) return {};  // it has just gone
  Fd fd = make_socket();
  const sockaddr_un address = address_in(place, name);
  // EAGAIN: so many wait that one more has to wait for its place among them.
  for (int waited = 0; ::connect(fd.get(), plain(address), sizeof address) != 0; ++waited) {
    if (errno == EINTR) continue;
    if (errno == EAGAIN && waited < kPatienceMs) {
      ::poll(nullptr, 0, 1);
      continue;
    }
    if (errno == ECONNREFUSED || errno == ENOENT) return {};
    throw SystemError("cannot connect to " + (directory / name).string());
  }
  return fd;
}

Fd receive_at(const std::filesystem::path& directory, const std::string& name) {
  const Fd place = open_file(directory, O_PATH | O_DIRECTORY);
  Fd fd = make_socket(SOCK_DGRAM);
  const sockaddr_un address = address_in(place, name);
  if (::bind(fd.get(), plain(address), sizeof address) != 0 ||
      ::chmod(address.sun_path, 0600) != 0) {
    throw SystemError("cannot receive at " + (directory / name).string());
  }
  return fd;
}

Fd connect_datagrams_to(const std::filesystem::path& directory, const std::string& name) {
  const Fd place(::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!place) return {};
  Fd fd = make_socket(SOCK_DGRAM);
  const sockaddr_un address = address_in(place, name);
  if (::connect(fd.get(), plain(address), sizeof address) == 0) return fd;
  if (errno == ECONNREFUSED || errno == ENOENT) return {};
  throw SystemError("cannot connect to " + (directory / name).string());
}

Fd accept_one(int listener) {
  return Fd(::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
}

std::optional<Peer> peer_of(int socket) {
  ucred credentials = {};
  socklen_t size = sizeof credentials;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) return std::nullopt;
  return Peer{credentials.uid, credentials.pid};
}

}  // namespace quiz::base
