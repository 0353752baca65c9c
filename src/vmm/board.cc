#include "vmm/board.h"

#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace quiz::vmm {

namespace {

constexpr unsigned kSerialLine = 4;
constexpr std::uint16_t kSerialPort = 0x3F8;
constexpr std::uint16_t kSerialPorts = 8;

/// The thread that serves the devices looks at all of them.
void wake() {
  const std::uint64_t one = 1;
  (void)!::write(kWake, &one, sizeof one);
}

void print(Control& control, std::uint8_t byte) {
  // Waits while quiz does not read, and so does the guest.
  while (::write(kConsoleOutput, &byte, 1) != 1) {
    if (errno != EINTR) control.give_up("the console cannot be written", errno);
  }
}

timespec now() {
  timespec time{};
  ::clock_gettime(CLOCK_REALTIME, &time);
  return time;
}

[[noreturn]] void reset(Control& control) {
  control.tell(Word::reset);
  ::_exit(0);
}

}  // namespace

Board::Board(const Order& order, const Devices& devices, VirtualMachine& machine, Control& control)
    : machine_(machine),
      control_(control),
      serial_({[&machine](bool level) { machine.set_interrupt(kSerialLine, level); },
               [&control](std::uint8_t byte) { print(control, byte); }, wake}),
      clock_(order.low_memory, order.memory, now),
      debug_exit_([](std::uint8_t value) { ::_exit(value << 1 | 1); }),
      keyboard_controller_(ResetPort::kPulseReset, [&control] { reset(control); }),
      reset_control_(ResetPort::kResetCpu, [&control] { reset(control); }) {
  ports_.add(kSerialPort, kSerialPorts, serial_);
  ports_.add(RealTimeClock::kPort, RealTimeClock::kPorts, clock_);
  ports_.add(DebugExit::kPort, DebugExit::kPorts, debug_exit_);
  ports_.add(ResetPort::kKeyboardController, 1, keyboard_controller_);
  ports_.add(ResetPort::kResetControl, 1, reset_control_);
  if (order.wire != 0) {
    wire_ = std::make_unique<VirtioConsole>(kWire, connections());
    devices_.push_back(wire_.get());
    entropy_ = std::make_unique<VirtioRng>(connections());
    devices_.push_back(entropy_.get());
  }
  int file = kFirstFile + static_cast<int>(devices.disks.size());
  for (const ShareOrder& share : devices.shares) {
    shares_.push_back(std::make_unique<VirtioFs>(file++, share.tag, connections()));
    devices_.push_back(shares_.back().get());
  }
  file = kFirstFile;
  for (const DiskOrder& disk : devices.disks) {
    disks_.push_back(std::make_unique<VirtioBlk>(file++, disk, connections()));
    devices_.push_back(disks_.back().get());
  }
}

VirtioDevice::Connections Board::connections() {
  const unsigned line = device_line(static_cast<unsigned>(devices_.size()));
  VirtualMachine& machine = machine_;
  // An edge for each event: several devices may have the line, and none misses one.
  return {&machine.memory(), [&machine, line] { machine.pulse(line); }, wake};
}

VirtioDevice* Board::find(std::uint64_t address, std::uint64_t& offset) {
  if (address < kDeviceBase) return nullptr;
  const std::uint64_t number = (address - kDeviceBase) / kDeviceStep;
  offset = (address - kDeviceBase) % kDeviceStep;
  return number < devices_.size() && offset < VirtioDevice::kRegisters ? devices_[number] : nullptr;
}

void Board::read(std::uint64_t address, std::uint8_t* bytes, std::size_t size) {
  std::uint64_t offset = 0;
  VirtioDevice* const device = find(address, offset);
  if (device == nullptr) {
    std::memset(bytes, 0xFF, size);
  } else {
    device->read(offset, bytes, size);
  }
}

void Board::write(std::uint64_t address, const std::uint8_t* bytes, std::size_t size) {
  std::uint64_t offset = 0;
  VirtioDevice* const device = find(address, offset);
  if (device != nullptr) device->write(offset, bytes, size);
}

void Board::start(bool filter) {
  for (const auto& disk : disks_) disk->start(filter, control_);
}

void Board::add_interests(std::vector<pollfd>& polled) {
  if (wire_) polled.push_back(wire_->interest());
  for (const auto& share : shares_) polled.push_back(share->interest());
}

void Board::serve() {
  if (wire_) {
    wire_->serve();
    if (wire_->closed()) ::_exit(0);
  }
  if (entropy_) entropy_->serve();
  for (const auto& share : shares_) {
    share->serve();
    if (share->closed()) control_.give_up("the file server has ended");
  }
}

}  // namespace quiz::vmm
