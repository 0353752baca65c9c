// What QEMU's command line says for one architecture ("target" is QEMU's word): its boards, the
// places of their devices, its CPU. A target is a file target_ARCH.cc, its boards are in
// board_NAME_ARCH.cc, and target.cc lists them. All of it is pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "machine/machine_spec.h"

namespace quiz::qemu {

/// Gives one machine's virtio devices their places, in the order of the calls.
class Slots {
 public:
  virtual ~Slots() = default;
  /// The value of -device so far: the model's name on the board's bus ("virtio-9p-pci"), with its
  /// place there where QEMU shall not choose it.
  virtual std::string device(const char* model) = 0;
  /// The same for a disk.
  virtual std::string disk() { return device("blk"); }
};

class Board {
 public:
  virtual ~Board() = default;
  virtual const char* name() const = 0;  ///< QEMU's
  /// "-machine" and whatever must follow it.
  virtual std::vector<std::string> words() const = 0;
  /// More words for the kernel, each with a blank before it.
  virtual std::string kernel_words() const { return {}; }
  /// What QEMU adds to the kernel's command line for each device, in bytes at most.
  virtual std::size_t bytes_per_device() const { return 0; }
  /// Devices may have a ROM to boot from.
  virtual bool has_roms() const = 0;
  /// Disks may come and go while it runs.
  virtual bool has_hot_plug() const { return false; }
  virtual unsigned most_cpus() const { return std::numeric_limits<unsigned>::max(); }
  virtual unsigned most_memory_mib() const { return std::numeric_limits<unsigned>::max(); }
  /// How many disks fit beside so many other devices.
  virtual unsigned most_disks(unsigned others) const = 0;
  virtual std::unique_ptr<Slots> slots(const machine::MachineSpec& spec) const = 0;
};

/// How a guest's kernel that ends by a panic is told from one that was restarted, with nothing on
/// its console, where the machine itself cannot say so: what it leaves in the machine's memory.
struct PanicMark {
  std::uint64_t address = 0;  ///< physical
  std::uint16_t value = 0;
};

/// What on the console makes the key after it a SysRq (Documentation/admin-guide/sysrq.rst).
enum class SysRqPrefix { serial_break, control_o };

/// What has to be so before a machine that has said hello is saved, and after.
struct Saving {
  /// One that goes on from an image is as good as one that was booted.
  bool possible = true;
  /// It must have been silent for so long.
  std::chrono::milliseconds rest{0};
  /// A new image is good once a machine has gone on from it and built its root.
  bool proved = false;
};

class Target {
 public:
  virtual ~Target() = default;
  virtual std::string_view architecture() const = 0;  ///< base::Architecture's name
  /// The board that serves the machine best.
  virtual const Board& board(const machine::MachineSpec& spec) const = 0;
  /// The value of -cpu.
  virtual std::string cpu(machine::Accelerator accelerator) const = 0;
  /// What the boards' kernel_words() make a panic leave; nullopt: QEMU tells of a panic, or only
  /// the console does.
  virtual std::optional<PanicMark> panic_mark() const = 0;
  virtual SysRqPrefix sysrq_prefix() const { return SysRqPrefix::serial_break; }
  virtual Saving saving() const { return {}; }
};

/// Throws base::Error for an architecture that quiz drives no QEMU for.
const Target& target_of(const base::Architecture& architecture);

/// target_of(…).board(spec).
const Board& board_of(const machine::MachineSpec& spec);

/// How many virtio devices the machine will have, channels included. All disks of one with
/// hot_plug hang on one of them.
unsigned virtio_devices(const machine::MachineSpec& spec);

}  // namespace quiz::qemu
