// What a kernel for x86 is told of its clock, the time stamp counter, where that is emulated.
#pragma once

#include <cstdint>
#include <string>

namespace quiz::run {

/// Each word with a blank before it. `khz` of the host's counter and `timer_hz` of the kernel may
/// be 0: unknown. Pure.
std::string emulated_tsc_words(std::uint64_t khz, unsigned timer_hz);

}  // namespace quiz::run
