// The monitor of a machine under KVM: puts a kernel into memory, sets the CPU's state to match, and
// goes. One process for each machine, which opens nothing: order.h says what it is given. Its main
// thread serves quiz and the console; each CPU has a thread.
#include <poll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <vector>

#include "vmm/control.h"
#include "vmm/jail.h"
#include "vmm/order.h"
#include "vmm/ports.h"
#include "vmm/real_time_clock.h"
#include "vmm/serial.h"
#include "vmm/switches.h"
#include "vmm/virtual_cpu.h"
#include "vmm/virtual_machine.h"

namespace quiz::vmm {

namespace {

constexpr unsigned kSerialLine = 4;
constexpr std::uint16_t kSerialPort = 0x3F8;
constexpr std::uint16_t kSerialPorts = 8;
constexpr unsigned kMostCpus = 255;

template <typename Value>
void read_exactly(Control& control, Value* values, std::size_t count) {
  auto* next = reinterpret_cast<char*>(values);
  auto* const end = next + count * sizeof(Value);
  while (next != end) {
    const ssize_t got = ::read(kContent, next, static_cast<std::size_t>(end - next));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) control.give_up("the order cannot be read", got < 0 ? errno : 0);
    next += got;
  }
}

Order read_order(Control& control) {
  Order order{};
  read_exactly(control, &order, 1);
  if (order.cpus == 0 || order.cpus > kMostCpus || order.pieces > kMostPieces ||
      order.low_memory > order.memory) {
    control.give_up("the order is none");
  }
  return order;
}

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

/// The devices, each at its ports.
class Board {
 public:
  Board(const Order& order, VirtualMachine& machine, Control& control)
      : serial_({[&machine](bool level) { machine.set_interrupt(kSerialLine, level); },
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
  }

  Ports& ports() { return ports_; }
  Serial& serial() { return serial_; }

 private:
  [[noreturn]] static void reset(Control& control) {
    control.tell(Word::reset);
    ::_exit(0);
  }

  Ports ports_;
  Serial serial_;
  RealTimeClock clock_;
  DebugExit debug_exit_;
  ResetPort keyboard_controller_;
  ResetPort reset_control_;
};

/// What the main thread does while the machine runs.
class Server {
 public:
  Server(Control& control, Board& board, VirtualMachine& machine, Gate& gate,
         std::vector<std::unique_ptr<VirtualCpu>>& cpus)
      : control_(control), board_(board), machine_(machine), gate_(gate), cpus_(cpus) {}

  [[noreturn]] void serve() {
    bool input = true;
    for (;;) {
      const std::size_t room = input ? board_.serial().room() : 0;
      std::array<pollfd, 3> polled = {{{control_.fd(), POLLIN, 0},
                                       {kWake, POLLIN, 0},
                                       {room > 0 ? kConsoleInput : -1, POLLIN, 0}}};
      if (::poll(polled.data(), polled.size(), -1) < 0) continue;
      if (polled[0].revents != 0) take_message();
      if (polled[1].revents != 0) {
        std::uint64_t count = 0;
        (void)!::read(kWake, &count, sizeof count);
      }
      if (polled[2].revents != 0) input = take_input(room);
    }
  }

 private:
  /// False at the input's end.
  bool take_input(std::size_t room) {
    std::array<std::uint8_t, 16> bytes;
    const ssize_t count = ::read(kConsoleInput, bytes.data(), std::min(room, bytes.size()));
    if (count > 0) board_.serial().receive(bytes.data(), static_cast<std::size_t>(count));
    return count > 0 || (count < 0 && (errno == EAGAIN || errno == EINTR));
  }

  void take_message() {
    const std::optional<Message> message = control_.receive();
    if (!message) return;
    switch (message->word) {
      case Word::pause:
        pause();
        break;
      case Word::resume:
        resume();
        break;
      case Word::system_request:
        board_.serial().receive_break(static_cast<std::uint8_t>(message->value));
        break;
      case Word::interrupt:
        for (const auto& cpu : cpus_) cpu->interrupt();
        break;
      default:
        break;
    }
  }

  void pause() {
    if (!gate_.closed()) {
      gate_.close();
      for (const auto& cpu : cpus_) cpu->kick();
      gate_.wait_for_all();
      machine_.stop_clock();
    }
    control_.tell(Word::paused);
  }

  void resume() {
    if (!gate_.closed()) return;
    machine_.start_clock();
    for (const auto& cpu : cpus_) cpu->excuse_pause();
    gate_.open();
  }

  Control& control_;
  Board& board_;
  VirtualMachine& machine_;
  Gate& gate_;
  std::vector<std::unique_ptr<VirtualCpu>>& cpus_;
};

[[noreturn]] void run() {
  Control control(kControl);
  const Order order = read_order(control);
  std::vector<Piece> pieces(order.pieces);
  read_exactly(control, pieces.data(), pieces.size());
  const int wake = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (wake < 0 || ::dup2(wake, kWake) != kWake) control.give_up("no eventfd", errno);

  VirtualMachine machine(order, kKvm, control);
  machine.load(pieces, kContent);
  Board board(order, machine, control);
  Gate gate(order.cpus);
  std::vector<std::unique_ptr<VirtualCpu>> cpus;
  for (unsigned number = 0; number < order.cpus; ++number) {
    cpus.push_back(std::make_unique<VirtualCpu>(machine, number, gate, board.ports(), control));
  }
  cpus.front()->set_state(order.registers, order.system_registers);
  for (const auto& cpu : cpus) cpu->start(order.filter != 0);
  gate.wait_for_all();
  if (order.filter != 0) allow_calls_of_server(control);
  control.tell(Word::running);
  gate.open();
  Server(control, board, machine, gate, cpus).serve();
}

}  // namespace

}  // namespace quiz::vmm

int main() { quiz::vmm::run(); }
