// machine::Machine in quiz's own monitor process, with a file server's process for each directory
// that it shares. Booted always: nothing is saved.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/child.h"
#include "base/fd.h"
#include "base/pipe.h"
#include "confinement/confinement.h"
#include "machine/machine.h"
#include "machine/monitor.h"
#include "vmm/order.h"

namespace quiz::kvm {

/// A process, shut in. It goes with its owner.
struct ConfinedProcess {
  std::unique_ptr<confinement::Guard> guard;
  std::unique_ptr<base::Child> child;
};

class KvmMachine final : public machine::Machine {
 public:
  /// Starts the processes; the machine boots at once. Throws base::Error when it cannot be started,
  /// or its kernel not booted.
  KvmMachine(const machine::MachineSpec& spec, const machine::StartOrder& order);

  int wire() const override { return wire_.first.get(); }
  int console() const override { return output_.read_end.get(); }
  int console_input() const override { return input_.write_end.get(); }
  std::vector<int> descriptors() const override;
  std::vector<machine::MachineEvent> handle() override;
  machine::Start start() const override { return machine::Start::cold; }
  void pause() override;
  void resume() override { send(vmm::Word::resume); }
  void system_request(char key) override { send(vmm::Word::system_request, key); }
  bool inject_nmi() override;
  void kill() override;

 private:
  void send(vmm::Word word, int value = 0);
  /// What the process has said; false: it says no more.
  bool receive();
  void take(const vmm::Message& message);
  machine::MachineEvent describe_end();

  base::Pipe output_;  // the guest's console
  base::Pipe input_;
  base::SocketPair wire_;  // none of a bare kernel
  base::Fd control_;
  std::vector<ConfinedProcess> file_servers_;
  ConfinedProcess monitor_;
  std::string incoming_;  // the beginning of a message
  std::vector<machine::MachineEvent> events_;
  std::string failure_;
  bool runs_ = false;  // the guest's CPUs have begun
  bool paused_ = false;
  bool end_reported_ = false;
};

/// What the kernel of a run gets as its command line on such a machine.
std::string kernel_line(const machine::MachineSpec& spec);

}  // namespace quiz::kvm
