#include "run/choose_monitor.h"

#include "bhyve/monitor_bhyve.h"
#include "kvm/own_monitor.h"
#include "qemu/monitor_qemu.h"
#include "run/places.h"

namespace quiz::run {

std::unique_ptr<machine::Monitor> choose_monitor(const MonitorChoice& choice,
                                                 const base::Paths& paths) {
  if (choice.monitor == config::Monitor::kBhyve) return std::make_unique<bhyve::BhyveMonitor>();
  if (choice.monitor == config::Monitor::kKvm) return kvm::own_monitor();
  return std::make_unique<qemu::QemuMonitor>(
      choice.program,
      qemu::WarmImages(image_directory(paths), image_key(paths), choice.warm_cache_mib << 20));
}

}  // namespace quiz::run
