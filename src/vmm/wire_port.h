// How the guest's init finds the wire.
#pragma once

#include <string_view>

namespace quiz::vmm {

/// The name of its port.
inline constexpr std::string_view kWirePort = "quiz.wire";

}  // namespace quiz::vmm
