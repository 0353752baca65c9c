#include "relay/ends.h"

#include "relay/output_stream.h"

namespace quiz::relay {

Ends ends_at(const std::array<wire::StreamKind, wire::kStreams>& streams, Descriptors descriptors) {
  // What a terminal shows comes as stdout, and so does what is joined to it.
  const auto separate = [&](wire::Stream stream) {
    const wire::StreamKind kind = streams[static_cast<std::size_t>(stream)];
    return kind == wire::StreamKind::pipe || kind == wire::StreamKind::asked ||
           (kind == wire::StreamKind::pty && stream != wire::Stream::err);
  };
  Ends ends;
  if (separate(wire::Stream::in)) ends.in = descriptors.in;
  if (separate(wire::Stream::out) && descriptors.out >= 0) {
    ends.out = std::make_unique<OutputStream>(descriptors.out);
  }
  if (separate(wire::Stream::err) && descriptors.err >= 0) {
    ends.err = std::make_unique<OutputStream>(descriptors.err);
  }
  return ends;
}

Ends ends_at(const std::array<wire::StreamKind, wire::kStreams>& streams, base::Fd socket) {
  Ends ends = ends_at(streams, {socket.get(), socket.get(), socket.get()});
  ends.owned.push_back(std::move(socket));
  return ends;
}

}  // namespace quiz::relay
