// `quiz boot KERNEL`: a bare kernel through quiz's own loader, its console on stdout.
#include <fmt/format.h>

#include <filesystem>

#include "base/error.h"
#include "base/files.h"
#include "boot/loader.h"
#include "boot/plan_text.h"
#include "build/archive.h"
#include "cli/boot_words.h"
#include "cli/command.h"
#include "cli/print_error.h"
#include "cli/run_report.h"
#include "cli/standard_streams.h"
#include "config/settings.h"
#include "kernel/store.h"
#include "run/bare_run.h"
#include "run/choose_monitor.h"
#include "run/project_consent.h"

namespace quiz::cli {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kLargestImage = std::uint64_t{1} << 30;
constexpr std::uint64_t kLargestModule = (std::uint64_t{1} << 32) - 1;

/// Compressed as a whole, as Xen and tboot are in Debian; GRUB unpacks such files likewise.
bool is_compressed(std::string_view bytes) {
  for (const std::string_view magic : {std::string_view("\x1f\x8b"),
                                       std::string_view("\xfd"
                                                        "7zXZ"),
                                       std::string_view("\x28\xb5\x2f\xfd")}) {
    if (bytes.starts_with(magic)) return true;
  }
  return false;
}

std::string read_image(const fs::path& path) {
  if (std::error_code error; fs::exists(path, error) && !fs::is_regular_file(path, error)) {
    throw base::Error(path.string() + " is no kernel: it is not a regular file",
                      fs::is_directory(path, error) ? "name its vmlinux or bzImage" : "");
  }
  std::string bytes = base::read_file(path, kLargestImage);
  if (is_compressed(bytes)) bytes = build::decompress(bytes, path.string(), kLargestImage);
  return bytes;
}

/// A file, or else a kernel of the store by its name.
fs::path find_kernel(const Context& context, const std::string& word) {
  if (word.find('/') != std::string::npos || fs::exists(word)) return word;
  return kernel::Store(context.paths.data)
      .find(word, context.paths.cache, base::host_architecture())
      .image;
}

/// What a request refers to.
struct Files {
  fs::path kernel_path;
  std::string kernel;
  std::string initrd;
  std::vector<std::string> modules;
};

Files read_files(const Context& context, const BootWords& words) {
  Files files;
  files.kernel_path = find_kernel(context, words.kernel);
  files.kernel = read_image(files.kernel_path);
  if (!words.initrd.empty()) files.initrd = base::read_file(words.initrd, kLargestModule);
  for (const BootModule& module : words.modules) {
    files.modules.push_back(base::read_file(module.file, kLargestModule));
  }
  return files;
}

/// --cmdline, as said behind `boot` or before it.
std::string command_line(const Context& context, const BootWords& words) {
  std::string text;
  for (const auto& piece : context.settings.cmdline) {
    if (piece.origin.source == config::Source::kFlag) text += piece.value + " ";
  }
  text += words.command_line.value_or("");
  if (!words.command_line && !text.empty()) text.pop_back();
  return text;
}

boot::BootPlan make_plan(const Context& context, const BootWords& words, const Files& files) {
  boot::BootRequest request;
  request.kernel = files.kernel;
  request.command_line = command_line(context, words);
  if (!words.initrd.empty()) request.initrd = files.initrd;
  for (std::size_t i = 0; i < files.modules.size(); ++i) {
    request.modules.push_back({files.modules[i], words.modules[i].text,
                               fs::path(words.modules[i].file).filename().string()});
  }
  request.environment = words.environment;
  const std::uint64_t memory = words.memory_mib.value_or(context.settings.memory.value);
  const unsigned cpus = words.cpus.value_or(context.settings.cpus.value);
  try {
    const boot::Protocol protocol = words.loader ? *words.loader : boot::recognise(request.kernel);
    const boot::Board usual = context.settings.on.value == config::Monitor::kKvm
                                  ? boot::Board::microvm
                                  : boot::usual_board(protocol);
    request.platform = boot::make_platform(words.board.value_or(usual), memory << 20, cpus);
    return boot::make_plan(protocol, request);
  } catch (const base::Error& error) {
    throw base::Error(
        fmt::format("{} cannot be booted: {}", files.kernel_path.string(), error.message()),
        error.hint());
  }
}

/// What each ending is for the caller. Of an ordinary one there is nothing to say.
class Reporting {
 public:
  explicit Reporting(const config::Settings& settings) : settings_(settings) {}

  RunReport operator()(const machine::Exited& ending) const { return {ending.status, "exited"}; }
  RunReport operator()(const machine::Killed& ending) const {
    return {kStatusSignal + ending.signal, "killed"};
  }
  RunReport operator()(const machine::GuestPanic& ending) const {
    return {kStatusPanic, "panic",
            ending.reason.empty() ? "the kernel panicked without a word"
                                  : "the kernel panicked: " + ending.reason};
  }
  RunReport operator()(const machine::TimedOut&) const {
    const double seconds = static_cast<double>(settings_.timeout.value.count()) / 1000;
    return {kStatusTimedOut, "timeout",
            fmt::format("the machine did not end within {:g} s", seconds)};
  }
  RunReport operator()(const machine::Lost& ending) const {
    return {kStatusLost, "lost", "the machine ended: " + ending.reason,
            "`quiz boot --plan` shows how the kernel was started"};
  }
  /// What only runs with a program can come to.
  template <typename Other>
  RunReport operator()(const Other&) const {
    return {kStatusLost, "lost"};
  }

 private:
  const config::Settings& settings_;
};

}  // namespace

int command_boot(const Context& context, const std::vector<std::string>& arguments) {
  const BootWords words = parse_boot_words(arguments);
  base::require_architecture(base::host_architecture(), context.settings.architecture.value,
                             "quiz boot");
  run::require_consent(context.settings, context.paths,
                       run::asks_of_settings(context.settings, {"memory", "cpus", "timeout"}));
  const Files files = read_files(context, words);
  const boot::BootPlan plan = make_plan(context, words, files);
  if (words.plan) {
    print(*words.plan == PlanForm::json ? boot::to_json(plan) : boot::to_text(plan));
    return 0;
  }
  const config::Settings& settings = context.settings;
  const auto monitor = run::choose_monitor(
      {settings.on.value, settings.qemu.value, settings.warm_cache.value}, context.paths);
  monitor->check_present(base::host_architecture());
  run::BareRequest request{plan,
                           settings.accelerator.value,
                           settings.timeout.value,
                           {},
                           !context.closed.input,
                           settings.strict.value,
                           confinement::read_layers(settings.confinement.value)};
  if (!words.monitor_socket.empty()) request.monitor_socket = fs::absolute(words.monitor_socket);
  context.reporter.detail(fmt::format("loader: {}", boot::name_of(plan.protocol)));
  const run::BareResult result = run::run_bare(request, context.paths, *monitor, context.reporter);
  const RunReport report = std::visit(Reporting(settings), result.ending);
  if (!report.sentence.empty()) print_error(base::Error(report.sentence, report.hint));
  return report.status;
}

}  // namespace quiz::cli
