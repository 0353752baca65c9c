// Descriptors sent from one process to another over a socket (unix(7), SCM_RIGHTS). Only system
// calls: also for a child before exec.
#pragma once

#include <cstddef>

namespace quiz::confinement {

inline constexpr std::size_t kMostDescriptors = 4;

/// At most kMostDescriptors.
bool send_descriptors(int socket, const int* descriptors, std::size_t count) noexcept;

/// Waits; close-on-exec. Returns how many came: 0 when the other end closed without.
std::size_t receive_descriptors(int socket, int* descriptors, std::size_t count) noexcept;

}  // namespace quiz::confinement
