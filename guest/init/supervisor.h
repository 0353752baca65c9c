// PID 1's life: serves the wire, runs sessions, reaps everything.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "devices.h"
#include "kernel_log.h"
#include "root_file_system.h"
#include "session.h"
#include "wire_port.h"

namespace quiz::init {

class Supervisor {
 public:
  /// Needs no host yet. Both must outlive it.
  Supervisor(WirePort& port, const RootFileSystem& root);

  /// Until the host is gone. First it makes the devices of the setup; kernel messages below its log
  /// level are sent.
  void run(const wire::Setup& setup);

 private:
  void serve(const wire::Frame& frame);
  void open_session(std::uint16_t id);
  void reap();
  Session* find(std::uint16_t id);

  WirePort& port_;
  const RootFileSystem& root_;
  Devices devices_;
  KernelLog log_;
  std::string exec_;  // an exec message under way
  std::vector<std::unique_ptr<Session>> sessions_;
  base::Fd signals_;
};

}  // namespace quiz::init
