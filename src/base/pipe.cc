#include "base/pipe.h"

#include <sys/socket.h>

#include "base/error.h"

namespace quiz::base {

Pipe make_pipe() {
  int fds[2];
  if (::pipe2(fds, O_CLOEXEC) != 0) throw SystemError("cannot make a pipe");
  return {Fd(fds[0]), Fd(fds[1])};
}

namespace {

SocketPair make_pair(int type) {
  int fds[2];
  if (::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, fds) != 0) {
    throw SystemError("cannot make a socket pair");
  }
  return {Fd(fds[0]), Fd(fds[1])};
}

}  // namespace

SocketPair make_socket_pair() { return make_pair(SOCK_STREAM); }

SocketPair make_packet_pair() { return make_pair(SOCK_SEQPACKET); }

SocketPair make_datagram_pair() { return make_pair(SOCK_DGRAM); }

}  // namespace quiz::base
