// A QEMU that the guest has taken over, as src/qemu hears it: arbitrary bytes on the machine
// protocol and on stderr, in arbitrary pieces. Checked: the same events come out whatever the
// pieces; nothing grows beyond its limits; no wait is longer than it was told; what QEMU complains
// about cannot harm a terminal.
//
// The input: a byte that decides the pieces, then QEMU's bytes.
#include <sys/socket.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/pipe.h"
#include "expect.h"
#include "qemu/complaints.h"
#include "qemu/qmp.h"

namespace {

using namespace quiz;
using fuzz::expect;

struct Heard {
  std::vector<std::string> events;
  bool greeted = false;
  bool open = true;
};

Heard hear(std::string_view bytes, std::size_t piece) {
  base::SocketPair sockets = base::make_socket_pair();
  qemu::Qmp qmp(std::move(sockets.first));
  Heard heard;
  while (heard.open && !bytes.empty()) {
    const std::string_view part = bytes.substr(0, piece);
    expect(::send(sockets.second.get(), part.data(), part.size(), MSG_NOSIGNAL) ==
               static_cast<ssize_t>(part.size()),
           "what QEMU says is read");
    bytes.remove_prefix(part.size());
    heard.open = qmp.receive();
    for (const qemu::QmpEvent& event : qmp.take_events()) {
      heard.events.push_back(event.name + "/" + event.reason + "/" + event.status);
    }
  }
  heard.greeted = qmp.greeted();
  if (heard.open) (void)qmp.call("stop", {}, 0);
  return heard;
}

void complain(std::string_view bytes, std::size_t piece) {
  qemu::Complaints complaints;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
    complaints.add(bytes.substr(0, piece));
  }
  expect(complaints.text().size() <= 65536, "complaints are kept up to a limit");
  const std::string cause = complaints.cause();
  expect(cause.size() <= 500, "a cause is short");
  for (const char c : cause) expect((c >= ' ' && c < 0x7f) || c == '\t', "a cause is harmless");
  (void)complaints.mention_kvm();
  (void)complaints.tell_of_internal_error();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::size_t piece = data[0] + std::size_t{1};
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Heard whole = hear(bytes, 4096);
  const Heard pieces = hear(bytes, piece);
  expect(whole.events == pieces.events && whole.greeted == pieces.greeted,
         "what is heard does not depend on the pieces");
  complain(bytes, piece);
  return 0;
}
