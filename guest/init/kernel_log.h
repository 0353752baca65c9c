// Follows /dev/kmsg and sends what is severe enough to the host, with its level (which the console
// does not show).
#pragma once

#include "base/fd.h"
#include "wire_port.h"

namespace quiz::init {

class KernelLog {
 public:
  KernelLog();

  /// Begins behind what has been logged so far. Messages of `level` and above (less severe) are not
  /// sent; with 0 there is no fd() any more. What any module from outside the kernel's tree makes
  /// it say is sent only if everything is.
  void begin(int level);

  int fd() const { return fd_.get(); }
  /// Sends all that is there.
  void forward(WirePort& port);
  /// Answers a boot_log frame.
  static void send_all(WirePort& port);
  /// An instruction that the CPU does not have has ended some program since begin().
  bool told_of_illegal_instruction() const { return illegal_instruction_; }

 private:
  base::Fd fd_;
  int level_ = 0;
  bool illegal_instruction_ = false;
};

}  // namespace quiz::init
