#include "run/live_machine.h"

#include <filesystem>
#include <system_error>

#include "base/host_clock.h"
#include "run/plan.h"

namespace quiz::run {

namespace {

/// Of a program's words so much is shown, in bytes.
constexpr std::size_t kMostShown = 4096;

std::vector<std::string> shown(const std::vector<std::string>& words) {
  std::vector<std::string> some;
  std::size_t left = kMostShown;
  for (const std::string& word : words) {
    some.push_back(word.substr(0, left));
    if (word.size() + 1 >= left) break;
    left -= word.size() + 1;
  }
  return some;
}

struct Endings {
  live::Over operator()(const machine::Exited& ending) const {
    return {live::End::done, kProgramEnded, ending.status};
  }
  live::Over operator()(const machine::Signalled& ending) const {
    return {live::End::done, kProgramEnded, kStatusSignal + ending.signal};
  }
  live::Over operator()(const machine::NotStarted&) const {
    return {live::End::lost, "its program could not be started"};
  }
  live::Over operator()(const machine::HookFailed& ending) const {
    return {live::End::lost, ending.hook + " " + ending.end};
  }
  live::Over operator()(const machine::GuestPanic& ending) const {
    return {live::End::panicked, ending.reason.empty()
                                     ? "the guest's kernel panicked without a word"
                                     : "the guest's kernel panicked: " + ending.reason};
  }
  live::Over operator()(const machine::TimedOut&) const {
    return {live::End::timed_out, "its time was up"};
  }
  live::Over operator()(const machine::OverLimit& ending) const {
    return {live::End::lost, ending.complaint};
  }
  live::Over operator()(const machine::Killed&) const {
    return {live::End::stopped, "it was stopped"};
  }
  live::Over operator()(const machine::Lost& ending) const {
    return {live::End::lost, ending.reason};
  }

  static constexpr const char* kProgramEnded = "its own program ended";
  static constexpr int kStatusSignal = 128;
};

/// Where the kernel's modules lie on this host. The layers' come first, as in the guest.
std::vector<std::string> module_directories(const Request& request) {
  std::vector<std::string> directories;
  for (const auto* const layers : {&request.layers.user, &request.layers.system}) {
    for (const std::filesystem::path& layer : *layers) {
      directories.push_back(layer / "usr/lib/modules" / request.kernel.release);
      directories.push_back(layer / "lib/modules" / request.kernel.release);
    }
  }
  directories.push_back(request.kernel.module_directory());
  return directories;
}

/// With debug information; a built tree has it where it was made.
std::filesystem::path symbols_of(const kernel::Kernel& kernel) {
  if (!kernel.symbols.empty() || kernel.tree.empty()) return kernel.symbols;
  std::filesystem::path file = kernel.tree / "vmlinux";
  std::error_code error;
  return std::filesystem::exists(file, error) ? file : std::filesystem::path();
}

}  // namespace

live::Description describe_machine(const Request& request, const Places& places,
                                   const std::string& name) {
  live::Description description;
  description.name = name;
  description.started_ns = base::realtime_ns();
  description.kernel = request.kernel.name;
  description.architecture = request.architecture.name;
  description.symbols = symbols_of(request.kernel);
  description.modules = module_directories(request);
  description.cpus = request.cpus;
  description.memory_mib = request.memory_mib;
  description.has_program = request.has_program;
  description.program = shown(request.words);
  description.directory = request.directory;
  description.shell = places.shell;
  description.environment = machine_environment(request);
  description.hides_secrets = request.environment.hide_secrets;
  description.host_files = request.base.kind == root::BaseKind::host &&
                           request.layers.user.empty() && request.layers.system.empty();
  return description;
}

live::Over over_of(const machine::Ending& ending) { return std::visit(Endings{}, ending); }

}  // namespace quiz::run
