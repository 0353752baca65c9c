// The file server's process: one directory, one socket, and nothing else.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "files/file_server.h"
#include "files/request.h"

namespace quiz::files {

namespace {

/// The descriptors that we may have, but for some of our own.
std::size_t descriptors() {
  constexpr std::size_t kEnough = 32768;
  constexpr std::size_t kOwn = 32;
  rlimit limit = {};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  ::getrlimit(RLIMIT_NOFILE, &limit);
  const auto all = static_cast<std::size_t>(limit.rlim_cur);
  return std::clamp(all, 2 * kOwn, kEnough) - kOwn;
}

}  // namespace

void serve_files(const char* directory) {
  base::Fd root(::open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!root) ::_exit(1);
  const std::size_t half = descriptors() / 2;
  FileServer server(std::move(root), half, half);
  static std::array<char, sizeof(Envelope) + kLargestPacket> request;
  static std::array<std::uint8_t, sizeof(Envelope) + kLargestPacket> answer;
  for (;;) {
    const ssize_t count = ::recv(kSocket, request.data(), request.size(), 0);
    if (count < 0 && errno == EINTR) continue;
    if (count < static_cast<ssize_t>(sizeof(Envelope))) ::_exit(0);
    Envelope envelope;
    std::memcpy(&envelope, request.data(), sizeof envelope);
    const std::size_t room = std::min<std::size_t>(envelope.room, kLargestPacket);
    const std::size_t size = server.handle(
        {request.data() + sizeof envelope, static_cast<std::size_t>(count) - sizeof envelope},
        answer.data() + sizeof envelope, room);
    std::memcpy(answer.data(), &envelope, sizeof envelope);
    while (::send(kSocket, answer.data(), sizeof envelope + size, MSG_NOSIGNAL) < 0) {
      if (errno != EINTR) ::_exit(0);
    }
  }
}

}  // namespace quiz::files
