// Where the streams of a session end on the host: at quiz's own descriptors, at others that go with
// the session, at a visitor, or in memory.
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
  bool fed = false;               ///< its input is what Session::send_input is given
  std::unique_ptr<Sink> out{};    ///< none: the program has no such stream of its own
  std::unique_ptr<Sink> err{};    ///< likewise
};

/// Whether the stream travels by itself: what a terminal shows comes as stdout, and so does what is
/// joined to it.
bool travels(const std::array<wire::StreamKind, wire::kStreams>& streams, wire::Stream stream);

/// For a program with these streams: it gets an end for each that travels.
Ends ends_at(const std::array<wire::StreamKind, wire::kStreams>& streams, Descriptors descriptors);

}  // namespace quiz::relay
