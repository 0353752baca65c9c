// Where the streams of a session end on the host: at quiz's own descriptors, at a socket or other
// descriptors that go with the session, or in memory.
#pragma once

#include <memory>
#include <vector>

#include "base/fd.h"
#include "relay/sink.h"
#include "wire/messages.h"

namespace quiz::relay {

/// One for each stream, not owned; -1 for none. They may be the same: a socket.
struct Descriptors {
  int in = -1;
  int out = -1;
  int err = -1;
};

struct Ends {
  std::vector<base::Fd> owned{};  ///< closed with the session
  int in = -1;                    ///< the program's input; -1: none
  std::unique_ptr<Sink> out{};    ///< none: the program has no such stream of its own
  std::unique_ptr<Sink> err{};    ///< likewise
};

/// For a program with these streams: it gets an end for each that travels by itself.
Ends ends_at(const std::array<wire::StreamKind, wire::kStreams>& streams, Descriptors descriptors);
/// All of them at one socket, which goes with the session.
Ends ends_at(const std::array<wire::StreamKind, wire::kStreams>& streams, base::Fd socket);

}  // namespace quiz::relay
