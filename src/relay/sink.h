// What takes the output of a session: a descriptor (OutputStream), or memory (KeptOutput). A
// session grants its program credit for what its sinks have taken.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace quiz::relay {

class Sink {
 public:
  virtual ~Sink() = default;

  /// Takes what it can now and keeps the rest.
  virtual void add(std::string_view data) = 0;
  /// Takes what it can now of what it kept.
  virtual void flush() {}
  /// Where to wait for POLLOUT before flush(); -1 when nothing is waiting.
  virtual int wants_write() const { return -1; }
  /// Everything added has been taken.
  virtual bool empty() const { return true; }
  /// Nobody takes it any more; everything added is dropped.
  virtual bool broken() const { return false; }
  /// Why it broke: errno of the write; EPIPE when the reader closed its end.
  virtual int error_number() const { return 0; }
  /// Bytes taken (or dropped) since the last call.
  virtual std::uint32_t take_progress() = 0;
};

}  // namespace quiz::relay
