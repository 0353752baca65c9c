// Which back end makes a run's machine.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/paths.h"
#include "config/settings.h"
#include "machine/monitor.h"

namespace quiz::run {

struct MonitorChoice {
  config::Monitor monitor = config::Monitor::kQemu;
  std::string program;               ///< QEMU's name or path
  std::uint64_t warm_cache_mib = 0;  ///< for images of machines
};

std::unique_ptr<machine::Monitor> choose_monitor(const MonitorChoice& choice,
                                                 const base::Paths& paths);

}  // namespace quiz::run
