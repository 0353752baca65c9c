// machine::Machine of a bare kernel, which quiz's loader has put into memory (MachineSpec::plan):
// QEMU with quiz's boot ROM, a serial port, and a monitor. There is no wire.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/fd.h"
#include "machine/machine.h"
#include "machine/monitor.h"
#include "qemu/process.h"

namespace quiz::qemu {

/// The machine's serial port. Pipes, since a socket takes less than 300 bytes that come one by one
/// until somebody reads them: then the guest waits, and one that begins to boot does not wait long,
/// but overwrites what has not gone yet. These keep 64 KiB.
class ConsolePipes {
 public:
  /// Makes them below `directory`. Throws base::Error.
  explicit ConsolePipes(const std::filesystem::path& directory);
  std::string path() const { return path_.string(); }  ///< as QEMU wants it
  int output() const { return output_.get(); }         ///< the guest's, for us to read
  int input() const { return input_.get(); }

 private:
  std::filesystem::path path_;
  base::Fd output_;
  base::Fd input_;
};

class BareMachine final : public machine::Machine {
 public:
  /// Writes what the plan puts into memory to order.scratch, starts QEMU and lets the guest go.
  /// Throws base::Error when one of these cannot be done.
  BareMachine(const std::string& program, const machine::MachineSpec& spec,
              const machine::StartOrder& order);

  int wire() const override { return -1; }
  int console() const override { return console_.output(); }
  int console_input() const override { return console_.input(); }
  std::vector<int> descriptors() const override { return process_->descriptors(); }
  std::vector<machine::MachineEvent> handle() override;
  machine::Start start() const override { return machine::Start::cold; }
  void pause() override { process_->stop_cpus(); }
  void resume() override { process_->continue_cpus(); }
  void system_request(char key) override { process_->system_request(key, console_input()); }
  void kill() override { process_->kill(); }

 private:
  ConsolePipes console_;
  bool started_ = false;  // the guest's CPUs have run
  std::unique_ptr<QemuProcess> process_;
};

}  // namespace quiz::qemu
