// machine::Machine of a bare kernel in quiz's own monitor process.
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

class KvmMachine final : public machine::Machine {
 public:
  /// Starts the process, which boots order's plan at once. Throws base::Error when it cannot be
  /// started.
  KvmMachine(const machine::MachineSpec& spec, const machine::StartOrder& order);

  int wire() const override { return -1; }
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
  base::Fd control_;
  std::unique_ptr<confinement::Guard> guard_;
  std::unique_ptr<base::Child> process_;
  std::string incoming_;  // the beginning of a message
  std::vector<machine::MachineEvent> events_;
  std::string failure_;
  bool runs_ = false;  // the guest's CPUs have begun
  bool paused_ = false;
  bool end_reported_ = false;
};

}  // namespace quiz::kvm
