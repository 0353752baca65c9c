// `quiz vm gdb NAME [GDB-OPTIONS…]`: gdb at a running machine's kernel, with all that is known of
// it.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/mman.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <map>
#include <memory>
#include <optional>
#include <system_error>

#include "base/architecture.h"
#include "base/child.h"
#include "base/error.h"
#include "base/files.h"
#include "cli/command_vm.h"
#include "cli/run_display.h"
#include "cli/shell_line.h"
#include "cli/standard_streams.h"
#include "kernel/modules.h"
#include "live/debugger_link.h"
#include "live/gdb_script.h"
#include "live/kernel_places.h"
#include "live/machines.h"
#include "live/remote_program.h"
#include "openzfs/checkout.h"
#include "relay/kept_output.h"
#include "relay/relay.h"

namespace quiz::cli {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kHelp = R"(usage: quiz vm gdb NAME [GDB-OPTIONS...]
       quiz vm gdb --stub NAME

Lets gdb look at the kernel of the machine NAME, which needs no preparation: the machine stands while
gdb has it, and goes on when gdb leaves. The kernel's symbols are those of `quiz kernel build`; of the
modules that it has loaded those that lie on this host are known, too, where they are. All that follows
NAME is gdb's own:

  quiz vm gdb NAME -batch -ex 'thread apply all bt'     what each CPU does, with source lines
  quiz vm gdb NAME -ex 'break zfs_ioc_pool_create' -ex continue

--stub speaks gdb's remote protocol at stdin and stdout, for another debugger's
`target remote | quiz vm gdb --stub NAME`. A run with --gdb stands before the kernel's first
instruction until a debugger has come.
)";

/// A guest that hangs does not answer; one that is only emulated takes its time.
constexpr std::chrono::seconds kPatience{10};

/// Where the kernel and its modules are, by a program of ours in the guest; nothing where it does
/// not answer.
std::optional<live::KernelPlaces> ask_guest(const live::Found& machine, base::Reporter& reporter) {
  base::SignalSource signals = relay::Relay::take_signals();
  live::Connection connection(machine);
  wire::Exec exec;
  exec.arguments = live::places_program();
  exec.environment = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin"};
  exec.directory = "/";
  exec.streams = {wire::StreamKind::closed, wire::StreamKind::pipe, wire::StreamKind::closed};
  auto output = std::make_unique<relay::KeptOutput>(live::kMostOfPlaces);
  const relay::KeptOutput& kept = *output;
  relay::Ends ends;
  ends.out = std::move(output);
  RunDisplay display({}, reporter);
  live::RemoteProgram program(connection, std::move(ends), false, display, signals);
  const live::ProgramEnd end = program.run(std::move(exec), kPatience);
  if (end.killed) throw base::Error("interrupted", "", 128 + *end.killed);
  if (!end.exit) return std::nullopt;
  return live::parse_places(kept.text());
}

/// By the name that the kernel has for each.
std::map<std::string, fs::path> module_files(const std::vector<fs::path>& directories) {
  std::map<std::string, fs::path> files;
  for (const fs::path& directory : directories) {
    std::error_code error;
    if (directory.empty()) continue;
    for (const auto& entry : fs::recursive_directory_iterator(directory, error)) {
      if (entry.path().extension() != ".ko") continue;
      files.emplace(kernel::module_name(entry.path().filename().string()), entry.path());
    }
  }
  return files;
}

/// Those of a checkout of OpenZFS as they were built come first: what is installed is stripped.
std::vector<fs::path> module_directories(const live::Description& description) {
  std::vector<fs::path> directories;
  if (const auto checkout = openzfs::try_find_checkout(description.directory)) {
    directories.push_back(checkout->kernel_build(description.kernel) / "module");
  }
  directories.insert(directories.end(), description.modules.begin(), description.modules.end());
  return directories;
}

std::string find_gdb(const std::string& architecture) {
  const bool native = architecture == base::host_architecture().name;
  if (const auto gdb = base::find_program("gdb"); native && gdb) return *gdb;
  if (const auto gdb = base::find_program("gdb-multiarch")) return *gdb;
  if (native) throw base::Error("there is no gdb on this machine", "apt install gdb");
  throw base::Error(fmt::format("there is no gdb for {} on this machine", architecture),
                    "apt install gdb-multiarch");
}

live::GdbRequest make_request(const live::Found& machine, const live::Description& description,
                              base::Reporter& reporter) {
  live::GdbRequest request;
  request.symbols = description.symbols;
  const std::string quiz = fs::read_symlink("/proc/self/exe").string();
  request.remote = "exec " + shell_line({quiz, "vm", "gdb", "--stub", machine.name});
  if (description.symbols.empty()) {
    reporter.warning(fmt::format(
        "the kernel {} has no debug information, so that gdb knows neither its functions nor its "
        "lines; one of `quiz kernel build` has",
        description.kernel));
  }
  const bool runs =
      description.state == relay::RunState::runs || description.state == relay::RunState::stays;
  if (!runs || description.paused) return request;
  const auto places = ask_guest(machine, reporter);
  if (!places) {
    reporter.warning("the guest does not answer: gdb knows nothing of its modules");
    return request;
  }
  request.text = places->text;
  const auto files = module_files(module_directories(description));
  for (const live::LoadedModule& module : places->modules) {
    if (const auto file = files.find(module.name); file != files.end()) {
      request.modules.push_back({module, file->second});
    }
  }
  return request;
}

/// A file without a name, that gdb inherits and that goes with it.
base::Fd keep_for_gdb(const std::string& script) {
  base::Fd file(::memfd_create("quiz-gdb", 0));
  if (!file) throw base::SystemError("cannot make gdb's script");
  base::write_all(file.get(), script, "gdb's script");
  return file;
}

int stub(const Context& context, const std::string& name) {
  // The keys are gdb's, which may share our terminal.
  for (const int number : {SIGINT, SIGQUIT, SIGTSTP}) std::signal(number, SIG_IGN);
  live::Connection connection(live::find_machine(context.paths, name));
  live::link_debugger(connection, STDIN_FILENO, STDOUT_FILENO);
  return 0;
}

}  // namespace

int vm_gdb(const Context& context, const std::vector<std::string>& words) {
  if (!words.empty() && (words[0] == "--help" || words[0] == "-h")) {
    print(kHelp);
    return 0;
  }
  if (words.empty()) {
    throw base::Error("quiz vm gdb needs the name of a machine", "`quiz vm list` shows them");
  }
  if (words[0] == "--stub") {
    if (words.size() == 2) return stub(context, words[1]);
    throw base::Error("quiz vm gdb --stub takes the name of a machine and nothing else");
  }
  const live::Found machine = live::find_machine(context.paths, words[0]);
  const live::Description description = live::Connection(machine).describe();
  if (description.debugged) {
    throw base::Error(fmt::format("a debugger looks at the machine {} already", machine.name),
                      "it goes on when that one leaves");
  }
  const std::string gdb = find_gdb(description.architecture);
  const base::Fd script =
      keep_for_gdb(live::gdb_script(make_request(machine, description, context.reporter)));
  std::vector<std::string> arguments = {
      gdb, "-q", "-ex",
      fmt::format("with confirm off -- with pagination off -- source /proc/self/fd/{}",
                  script.get())};
  arguments.insert(arguments.end(), words.begin() + 1, words.end());
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  for (const int ignored : {SIGPIPE, SIGXFSZ}) std::signal(ignored, SIG_DFL);
  ::execv(gdb.c_str(), pointers.data());
  throw base::SystemError("cannot run " + gdb);
}

}  // namespace quiz::cli
