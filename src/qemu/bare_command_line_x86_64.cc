#include "qemu/bare_command_line_x86_64.h"

#include <fmt/format.h>

#include "boot/handoff.h"
#include "boot/plan.h"
#include "qemu/command_line.h"
#include "qemu/target_x86_64.h"

namespace quiz::qemu {

namespace {

using boot::Board;

std::vector<std::string> board_words(const boot::Platform& platform, const BarePlumbing& plumbing) {
  if (platform.board == Board::microvm) {
    return {"-machine",
            kMicrovm,
            "-object",
            fmt::format("memory-backend-file,id=ram,size={}M,mem-path={},share=off",
                        platform.memory >> 20, escaped(plumbing.content)),
            "-machine",
            "memory-backend=ram",
            "-bios",
            plumbing.rom};
  }
  // A kernel that is not ours may want all that a PC has, a screen among it.
  return {"-machine",
          std::string(boot::name_of(platform.board)),
          "-vga",
          "std",
          "-option-rom",
          escaped(plumbing.rom) + ",bootindex=0",
          "-fw_cfg",
          fmt::format("name={},file={}", boot::kFirmwareFile, escaped(plumbing.content))};
}

}  // namespace

std::vector<std::string> bare_command_line(const std::string& program,
                                           const machine::MachineSpec& spec,
                                           const BarePlumbing& plumbing) {
  const boot::Platform& platform = spec.plan->platform;
  std::vector<std::string> words = {program,
                                    "-nodefaults",
                                    "-no-user-config",
                                    "-display",
                                    "none",
                                    "-no-reboot",
                                    "-S",
                                    "-accel",
                                    accelerator_option(spec.accelerator),
                                    "-cpu",
                                    target_x86_64().cpu(spec.accelerator),
                                    "-smp",
                                    std::to_string(platform.cpus),
                                    "-m",
                                    fmt::format("{}M", platform.memory >> 20)};
  const auto add = [&](const std::vector<std::string>& more) {
    words.insert(words.end(), more.begin(), more.end());
  };
  if (plumbing.sandbox) add({"-sandbox", kSandbox});
  add(board_words(platform, plumbing));
  add({"-chardev", "pipe,id=console,path=" + escaped(plumbing.console), "-serial",
       "chardev:console"});
  add({"-chardev", fmt::format("socket,id=control,fd={}", plumbing.control), "-mon",
       "chardev=control,mode=control"});
  if (plumbing.monitor_socket >= 0) {
    add({"-chardev",
         fmt::format("socket,id=monitor,fd={},server=on,wait=off", plumbing.monitor_socket), "-mon",
         "chardev=monitor,mode=control"});
  }
  add({"-device", fmt::format("isa-debug-exit,iobase=0x{:x},iosize=4", kDebugExitPort)});
  return words;
}

}  // namespace quiz::qemu
