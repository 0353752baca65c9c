// A virtual CPU and the thread that runs it.
#pragma once

#include <linux/kvm.h>
#include <pthread.h>

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <mutex>

#include "base/fd.h"
#include "vmm/board.h"
#include "vmm/control.h"
#include "vmm/virtual_machine.h"

namespace quiz::vmm {

/// Lets CPUs go and makes them stand, all at a time.
class Gate {
 public:
  explicit Gate(unsigned cpus) : cpus_(cpus) {}

  /// By a CPU: returns once the gate is open.
  void pass();
  bool closed() const { return closed_; }
  void close() { closed_ = true; }
  /// Once it is closed, and whoever runs has been kicked: returns when all CPUs stand before it.
  void wait_for_all();
  void open();

 private:
  unsigned cpus_;
  std::atomic<bool> closed_ = true;
  unsigned standing_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
};

class VirtualCpu {
 public:
  /// Ends the process where KVM does not give what it takes. All that is given outlives it.
  VirtualCpu(VirtualMachine& machine, unsigned number, Gate& gate, Board& board, Control& control);

  /// What the boot CPU begins with; the others wait to be woken by it.
  void set_state(const kvm_regs& registers, const kvm_sregs& system_registers);
  /// Starts the thread, which waits at the gate and never ends. `filter`: it allows itself only the
  /// system calls that it needs.
  void start(bool filter);
  /// It leaves the guest soon, and looks at the gate.
  void kick() const;
  void interrupt();  ///< an NMI
  /// Before it goes on: the guest's watchdogs shall not take the time in between for a hang.
  void excuse_pause() const;

 private:
  static void* thread(void* self);
  [[noreturn]] void run();
  void handle_exit();
  [[noreturn]] void fail(const char* what, unsigned long long code);

  VirtualMachine& machine_;
  Gate& gate_;
  Board& board_;
  Control& control_;
  base::Fd cpu_;
  kvm_run* shared_ = nullptr;
  pthread_t thread_{};
  bool filter_ = false;
  std::atomic<bool> interrupted_ = false;  // an NMI is to come
};

}  // namespace quiz::vmm
