// What makes this guest this one: host name, clock, entropy; and the loopback interface.
#pragma once

#include "base/fd.h"
#include "wire/messages.h"

namespace quiz::init {

/// All of it best effort: what fails is reported and the run goes on.
class Identity {
 public:
  /// What needs no host: the usual name, the loopback interface.
  Identity();
  /// What makes this guest differ from others that went on from the same saved machine.
  void take(const wire::Setup& setup);

 private:
  base::Fd random_;
};

}  // namespace quiz::init
