#include "relay/course.h"

namespace quiz::relay {

Step next(const Step& done, const Route& route, bool machine_gone) {
  const bool in_hooks = done.course == Course::before || done.course == Course::after;
  const std::size_t hook = in_hooks ? done.hook + 1 : 0;
  switch (done.course) {
    case Course::boot:
    case Course::before:
      if (hook < route.before) return {Course::before, hook};
      return {route.program ? Course::program : Course::stay};
    case Course::program:
      if (route.shell && !machine_gone) return {Course::shell};
      [[fallthrough]];
    case Course::shell:
      if (route.stay && !machine_gone) return {Course::stay};
      [[fallthrough]];
    case Course::stay:
    case Course::after:
      if (hook < route.after && !machine_gone) return {Course::after, hook};
      if (route.log && !machine_gone) return {Course::log};
      [[fallthrough]];
    case Course::log:
      if (route.sync && !machine_gone) return {Course::sync};
      [[fallthrough]];
    case Course::report:
    case Course::sync:
    case Course::over:
      break;
  }
  return {Course::over};
}

Step next_after_time_out(const Step& done, const Route& route, bool machine_gone) {
  const bool hook_hangs = done.course == Course::after && route.after > 0;
  return next(hook_hangs ? Step{Course::after, route.after - 1} : done, route, machine_gone);
}

}  // namespace quiz::relay
