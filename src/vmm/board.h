// The machine's devices, each at its place: ports and memory.
#pragma once

#include <poll.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "vmm/control.h"
#include "vmm/order.h"
#include "vmm/ports.h"
#include "vmm/real_time_clock.h"
#include "vmm/serial.h"
#include "vmm/switches.h"
#include "vmm/virtio_blk.h"
#include "vmm/virtio_console.h"
#include "vmm/virtio_fs.h"
#include "vmm/virtio_rng.h"
#include "vmm/virtual_machine.h"

namespace quiz::vmm {

/// What an order has beside the machine itself.
struct Devices {
  std::vector<DiskOrder> disks;
  std::vector<ShareOrder> shares;
};

class Board {
 public:
  Board(const Order& order, const Devices& devices, VirtualMachine& machine, Control& control);

  Ports& ports() { return ports_; }
  Serial& serial() { return serial_; }
  /// As a CPU accesses memory that is none. Where there is no device all bits are set.
  void read(std::uint64_t address, std::uint8_t* bytes, std::size_t size);
  void write(std::uint64_t address, const std::uint8_t* bytes, std::size_t size);

  /// Starts the disks' threads.
  void start(bool filter);

  // For the thread that serves the devices.

  /// Adds what they wait for.
  void add_interests(std::vector<pollfd>& polled);
  /// Does all that can be done now. Ends the process where the wire's other end or a file server is
  /// gone.
  void serve();

 private:
  VirtioDevice::Connections connections();
  VirtioDevice* find(std::uint64_t address, std::uint64_t& offset);

  VirtualMachine& machine_;
  Control& control_;
  Ports ports_;
  Serial serial_;
  RealTimeClock clock_;
  DebugExit debug_exit_;
  ResetPort keyboard_controller_;
  ResetPort reset_control_;
  std::unique_ptr<VirtioConsole> wire_;
  std::unique_ptr<VirtioRng> entropy_;
  std::vector<std::unique_ptr<VirtioFs>> shares_;
  std::vector<std::unique_ptr<VirtioBlk>> disks_;
  std::vector<VirtioDevice*> devices_;  // by their places
};

}  // namespace quiz::vmm
