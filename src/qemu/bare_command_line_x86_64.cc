#include <fmt/format.h>

#include "boot/handoff.h"
#include "qemu/bare_command_line.h"
#include "qemu/command_line.h"
#include "qemu/target_x86_64.h"

namespace quiz::qemu {

namespace {

using boot::Board;

std::vector<std::string> board_words(const BareMachine& machine) {
  if (machine.board == Board::microvm) {
    return {"-machine",
            kMicrovm,
            "-object",
            fmt::format("memory-backend-file,id=ram,size={}M,mem-path={},share=off",
                        machine.memory_mib, escaped(machine.content)),
            "-machine",
            "memory-backend=ram",
            "-bios",
            machine.rom};
  }
  // A kernel that is not ours may want all that a PC has, a screen among it.
  return {
      "-machine",    std::string(boot::name_of(machine.board)),
      "-vga",        "std",
      "-option-rom", escaped(machine.rom) + ",bootindex=0",
      "-fw_cfg",     fmt::format("name={},file={}", boot::kFirmwareFile, escaped(machine.content))};
}

}  // namespace

std::vector<std::string> bare_command_line(const std::string& program, const BareMachine& machine,
                                           int control) {
  std::vector<std::string> words = {program,
                                    "-nodefaults",
                                    "-no-user-config",
                                    "-display",
                                    "none",
                                    "-no-reboot",
                                    "-S",
                                    "-accel",
                                    accelerator_option(machine.accelerator),
                                    "-cpu",
                                    target_x86_64().cpu(machine.accelerator),
                                    "-smp",
                                    std::to_string(machine.cpus),
                                    "-m",
                                    fmt::format("{}M", machine.memory_mib)};
  const auto add = [&](const std::vector<std::string>& more) {
    words.insert(words.end(), more.begin(), more.end());
  };
  if (machine.sandbox) add({"-sandbox", kSandbox});
  add(board_words(machine));
  add({"-chardev", "pipe,id=console,path=" + escaped(machine.console), "-serial",
       "chardev:console"});
  add({"-chardev", fmt::format("socket,id=control,fd={}", control), "-mon",
       "chardev=control,mode=control"});
  if (machine.monitor_socket >= 0) {
    add({"-chardev",
         fmt::format("socket,id=monitor,fd={},server=on,wait=off", machine.monitor_socket), "-mon",
         "chardev=monitor,mode=control"});
  }
  add({"-device", fmt::format("isa-debug-exit,iobase=0x{:x},iosize=4", kDebugExitPort)});
  return words;
}

}  // namespace quiz::qemu
