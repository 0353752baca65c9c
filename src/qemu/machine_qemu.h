// machine::Machine by driving a QEMU process.
#pragma once

#include <memory>
#include <string>

#include "base/child.h"
#include "base/confinement.h"
#include "machine/machine.h"
#include "machine/machine_spec.h"
#include "qemu/qmp.h"

namespace quiz::qemu {

/// Throws base::Error when there is no such program.
void check_program(const std::string& program);

class QemuMachine final : public machine::Machine {
 public:
  /// Starts QEMU. Throws base::Error when the program is missing or cannot be started; what it
  /// complains about later comes as a MachineEvent.
  QemuMachine(const std::string& program, const machine::MachineSpec& spec,
              const base::Confinement& confinement);
  ~QemuMachine() override;

  int wire() const override { return wire_.get(); }
  int console() const override { return console_.get(); }
  std::vector<int> descriptors() const override;
  std::vector<machine::MachineEvent> handle() override;
  void pause() override;
  void resume() override;
  void system_request(char key) override;
  void kill() override;

 private:
  void read_errors();
  machine::MachineEvent describe_end();

  base::Fd wire_;
  base::Fd console_;
  base::Fd errors_;  // QEMU's stderr
  std::string error_text_;
  bool end_reported_ = false;
  std::unique_ptr<Qmp> qmp_;
  std::unique_ptr<base::Child> process_;
};

}  // namespace quiz::qemu
