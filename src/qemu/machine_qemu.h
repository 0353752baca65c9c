// machine::Machine by driving QEMU: booted cold, or gone on from an image of this very machine that
// was saved when its init had said hello (a warm start). The owner cannot tell: it gets the same
// hello.
//
// A cold boot that may make an image makes it, is ended, and the run goes on from that image: a
// machine that went on running would write into what is now the image. Where the target asks for it
// (Saving), another machine proves the image before it counts. Where anything about images fails,
// the machine is simply booted, once: no second image is tried.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "base/fd.h"
#include "base/pipe.h"
#include "base/reporter.h"
#include "confinement/confinement.h"
#include "machine/machine.h"
#include "machine/machine_spec.h"
#include "qemu/process.h"
#include "qemu/warm_image.h"
#include "wire/messages.h"

namespace quiz::qemu {

struct WarmStart {
  WarmImages images;
  bool distrusted = false;  ///< the machine did not come up: forget its image and boot plainly
};

class QemuMachine final : public machine::Machine {
 public:
  /// Starts QEMU; without `warm` always cold. Throws base::Error when the program is missing or
  /// cannot be started; what it complains about later comes as a MachineEvent, but that it cannot
  /// make this machine (a port or a file that cannot be had) as base::Error from handle().
  /// `reporter` gets the details of warm starts, `lan` is as in machine::StartOrder; all references
  /// must outlive the machine.
  QemuMachine(const std::string& program, const machine::MachineSpec& spec,
              const confinement::Confinement& confinement, std::optional<WarmStart> warm,
              base::Reporter& reporter, int lan = -1);
  ~QemuMachine() override;

  int wire() const override { return wire_.first.get(); }
  int console() const override { return console_.first.get(); }
  std::vector<int> descriptors() const override;
  std::vector<machine::MachineEvent> handle() override;
  machine::Start start() const override { return start_; }
  void program_begins() override;
  void pause() override;
  void resume() override;
  void system_request(char key) override;
  bool inject_nmi() override;
  std::vector<machine::DiskTraffic> disk_traffic() override;
  void plug(const machine::Disk& disk) override;
  void unplug(const std::string& name) override;
  base::Fd begin_debugging() override;
  void end_debugging() override;
  void kill() override;
  bool starved() override { return process_ && !process_->limit_hit().empty(); }

 private:
  enum class Phase {
    waiting,  ///< another process makes the image
    saving,   ///< booting, to be saved at hello
    proving,  ///< saved: one that goes on from it shows whether it is good
    resuming,
    running,  ///< the owner's: booted plainly, or resumed
  };

  // The ways to a running machine.
  void look_for_image();
  void boot();
  void boot_to_save();
  void save(const wire::Hello& hello);
  void keep_running(const std::string& reason);
  void save_state();
  void prove();
  void publish();
  void stop_process();
  void go_on_from(WarmImage image);

  // What happens on them.
  bool take_tick();
  bool has_rested(std::size_t heard);
  void handle_saving();
  void handle_proving();
  std::vector<machine::MachineEvent> handle_resuming();
  std::vector<machine::MachineEvent> handle_running();
  void hand_over();
  void bring_in_pages(pid_t qemu);
  void learn_pages();

  std::string program_;
  const machine::MachineSpec& spec_;
  const confinement::Confinement& confinement_;
  base::Reporter& reporter_;
  std::optional<WarmStart> warm_;
  std::string key_;
  Phase phase_ = Phase::running;
  machine::Start start_ = machine::Start::cold;
  // Pairs: the owner's end, and the machine's until the process that is to have it runs.
  base::SocketPair wire_;
  base::SocketPair console_;
  int lan_;         // where frames come from and go to; -1: nowhere
  base::Fd retry_;  // a timer while there is nothing to poll
  // While an image is made: its own wire, at which we only look.
  std::unique_ptr<WarmDraft> draft_;
  base::SocketPair private_wire_;
  std::optional<std::chrono::steady_clock::time_point> greeted_;
  std::size_t heard_ = 0;  // bytes, and when the last one came
  std::chrono::steady_clock::time_point heard_last_;
  std::string hello_;  // the frame
  base::Fd proof_memory_;
  base::Fd proof_state_;
  std::chrono::steady_clock::time_point proof_began_;
  bool made_image_ = false;
  std::optional<WarmImage> image_;  // the one that is being resumed, or was
  bool learning_ = false;           // of which pages it makes use
  bool suspect_ = false;            // QEMU did not even begin with it: its fault or the machine's
  std::unique_ptr<QemuProcess> process_;
};

}  // namespace quiz::qemu
