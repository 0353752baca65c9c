// The monitor of a machine under KVM: puts a kernel into memory, sets the CPU's state to match, and
// goes. One process for each machine, which opens nothing: order.h says what it is given. Its main
// thread serves quiz and the console; each CPU has a thread.
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <string_view>
#include <vector>

#include "files/file_server.h"
#include "files/request.h"
#include "vmm/board.h"
#include "vmm/control.h"
#include "vmm/jail.h"
#include "vmm/order.h"
#include "vmm/virtual_cpu.h"
#include "vmm/virtual_machine.h"

namespace quiz::vmm {

namespace {

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
      order.low_memory > order.memory || order.disks > kMostDevices ||
      order.shares > kMostDevices) {
    control.give_up("the order is none");
  }
  return order;
}

/// What the main thread does while the machine runs.
class Server {
 public:
  Server(Control& control, Board& board, VirtualMachine& machine, Gate& gate,
         std::vector<std::unique_ptr<VirtualCpu>>& cpus)
      : control_(control), board_(board), machine_(machine), gate_(gate), cpus_(cpus) {
    polled_.reserve(kMostDevices + 3);  // nothing is allocated later
  }

  [[noreturn]] void serve() {
    bool input = true;
    for (;;) {
      const std::size_t room = input ? board_.serial().room() : 0;
      std::vector<pollfd>& polled = polled_;
      polled.clear();
      polled.push_back({control_.fd(), POLLIN, 0});
      polled.push_back({kWake, POLLIN, 0});
      polled.push_back({room > 0 ? kConsoleInput : -1, POLLIN, 0});
      board_.add_interests(polled);
      if (::poll(polled.data(), polled.size(), -1) < 0) continue;
      if (polled[0].revents != 0) take_message();
      if (polled[1].revents != 0) {
        std::uint64_t count = 0;
        (void)!::read(kWake, &count, sizeof count);
      }
      if (polled[2].revents != 0) input = take_input(room);
      board_.serve();
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
  std::vector<pollfd> polled_;
};

[[noreturn]] void run() {
  Control control(kControl);
  const Order order = read_order(control);
  std::vector<Piece> pieces(order.pieces);
  read_exactly(control, pieces.data(), pieces.size());
  Devices devices;
  devices.disks.resize(order.disks);
  read_exactly(control, devices.disks.data(), devices.disks.size());
  devices.shares.resize(order.shares);
  read_exactly(control, devices.shares.data(), devices.shares.size());
  const int wake = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (wake < 0 || ::dup2(wake, kWake) != kWake) control.give_up("no eventfd", errno);

  VirtualMachine machine(order, kKvm, control);
  machine.load(pieces, kContent);
  Board board(order, devices, machine, control);
  Gate gate(order.cpus);
  std::vector<std::unique_ptr<VirtualCpu>> cpus;
  for (unsigned number = 0; number < order.cpus; ++number) {
    cpus.push_back(std::make_unique<VirtualCpu>(machine, number, gate, board, control));
  }
  cpus.front()->set_state(order.registers, order.system_registers);
  for (const auto& cpu : cpus) cpu->start(order.filter != 0);
  board.start(order.filter != 0);
  gate.wait_for_all();
  Server server(control, board, machine, gate, cpus);
  if (order.filter != 0) allow_calls_of_server(control);
  control.tell(Word::running);
  gate.open();
  server.serve();
}

}  // namespace

}  // namespace quiz::vmm

/// One program: quiz starts it by one name or the other.
int main(int count, char** arguments) {
  if (count == 2 && std::string_view(arguments[0]) == quiz::files::kProgramName) {
    quiz::files::serve_files(arguments[1]);
  }
  quiz::vmm::run();
}
