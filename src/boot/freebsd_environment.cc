#include "boot/freebsd_environment.h"

#include <algorithm>
#include <array>
#include <sstream>
#include <string_view>
#include <utility>

#include "boot/layout_freebsd.h"
#include "boot/refusal.h"

namespace quiz::boot {

namespace {

constexpr std::string_view kRule = "sys/kern/kern_environment.c";

/// The console of `quiz boot` is the first serial port: flags 0x10 make it the console, and the
/// hints are those of FreeBSD's device.hints. Nobody reads what a panic says within 15 seconds.
constexpr auto kDefaults = std::to_array<std::string_view>(
    {"console=comconsole", "boot_serial=YES", "hint.uart.0.at=isa", "hint.uart.0.port=0x3F8",
     "hint.uart.0.flags=0x10", "hint.uart.0.irq=4", "kern.panic_reboot_wait_time=0"});

constexpr auto kFlags =
    std::to_array<std::pair<char, FreebsdHow>>({{'a', FreebsdHow::ask_for_root},
                                                {'C', FreebsdHow::cd_root},
                                                {'d', FreebsdHow::debugger},
                                                {'D', FreebsdHow::many_consoles},
                                                {'g', FreebsdHow::remote_debugger},
                                                {'h', FreebsdHow::serial_console},
                                                {'m', FreebsdHow::mute},
                                                {'p', FreebsdHow::pause},
                                                {'r', FreebsdHow::default_root},
                                                {'s', FreebsdHow::single_user},
                                                {'v', FreebsdHow::verbose}});

std::uint32_t read_flags(const std::string& word) {
  std::uint32_t how = 0;
  for (const char letter : std::string_view(word).substr(1)) {
    const auto* const flag = std::find_if(kFlags.begin(), kFlags.end(),
                                          [&](const auto& each) { return each.first == letter; });
    if (flag == kFlags.end()) {
      throw base::Error(fmt::format("FreeBSD has no flag '{}' ({})", letter, word),
                        "its flags are -a, -C, -d, -D, -g, -h, -m, -p, -r, -s and -v");
    }
    how |= static_cast<std::uint32_t>(flag->second);
  }
  return how;
}

bool is_printable(const std::string& text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < ' ' || byte == 0x7F;
  });
}

std::string_view name_in(std::string_view variable) {
  return variable.substr(0, variable.find('='));
}

void check(const std::string& variable) {
  const std::string_view name = name_in(variable);
  if (name.size() == variable.size() || name.empty() || name.find(' ') != name.npos ||
      !is_printable(variable)) {
    throw base::Error(fmt::format("'{}' is no NAME=VALUE of an environment", variable),
                      "for example: --env vfs.root.mountfrom=cd9660:/dev/md0");
  }
  if (variable.size() > kFreebsdVariableSize) {
    refuse(kRule,
           "the variable {}… has {} bytes with its name, FreeBSD drops what has more than {}",
           name.substr(0, 40), variable.size(), kFreebsdVariableSize);
  }
}

class Variables {
 public:
  void set(const std::string& variable) {
    check(variable);
    const auto same = std::find_if(all_.begin(), all_.end(), [&](const std::string& other) {
      return name_in(other) == name_in(variable);
    });
    if (same != all_.end()) {
      *same = variable;
      return;
    }
    if (all_.size() == kFreebsdVariables) {
      refuse(kRule, "the environment has more than {} variables", kFreebsdVariables);
    }
    all_.push_back(variable);
  }
  std::vector<std::string> take() { return std::move(all_); }

 private:
  std::vector<std::string> all_;
};

}  // namespace

std::string FreebsdBoot::environment() const {
  std::string bytes;
  for (const std::string& variable : variables) bytes += variable + '\0';
  return bytes + '\0';
}

FreebsdBoot read_freebsd_boot(const std::string& command_line,
                              const std::vector<std::string>& environment) {
  FreebsdBoot boot;
  boot.how = static_cast<std::uint32_t>(FreebsdHow::serial_console);
  Variables variables;
  for (const std::string_view variable : kDefaults) variables.set(std::string(variable));
  std::istringstream words(command_line);
  for (std::string word; words >> word;) {
    if (word[0] == '-') {
      boot.how |= read_flags(word);
    } else {
      variables.set(word.find('=') == std::string::npos ? word + "=1" : word);
    }
  }
  for (const std::string& variable : environment) variables.set(variable);
  boot.variables = variables.take();
  return boot;
}

}  // namespace quiz::boot
