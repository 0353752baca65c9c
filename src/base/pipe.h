// Pairs of descriptors: a pipe and a stream socket pair, close-on-exec.
#pragma once

#include "base/fd.h"

namespace quiz::base {

struct Pipe {
  Fd read_end;
  Fd write_end;
};

struct SocketPair {
  Fd first;
  Fd second;
};

/// Throws SystemError (out of descriptors).
Pipe make_pipe();
/// A connected pair of AF_UNIX stream sockets. Throws SystemError.
SocketPair make_socket_pair();
/// The same, of packets (SOCK_SEQPACKET).
SocketPair make_packet_pair();
/// The same of datagrams: each is taken as it was sent, or not at all.
SocketPair make_datagram_pair();

}  // namespace quiz::base
