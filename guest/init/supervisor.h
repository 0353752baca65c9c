// PID 1's life: serves the wire, runs sessions, reaps everything.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "devices.h"
#include "kernel_log.h"
#include "kernel_taint.h"
#include "launcher.h"
#include "root_file_system.h"
#include "session.h"
#include "wire_port.h"

namespace quiz::init {

class Supervisor {
 public:
  /// Needs no host yet. Both must outlive it.
  Supervisor(WirePort& port, const RootFileSystem& root);

  /// Until the host is gone. First it makes the devices of the setup; kernel messages below its log
  /// level are sent. Programs are started by `launcher`, if there is one.
  void run(const wire::Setup& setup, std::unique_ptr<Launcher> launcher);

 private:
  void serve(const wire::Frame& frame);
  void open_session(std::uint16_t id);
  void start_session(std::uint16_t id, const wire::Exec& exec);
  void reap();
  void look_for_room();
  void note_end(pid_t pid, int raw);
  void serve_launcher();
  void tell_settled();
  Session* find(std::uint16_t id);

  WirePort& port_;
  const RootFileSystem& root_;
  Devices devices_;
  KernelLog log_;
  KernelTaint taint_;
  std::string exec_;  // an exec message under way
  std::unique_ptr<Launcher> launcher_;
  std::vector<std::pair<std::uint16_t, wire::Exec>> waiting_;  // for the launcher to be there
  std::vector<std::unique_ptr<Session>> sessions_;
  base::Fd signals_;
  std::uint64_t full_size_ = 0;  ///< of `/`, once it has been seen full
};

}  // namespace quiz::init
