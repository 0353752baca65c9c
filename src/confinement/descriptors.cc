#include "confinement/descriptors.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace quiz::confinement {

namespace {

/// A message of one byte with room for the most descriptors.
struct Message {
  char byte = 0;
  iovec bytes = {&byte, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(kMostDescriptors * sizeof(int))] = {};
  msghdr header = {};

  explicit Message(std::size_t count) {
    header.msg_iov = &bytes;
    header.msg_iovlen = 1;
    header.msg_control = control;
    header.msg_controllen = CMSG_SPACE(count * sizeof(int));
  }
};

}  // namespace

bool send_descriptors(int socket, const int* descriptors, std::size_t count) noexcept {
  Message message(count);
  cmsghdr* const rights = CMSG_FIRSTHDR(&message.header);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(count * sizeof(int));
  std::memcpy(CMSG_DATA(rights), descriptors, count * sizeof(int));
  return ::sendmsg(socket, &message.header, MSG_NOSIGNAL) == 1;
}

std::size_t receive_descriptors(int socket, int* descriptors, std::size_t count) noexcept {
  Message message(count);
  ssize_t received = 0;
  do {
    received = ::recvmsg(socket, &message.header, MSG_CMSG_CLOEXEC);
  } while (received < 0 && errno == EINTR);
  const cmsghdr* const rights = received == 1 ? CMSG_FIRSTHDR(&message.header) : nullptr;
  if (rights == nullptr || rights->cmsg_type != SCM_RIGHTS) return 0;
  const std::size_t found = std::min((rights->cmsg_len - CMSG_LEN(0)) / sizeof(int), count);
  std::memcpy(descriptors, CMSG_DATA(rights), found * sizeof(int));
  return found;
}

}  // namespace quiz::confinement
