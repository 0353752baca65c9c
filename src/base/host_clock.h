// Clocks of the host.
#pragma once

#include <cstdint>
#include <filesystem>

namespace quiz::base {

/// CLOCK_REALTIME in nanoseconds.
std::uint64_t realtime_ns();

/// The rate of the host's time stamp counter in kHz, measured against CLOCK_MONOTONIC_RAW for 20 ms
/// and remembered in `cache` until the next boot; 0 on machines that have none. A guest that is
/// told need not calibrate.
std::uint64_t tsc_khz(const std::filesystem::path& cache);

}  // namespace quiz::base
