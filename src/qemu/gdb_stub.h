// QEMU's gdb server, started on a running machine at a socket of ours, and ended again. Until then
// it does not exist, and costs nothing. What a debugger and QEMU say to each other nobody here
// reads.
#pragma once

#include <string>
#include <string_view>

#include "base/fd.h"
#include "qemu/qmp.h"

namespace quiz::qemu {

/// QEMU serves a debugger at this socket, which is nonblocking. The CPUs stand when this returns.
/// Throws base::Error.
base::Fd start_stub(Qmp& monitor);
/// The socket is closed at QEMU's side, no breakpoint is left, and the CPUs go on.
void end_stub(Qmp& monitor);

/// As gdb's remote protocol frames it: "$PAYLOAD#CHECKSUM". The payload has nothing to be escaped.
std::string packet(std::string_view payload);

}  // namespace quiz::qemu
