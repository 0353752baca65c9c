#include <fmt/format.h>

#include "run/emulated_tsc.h"

namespace quiz::run {

std::string emulated_tsc_words(std::uint64_t khz, unsigned timer_hz) {
  // On a busy host an emulated timer misses ticks: that it does is no reason to panic.
  std::string words = " no_timer_check";
  if (khz == 0) return words;
  // The emulated counter is the host's own: no calibration, which often fails under emulation,
  // and no watchdog, which takes a busy host for a broken counter.
  words += fmt::format(" tsc_early_khz={} tsc=reliable", khz);
  // Loops per jiffy are counter ticks per timer tick; else every further CPU calibrates.
  if (timer_hz > 0) words += fmt::format(" lpj={}", khz * 1000 / timer_hz);
  return words;
}

}  // namespace quiz::run
