#include "config/schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <utility>

#include "base/error.h"
#include "base/nearest.h"
#include "config/joined.h"
#include "config/values.h"

namespace quiz::config {

namespace {

template <auto kMember, auto kRead>
bool set(Settings& settings, std::string_view text, const Origin& origin) {
  auto value = kRead(text);
  if (!value) return false;
  settings.*kMember = {std::move(*value), origin};
  return true;
}

template <auto kMember, auto kRead>
bool append(Settings& settings, std::string_view text, const Origin& origin) {
  auto value = kRead(text);
  if (!value) return false;
  (settings.*kMember).push_back({std::move(*value), origin});
  return true;
}

/// Of quiet and verbose the one that was asked for last counts.
template <auto kMember, auto kOpposite>
bool set_loudness(Settings& settings, std::string_view text, const Origin& origin) {
  if (!set<kMember, read_switch>(settings, text, origin)) return false;
  if ((settings.*kMember).value) settings.*kOpposite = {false, origin};
  return true;
}

template <auto kMember>
std::vector<Shown> show(const Settings& settings) {
  return {{to_toml((settings.*kMember).value), (settings.*kMember).origin}};
}

template <auto kMember>
std::vector<Shown> show_list(const Settings& settings) {
  std::vector<Shown> elements;
  for (const auto& element : settings.*kMember) {
    elements.push_back({to_toml(element.value), element.origin});
  }
  return elements;
}

/// What is there already stays: the list as `quiz config` prints it is no longer than before.
bool append_secret(Settings& settings, std::string_view text, const Origin& origin) {
  if (text.empty()) return false;
  const bool known = std::any_of(settings.secrets.begin(), settings.secrets.end(),
                                 [&](const auto& secret) { return secret.value == text; });
  if (!known) settings.secrets.push_back({std::string(text), origin});
  return true;
}

constexpr std::string_view kSwitchValues = "yes or no (also true, false, on, off, 1, 0)";
constexpr auto kSetTty = set<&Settings::tty, read_choice<Tty, kTtyNames>>;

// clang-format off
constexpr Option kOptions[] = {
    {.key = "kernel", .short_flag = 'k', .long_flag = "kernel", .argument = "KERNEL",
     .group = Group::kMachine, .help = "the kernel to boot: a name or a path (default: Debian's newest)",
     .allowed = "a kernel's name or path", .completion = Completion::kKernel, .path = PathRule::kWithSlash,
     .set = set<&Settings::kernel, read_text>, .show = show<&Settings::kernel>},
    {.key = "kernel_enable", .short_flag = 'E', .long_flag = "enable", .argument = "OPTION", .type = Type::kList,
     .group = Group::kMachine, .help = "that kernel with OPTION=y, built if need be: -E KASAN; repeatable",
     .allowed = "an option of the kernel's configuration",
     .set = append<&Settings::kernel_enable, read_nonempty>, .show = show_list<&Settings::kernel_enable>},
    {.key = "kernel_disable", .short_flag = 'D', .long_flag = "disable", .argument = "OPTION", .type = Type::kList,
     .group = Group::kMachine, .help = "that kernel without OPTION; repeatable",
     .allowed = "an option of the kernel's configuration",
     .set = append<&Settings::kernel_disable, read_nonempty>, .show = show_list<&Settings::kernel_disable>},
    {.key = "kernel_module", .short_flag = 'M', .long_flag = "module", .argument = "OPTION", .type = Type::kList,
     .group = Group::kMachine, .help = "that kernel with OPTION=m; repeatable",
     .allowed = "an option of the kernel's configuration",
     .set = append<&Settings::kernel_module, read_nonempty>, .show = show_list<&Settings::kernel_module>},
    {.key = "profile", .short_flag = 'p', .long_flag = "profile", .argument = "PROFILE", .type = Type::kList,
     .group = Group::kMachine, .help = "devices and more for this run: -p memdev,blockdev:count=4",
     .allowed = "a profile: NAME[:OPTION=VALUE]...", .completion = Completion::kProfile,
     .set = append<&Settings::profiles, read_nonempty>, .show = show_list<&Settings::profiles>},
    {.key = "root", .short_flag = 'r', .long_flag = "root", .argument = "ROOT",
     .group = Group::kMachine, .help = "the root: host (default), debian, a name, a directory or an image",
     .allowed = "a root's name or path", .completion = Completion::kRoot, .path = PathRule::kWithSlash,
     .set = set<&Settings::root, read_nonempty>, .show = show<&Settings::root>},
    {.key = "mirror", .long_flag = "mirror", .argument = "URL",
     .group = Group::kMachine, .help = "Debian's mirror, where this machine's apt names none",
     .allowed = "the address of a mirror, such as http://HOST/debian",
     .set = set<&Settings::mirror, read_mirror>, .show = show<&Settings::mirror>},
    {.key = "init", .long_flag = "init", .argument = "NAME", .type = Type::kChoice,
     .group = Group::kMachine, .help = "the machine's PID 1: quiz (default), tini or systemd",
     .choices = kInitNames, .completion = Completion::kChoices,
     .set = set<&Settings::init, read_choice<Init, kInitNames>>, .show = show<&Settings::init>},
    {.key = "size", .long_flag = "size", .argument = "SIZE", .type = Type::kSize,
     .group = Group::kMachine, .help = "how much may be written into / (default: 0, half of the memory)",
     .allowed = "a size of at most 16T: MiB (512) or with a unit (512M, 2G)",
     .set = set<&Settings::size, read_size>, .show = show<&Settings::size>},
    {.key = "memory", .short_flag = 'm', .long_flag = "memory", .argument = "SIZE", .type = Type::kSize,
     .group = Group::kMachine, .help = "memory in MiB, or with a unit as in 2G (default: 1024)",
     .allowed = "a memory size from 64M to 16T: MiB (512) or with a unit (512M, 2G)",
     .set = set<&Settings::memory, read_memory>, .show = show<&Settings::memory>},
    {.key = "cpus", .short_flag = 'c', .long_flag = "cpus", .argument = "NUMBER", .type = Type::kNumber,
     .group = Group::kMachine, .help = "number of CPUs (default: 2)", .allowed = "a number from 1 to 255",
     .set = set<&Settings::cpus, read_cpus>, .show = show<&Settings::cpus>},
    {.key = "architecture", .short_flag = 'a', .long_flag = "architecture", .argument = "ARCH", .type = Type::kChoice,
     .group = Group::kMachine, .help = "of another architecture: s390x, aarch64, riscv64, ppc64le, i686, armv7l",
     .choices = kArchitectureNames, .completion = Completion::kChoices,
     .set = set<&Settings::architecture, read_architecture>, .show = show<&Settings::architecture>},
    {.key = "accelerator", .long_flag = "accel", .argument = "NAME", .type = Type::kChoice,
     .group = Group::kMachine, .help = "auto (default), kvm or tcg",
     .choices = kAcceleratorNames, .completion = Completion::kChoices,
     .set = set<&Settings::accelerator, read_choice<Accelerator, kAcceleratorNames>>,
     .show = show<&Settings::accelerator>},
    {.key = "qemu", .long_flag = "qemu", .argument = "PROGRAM",
     .group = Group::kMachine, .help = "the QEMU to use (default: qemu-system-x86_64)", .allowed = "a program",
     .completion = Completion::kProgram, .path = PathRule::kWithSlash,
     .set = set<&Settings::qemu, read_nonempty>, .show = show<&Settings::qemu>},
    {.key = "cmdline", .long_flag = "cmdline", .argument = "WORDS", .type = Type::kList,
     .group = Group::kMachine, .help = "more words for the kernel's command line; repeatable",
     .allowed = "one line of words for the kernel's command line",
     .set = append<&Settings::cmdline, read_cmdline>, .show = show_list<&Settings::cmdline>},
    {.key = "name", .long_flag = "name", .argument = "NAME",
     .group = Group::kMachine, .help = "what `quiz vm` calls the machine (default: after the directory)",
     .allowed = "a name: at most 64 letters, digits and ._-, not first one of these",
     .set = set<&Settings::name, read_machine_name>, .show = show<&Settings::name>},

    {.key = "user", .long_flag = "user", .bare = "yes", .type = Type::kSwitch,
     .group = Group::kProgram, .help = "run the program as you instead of root", .allowed = kSwitchValues,
     .set = set<&Settings::user, read_switch>, .show = show<&Settings::user>},
    {.key = "directory", .short_flag = 'C', .long_flag = "directory", .argument = "DIR",
     .group = Group::kProgram, .help = "run the program in DIR instead of the current directory",
     .allowed = "a directory", .completion = Completion::kDirectory, .path = PathRule::kAlways,
     .set = set<&Settings::directory, read_nonempty>, .show = show<&Settings::directory>},
    {.key = "environment", .short_flag = 'e', .long_flag = "env", .argument = "NAME[=VALUE]", .type = Type::kList,
     .group = Group::kProgram, .help = "set NAME for the program, or pass yours on; repeatable",
     .allowed = "NAME or NAME=VALUE", .completion = Completion::kVariable,
     .set = append<&Settings::environment, read_environment_addition>, .show = show_list<&Settings::environment>},
    {.key = "pass_environment", .long_flag = "pass-env", .argument = "WHAT", .type = Type::kChoice,
     .group = Group::kProgram, .help = "of your variables: all (default), listed (-e and a few) or none",
     .choices = kPassEnvironmentNames, .completion = Completion::kChoices,
     .set = set<&Settings::pass_environment, read_choice<PassEnvironment, kPassEnvironmentNames>>,
     .show = show<&Settings::pass_environment>},
    {.key = "hide", .long_flag = "hide", .argument = "PATH", .type = Type::kList,
     .group = Group::kProgram, .help = "do not let the guest see PATH of this machine; repeatable",
     .allowed = "a path", .completion = Completion::kFile, .path = PathRule::kAlways,
     .set = append<&Settings::hide, read_nonempty>, .show = show_list<&Settings::hide>},
    {.key = "hide_secrets", .long_flag = "hide-secrets", .bare = "yes", .type = Type::kSwitch,
     .group = Group::kProgram, .help = "hide keys, tokens, histories; on where a project takes part unagreed",
     .allowed = kSwitchValues,
     .set = set<&Settings::hide_secrets, read_optional_switch>, .show = show<&Settings::hide_secrets>},
    {.key = "secrets", .long_flag = "secret", .argument = "PATH", .type = Type::kList,
     .group = Group::kProgram, .help = "one more path that --hide-secrets hides; repeatable",
     .allowed = "a path", .completion = Completion::kFile, .path = PathRule::kAlways,
     .set = append_secret, .show = show_list<&Settings::secrets>},
    {.short_flag = 't', .bare = "force",
     .group = Group::kProgram, .help = "give the program a terminal, whatever stdout is", .set = kSetTty},
    {.short_flag = 'T', .bare = "refuse",
     .group = Group::kProgram, .help = "give the program no terminal", .set = kSetTty},
    {.key = "tty", .long_flag = "tty", .argument = "WHEN", .type = Type::kChoice,
     .group = Group::kProgram, .help = "auto (default), force (as -t) or refuse (as -T)",
     .choices = kTtyNames, .completion = Completion::kChoices, .set = kSetTty, .show = show<&Settings::tty>},
    {.key = "stdin", .long_flag = "stdin", .argument = "WHEN", .type = Type::kChoice,
     .group = Group::kProgram, .help = "read a pipe when the program asks (asked), eager, none",
     .choices = kStdinNames, .completion = Completion::kChoices,
     .set = set<&Settings::input, read_choice<Stdin, kStdinNames>>, .show = show<&Settings::input>},
    {.key = "shell_after", .short_flag = 'S', .long_flag = "shell", .bare = "yes", .type = Type::kSwitch,
     .group = Group::kProgram, .help = "a shell in the machine once the program has ended", .allowed = kSwitchValues,
     .set = set<&Settings::shell_after, read_switch>, .show = show<&Settings::shell_after>},
    {.key = "keep", .long_flag = "keep", .bare = "always", .type = Type::kChoice,
     .group = Group::kProgram, .help = "the machine stays after the program, for `quiz vm`; or =failure",
     .choices = kKeepNames, .set = set<&Settings::keep, read_choice<Keep, kKeepNames>>,
     .show = show<&Settings::keep>},
    {.key = "write", .short_flag = 'w', .long_flag = "write", .argument = "DIR", .type = Type::kList,
     .group = Group::kProgram, .help = "the program may write into DIR; DIR:/PLACE[:ro|:cow|:map]; repeatable",
     .allowed = "a directory: DIR, or DIR:/PLACE, and options: DIR:/PLACE:ro", .completion = Completion::kDirectory, .path = PathRule::kAlways,
     .set = append<&Settings::writes, read_nonempty>, .show = show_list<&Settings::writes>},
    {.key = "output", .long_flag = "output", .argument = "DIR",
     .group = Group::kProgram, .help = "keep in DIR what the program puts into $QUIZ_OUTPUT",
     .allowed = "a directory", .completion = Completion::kDirectory, .path = PathRule::kAlways,
     .set = set<&Settings::output, read_nonempty>, .show = show<&Settings::output>},
    {.key = "output_limit", .long_flag = "output-limit", .argument = "SIZE", .type = Type::kSize,
     .group = Group::kProgram, .help = "how much may be put into each DIR (default: 4096, in MiB; 0: any)",
     .allowed = "a size of at most 16T: MiB (512) or with a unit (512M, 2G)",
     .set = set<&Settings::output_limit, read_size>, .show = show<&Settings::output_limit>},

    {.key = "timeout", .long_flag = "timeout", .argument = "TIME", .type = Type::kDuration,
     .group = Group::kFailure, .help = "end the machine after TIME: 90, 1.5s, 2m, 1h (default: 0, never)",
     .allowed = "a time of at most a year: seconds (90, 1.5) or with a unit (90s, 2m, 1h)",
     .set = set<&Settings::timeout, read_duration>, .show = show<&Settings::timeout>},
    {.key = "oops", .long_flag = "oops", .argument = "ACTION", .type = Type::kChoice,
     .group = Group::kFailure, .help = "after a kernel oops: fail (default; status 121), ignore or panic",
     .choices = kOnOopsNames, .completion = Completion::kChoices,
     .set = set<&Settings::oops, read_choice<OnOops, kOnOopsNames>>, .show = show<&Settings::oops>},
    {.key = "kmsg", .long_flag = "kmsg", .argument = "WHAT",
     .group = Group::kFailure, .help = "kernel messages on stderr: warn (default), all, none; or a FILE for all",
     .allowed = "warn, all, none or a file (./FILE for a name like these)",
     .choices = kKernelMessagesNames, .completion = Completion::kFile, .path = PathRule::kWithSlash,
     .set = set<&Settings::kmsg, read_kernel_messages>, .show = show<&Settings::kmsg>},

    {.key = "quiet", .short_flag = 'q', .long_flag = "quiet", .bare = "yes", .type = Type::kSwitch,
     .group = Group::kOutput, .help = "print nothing but errors", .allowed = kSwitchValues,
     .set = set_loudness<&Settings::quiet, &Settings::verbose>, .show = show<&Settings::quiet>},
    {.key = "verbose", .short_flag = 'v', .long_flag = "verbose", .bare = "yes", .type = Type::kSwitch,
     .group = Group::kOutput, .help = "say what is done, and show the kernel's boot", .allowed = kSwitchValues,
     .set = set_loudness<&Settings::verbose, &Settings::quiet>, .show = show<&Settings::verbose>},
    {.key = "json", .long_flag = "json", .argument = "FILE|FD", .type = Type::kDescriptor,
     .group = Group::kOutput, .help = "write a JSON record of the run to FILE or to descriptor FD",
     .allowed = "a file or the number of a descriptor", .completion = Completion::kFile,
     .path = PathRule::kWithSlash,
     .set = set<&Settings::json, read_json_target>, .show = show<&Settings::json>},
    {.key = "boot_chart", .long_flag = "boot-chart", .argument = "FILE",
     .group = Group::kOutput, .help = "where the time went: a drawing in FILE.svg, else a table",
     .allowed = "a file", .completion = Completion::kFile, .path = PathRule::kAlways,
     .set = set<&Settings::boot_chart, read_nonempty>, .show = show<&Settings::boot_chart>},
    {.key = "cold", .long_flag = "cold", .bare = "yes", .type = Type::kSwitch,
     .group = Group::kMachine, .help = "boot the machine instead of going on from a saved one",
     .allowed = kSwitchValues,
     .set = set<&Settings::cold, read_switch>, .show = show<&Settings::cold>},
    {.key = "gdb", .long_flag = "gdb", .bare = "yes", .type = Type::kSwitch,
     .group = Group::kMachine, .help = "boot, but only once a debugger has come (quiz vm gdb)",
     .allowed = kSwitchValues,
     .set = set<&Settings::gdb, read_switch>, .show = show<&Settings::gdb>},
    {.key = "warm_cache", .long_flag = "warm-cache", .argument = "SIZE", .type = Type::kSize,
     .group = Group::kMachine, .help = "disk space for saved machines (default: 4096, in MiB)",
     .allowed = "a size from 64M to 16T: MiB (512) or with a unit (512M, 2G)",
     .set = set<&Settings::warm_cache, read_memory>, .show = show<&Settings::warm_cache>},
    {.key = "strict", .long_flag = "strict", .bare = "yes", .type = Type::kSwitch,
     .group = Group::kMachine, .help = "refuse to run where a layer of the confinement is missing",
     .allowed = kSwitchValues,
     .set = set<&Settings::strict, read_switch>, .show = show<&Settings::strict>},
    {.key = "confinement", .long_flag = "confinement", .argument = "SET",
     .group = Group::kMachine, .help = "all (default), none, or of view,landlock,filter,namespaces,limits,readonly",
     .allowed = "all, none, or layers",
     .set = set<&Settings::confinement, read_nonempty>, .show = show<&Settings::confinement>},
    {.key = "on", .long_flag = "on", .argument = "NAME", .type = Type::kChoice,
     .group = Group::kMachine, .help = "qemu (default), kvm: quiz's own, bhyve with --dry-run",
     .choices = kMonitorNames, .completion = Completion::kChoices,
     .set = set<&Settings::on, read_choice<Monitor, kMonitorNames>>, .show = show<&Settings::on>},
    {.key = "dry_run", .long_flag = "dry-run", .bare = "yes", .type = Type::kSwitch,
     .group = Group::kOutput, .help = "print the QEMU command instead of running it", .allowed = kSwitchValues,
     .set = set<&Settings::dry_run, read_switch>, .show = show<&Settings::dry_run>},

    {.short_flag = 'h', .long_flag = "help", .help = "this text; `quiz help TOPIC` says more", .command = "help"},
    {.long_flag = "version", .help = "the version of quiz", .command = "version"},
};
// clang-format on

template <typename Predicate>
const Option* find(Predicate predicate) {
  const Option* const found = std::find_if(std::begin(kOptions), std::end(kOptions), predicate);
  return found == std::end(kOptions) ? nullptr : found;
}

[[noreturn]] void refuse(const Assignment& assignment) {
  const Option& option = *assignment.option;
  std::string what = assignment.origin.place;
  if (assignment.origin.source == Source::kFile) what += fmt::format(": {}", option.key);
  std::string allowed(option.allowed);
  if (allowed.empty()) allowed = fmt::format("one of {}", joined(option.choices, ", "));
  std::string hint;
  const std::vector<std::string> choices(option.choices.begin(), option.choices.end());
  if (const auto near = base::nearest(assignment.text, choices)) {
    hint = fmt::format("did you mean '{}'?", *near);
  }
  throw base::Error(fmt::format("{}: '{}' is not {}", what, assignment.text, allowed), hint);
}

}  // namespace

std::string Origin::describe() const {
  switch (source) {
    case Source::kDefault:
      return "default";
    case Source::kFile:
      return place;
    case Source::kEnvironment:
      return "environment variable " + place;
    case Source::kFlag:
      return "option " + place;
  }
  return place;
}

std::string Option::variable() const {
  std::string name = "QUIZ_";
  for (const char c : key) name += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return name;
}

std::string Option::flags() const {
  std::string text;
  if (short_flag != 0) text = {'-', short_flag};
  if (!long_flag.empty()) text += fmt::format("{}--{}", text.empty() ? "" : ", ", long_flag);
  if (takes_argument()) text += fmt::format(" {}", argument);
  return text;
}

std::span<const Option> options() { return kOptions; }

const Option* find_key(std::string_view key) {
  return key.empty() ? nullptr : find([&](const Option& option) { return option.key == key; });
}

const Option* find_long_flag(std::string_view name) {
  return name.empty() ? nullptr : find([&](const Option& o) { return o.long_flag == name; });
}

const Option* find_short_flag(char flag) {
  return flag == 0 ? nullptr : find([&](const Option& o) { return o.short_flag == flag; });
}

void apply(Settings& settings, const Assignment& assignment) {
  if (!assignment.option->set(settings, assignment.text, assignment.origin)) refuse(assignment);
}

}  // namespace quiz::config
