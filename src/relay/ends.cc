#include "relay/ends.h"

#include "relay/output_stream.h"

namespace quiz::relay {

bool travels(const std::array<wire::StreamKind, wire::kStreams>& streams, wire::Stream stream) {
  const wire::StreamKind kind = streams[static_cast<std::size_t>(stream)];
  return kind == wire::StreamKind::pipe || kind == wire::StreamKind::asked ||
         (kind == wire::StreamKind::pty && stream != wire::Stream::err);
}

Ends ends_at(const std::array<wire::StreamKind, wire::kStreams>& streams, Descriptors descriptors) {
  Ends ends;
  if (travels(streams, wire::Stream::in)) ends.in = descriptors.in;
  if (travels(streams, wire::Stream::out) && descriptors.out >= 0) {
    ends.out = std::make_unique<OutputStream>(descriptors.out);
  }
  if (travels(streams, wire::Stream::err) && descriptors.err >= 0) {
    ends.err = std::make_unique<OutputStream>(descriptors.err);
  }
  return ends;
}

}  // namespace quiz::relay
