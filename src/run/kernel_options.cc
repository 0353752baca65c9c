#include "run/kernel_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "kernel/config_fragment.h"
#include "run/emulated_tsc.h"

namespace quiz::run {

namespace {

std::string read_config(const kernel::Kernel& kernel) {
  if (kernel.config.empty()) return {};
  return base::read_file_if_exists(kernel.config).value_or("");
}

/// The words as the kernel sees them (next_arg in lib/cmdline.c): blanks within quotes belong to a
/// word, the quotes do not.
std::vector<std::string> kernel_words(const std::string& line) {
  std::vector<std::string> words(1);
  bool quoted = false;
  for (const char c : line) {
    if (c == '"') {
      quoted = !quoted;
    } else if (!quoted && std::isspace(static_cast<unsigned char>(c)) != 0) {
      words.emplace_back();
    } else {
      words.back() += c;
    }
  }
  return words;
}

}  // namespace

std::string kernel_command_line(const KernelOptions& options) {
  // A panic ends the machine at once. SysRq answers from outside.
  std::string line = "panic=-1 sysrq_always_enabled=1 random.trust_cpu=on";
  // A serial port is slow: unread, it gets only what may explain an ending. A panic and an oops
  // raise the level themselves.
  line += options.whole_log ? " ignore_loglevel" : " loglevel=6";
  if (options.accelerator == machine::Accelerator::tcg &&
      options.architecture.clock_source == "tsc") {
    line += emulated_tsc_words(options.tsc_khz, options.timer_hz);
  }
  if (options.panic_on_oops) line += " oops=panic";
  if (options.boot_timed) line += " initcall_debug log_buf_len=4M";
  if (options.gdb) line += " nokaslr";
  if (options.root_disk) line += fmt::format(" quiz.root={}", machine::kRootDisk);
  if (!options.additional.empty()) line += " " + options.additional;
  return line;
}

void check_command_line(const std::string& additional, std::size_t size, std::size_t longest) {
  const std::vector<std::string> words = kernel_words(additional);
  if (std::find(words.begin(), words.end(), "--") != words.end()) {
    throw base::Error("'--' among the words for the kernel's command line ends its options",
                      "leave it out: the guest's init takes no words");
  }
  if (size <= longest) return;
  throw base::Error(fmt::format("the kernel's command line would be {} bytes long, and it takes {}",
                                size, longest),
                    fmt::format("the words of --cmdline and of profiles must be {} bytes shorter",
                                size - longest));
}

bool finds_devices_by_command_line(const kernel::Kernel& kernel) {
  const std::string config = read_config(kernel);
  return kernel::config_value_in(config, "VIRTIO_MMIO") == "y" &&
         kernel::config_value_in(config, "VIRTIO_MMIO_CMDLINE_DEVICES") == "y";
}

unsigned timer_hz(const kernel::Kernel& kernel) {
  const std::string value = kernel::config_value_in(read_config(kernel), "HZ");
  return static_cast<unsigned>(std::strtoul(value.c_str(), nullptr, 10));
}

}  // namespace quiz::run
