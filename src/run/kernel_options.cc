#include "run/kernel_options.h"

#include <fmt/format.h>

#include <cstdlib>

#include "base/files.h"

namespace quiz::run {

std::string kernel_command_line(const KernelOptions& options) {
  // A panic ends the machine at once. SysRq answers from outside.
  std::string line = "panic=-1 sysrq_always_enabled=1 random.trust_cpu=on";
  // A serial port is slow: unread, it gets only what may explain an ending. A panic and an oops
  // raise the level themselves.
  line += options.whole_log ? " ignore_loglevel" : " loglevel=6";
  // On a busy host an emulated timer misses ticks: that it does is no reason to panic.
  if (options.accelerator == machine::Accelerator::tcg) line += " no_timer_check";
  if (options.accelerator == machine::Accelerator::tcg && options.tsc_khz > 0) {
    // The emulated counter is the host's own: no calibration, which often fails under emulation,
    // and no watchdog, which takes a busy host for a broken counter.
    line += fmt::format(" tsc_early_khz={} tsc=reliable", options.tsc_khz);
    // Loops per jiffy are counter ticks per timer tick; else every further CPU calibrates.
    if (options.timer_hz > 0)
      line += fmt::format(" lpj={}", options.tsc_khz * 1000 / options.timer_hz);
  }
  if (options.panic_on_oops) line += " oops=panic";
  if (!options.additional.empty()) line += " " + options.additional;
  return line;
}

unsigned timer_hz(const kernel::Kernel& kernel) {
  if (kernel.config.empty()) return 0;
  const std::string config = base::read_file_if_exists(kernel.config).value_or("");
  constexpr std::string_view kOption = "\nCONFIG_HZ=";
  const std::size_t begin = config.find(kOption);
  if (begin == std::string::npos) return 0;
  return static_cast<unsigned>(std::strtoul(config.c_str() + begin + kOption.size(), nullptr, 10));
}

}  // namespace quiz::run
