#include "cli/boot_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "base/error.h"
#include "base/nearest.h"
#include "config/joined.h"
#include "config/values.h"

namespace quiz::cli {

namespace {

constexpr const char* kSeeHelp = "`quiz help boot` lists the options";

constexpr auto kProtocols = std::to_array<boot::Protocol>(
    {boot::Protocol::linux64, boot::Protocol::freebsd, boot::Protocol::pvh,
     boot::Protocol::multiboot2, boot::Protocol::multiboot1});

/// bhyve's variables, as -o sets them.
constexpr auto kVariables =
    std::to_array<std::string_view>({"loader.name", "loader.kernel", "loader.image",
                                     "loader.initrd", "loader.cmdline", "loader.module"});

[[noreturn]] void refuse_name(const std::string& what, const std::string& name,
                              const std::vector<std::string>& known) {
  const auto near = base::nearest(name, known);
  throw base::Error(fmt::format("{} '{}'", what, name),
                    near ? fmt::format("did you mean '{}'?", *near)
                         : fmt::format("there are {}", config::joined(known, ", ")));
}

std::optional<boot::Protocol> read_loader(const std::string& name, bool automatic) {
  std::vector<std::string> known;
  if (automatic) known.emplace_back("auto");
  if (automatic && name == "auto") return std::nullopt;
  for (const boot::Protocol protocol : kProtocols) {
    if (name == boot::name_of(protocol)) return protocol;
    known.emplace_back(boot::name_of(protocol));
  }
  refuse_name("there is no loader", name, known);
}

boot::Board read_board(const std::string& name) {
  std::vector<std::string> known;
  for (const boot::Board board : boot::kBoards) {
    if (name == boot::name_of(board)) return board;
    known.emplace_back(boot::name_of(board));
  }
  refuse_name("there is no machine", name, known);
}

BootModule read_module(const std::string& text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos) return {text, {}};
  return {text.substr(0, colon), text.substr(colon + 1)};
}

unsigned read_number(const std::optional<unsigned>& number, const std::string& option,
                     const std::string& text, const char* allowed) {
  if (number) return *number;
  throw base::Error(fmt::format("{}: '{}' is not {}", option, text, allowed), kSeeHelp);
}

class Parser {
 public:
  explicit Parser(const std::vector<std::string>& words) : words_(words) {}

  BootWords parse() {
    while (next_ < words_.size()) {
      const std::string& word = words_[next_++];
      if (word == "--") {
        while (next_ < words_.size()) set_kernel(words_[next_++]);
      } else if (word.size() > 1 && word[0] == '-') {
        take_option(word);
      } else {
        set_kernel(word);
      }
    }
    if (result_.kernel.empty()) {
      throw base::Error("boot needs a kernel", "for example: quiz boot /boot/vmlinuz");
    }
    return std::move(result_);
  }

 private:
  void set_kernel(const std::string& word) {
    if (!result_.kernel.empty()) {
      throw base::Error(
          fmt::format("boot takes one kernel, not '{}' and '{}'", result_.kernel, word),
          "the kernel's arguments go into --cmdline, further files behind --module");
    }
    if (word.empty()) throw base::Error("the kernel's name is empty", kSeeHelp);
    result_.kernel = word;
  }

  void take_option(const std::string& word) {
    std::string name = word;
    std::optional<std::string> value;
    if (word.starts_with("--")) {
      const std::size_t equals = word.find('=');
      name = word.substr(0, equals);
      if (equals != std::string::npos) value = word.substr(equals + 1);
    } else if (word.size() > 2) {
      name = word.substr(0, 2);
      value = word.substr(2);
    }
    if (name == "--plan") return set_plan(value.value_or("text"));
    if (std::find(kOptions.begin(), kOptions.end(), name) == kOptions.end()) {
      std::vector<std::string> known(kOptions.begin(), kOptions.end());
      known.emplace_back("--plan");
      const auto near = base::nearest(name, known);
      throw base::Error(fmt::format("boot does not know the option '{}'", name),
                        near ? fmt::format("did you mean '{}'?", *near) : kSeeHelp);
    }
    if (!value) {
      if (next_ == words_.size()) {
        throw base::Error(fmt::format("option {} needs a value", name), kSeeHelp);
      }
      value = words_[next_++];
    }
    set(name, *value);
  }

  void set(const std::string& name, const std::string& value) {
    if (name == "--loader") result_.loader = read_loader(value, true);
    if (name == "--cmdline") result_.command_line = value;
    if (name == "--initrd") result_.initrd = value;
    if (name == "--module") result_.modules.push_back(read_module(value));
    if (name == "--env") result_.environment.push_back(value);
    if (name == "--machine") result_.board = read_board(value);
    if (name == "--qmp") result_.monitor_socket = value;
    if (name == "-m" || name == "--memory") {
      result_.memory_mib =
          read_number(config::read_memory(value), name, value, "a memory size from 64M to 16T");
    }
    if (name == "-c" || name == "--cpus") {
      result_.cpus = read_number(config::read_cpus(value), name, value, "a number from 1 to 255");
    }
    if (name == "-o") set_loader_variable(value);
  }

  void set_plan(const std::string& form) {
    if (form == "text") {
      result_.plan = PlanForm::text;
    } else if (form == "json") {
      result_.plan = PlanForm::json;
    } else {
      refuse_name("there is no form of the plan", form, {"text", "json"});
    }
  }

  /// bhyve(8): -o NAME=VALUE sets a configuration variable.
  void set_loader_variable(const std::string& assignment) {
    const std::size_t equals = assignment.find('=');
    const std::string name = assignment.substr(0, equals);
    if (equals == std::string::npos) {
      throw base::Error(fmt::format("-o {}: there is no '='", assignment),
                        "for example: -o loader.name=linux");
    }
    const std::string value = assignment.substr(equals + 1);
    if (name == "loader.name") {
      result_.loader = read_loader(value, false);
    } else if (name == "loader.kernel" || name == "loader.image") {
      set_kernel(value);
    } else if (name == "loader.initrd") {
      result_.initrd = value;
    } else if (name == "loader.cmdline") {
      result_.command_line = value;
    } else if (name == "loader.module") {
      result_.modules.push_back(read_module(value));
    } else {
      refuse_name("there is no variable", name,
                  std::vector<std::string>(kVariables.begin(), kVariables.end()));
    }
  }

  static constexpr auto kOptions = std::to_array<std::string_view>(
      {"--loader", "--cmdline", "--initrd", "--module", "--env", "--machine", "--memory", "--cpus",
       "--qmp", "-m", "-c", "-o"});

  const std::vector<std::string>& words_;
  std::size_t next_ = 0;
  BootWords result_;
};

}  // namespace

const std::vector<BootChoices>& boot_choices() {
  static const std::vector<BootChoices> choices = [] {
    BootChoices loader{"--loader", {"auto"}};
    for (const boot::Protocol protocol : kProtocols) loader.names.push_back(name_of(protocol));
    BootChoices machine{"--machine", {}};
    for (const boot::Board board : boot::kBoards) machine.names.push_back(name_of(board));
    BootChoices variable{"-o", {kVariables.begin(), kVariables.end()}};
    return std::vector<BootChoices>{loader, machine, variable};
  }();
  return choices;
}

BootWords parse_boot_words(const std::vector<std::string>& words) { return Parser(words).parse(); }

}  // namespace quiz::cli
