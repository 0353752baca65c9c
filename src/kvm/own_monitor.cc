#include "kvm/own_monitor.h"

#include <fmt/format.h>

#include "base/architecture.h"
#include "base/error.h"
#include "kvm/monitor_kvm.h"

namespace quiz::kvm {

std::unique_ptr<machine::Monitor> own_monitor() {
#if defined(__x86_64__)
  return std::make_unique<KvmMonitor>();
#else
  throw base::Error(fmt::format("quiz's own monitor is for hosts of x86_64, and this one is of {}",
                                base::host_architecture().name),
                    "run without --on=kvm");
#endif
}

}  // namespace quiz::kvm
