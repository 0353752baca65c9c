// `quiz openzfs crash`: a panic's stack with source lines, and what else belongs to a report of it,
// in one directory.
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <filesystem>

#include "base/beneath_files.h"
#include "base/child.h"
#include "base/error.h"
#include "base/files.h"
#include "base/printable.h"
#include "base/terminal.h"
#include "cli/command_openzfs.h"
#include "cli/print_error.h"
#include "cli/standard_streams.h"
#include "config/settings.h"
#include "kernel/store.h"
#include "openzfs/crash.h"
#include "openzfs/needs.h"

namespace quiz::cli {

namespace {

namespace fs = std::filesystem;

/// A kernel's log of a crash has some thousand lines; whoever wrote it may have written more.
constexpr std::size_t kMostRead = std::size_t{64} << 20;
constexpr char kLastCrash[] = "last-crash.log";

std::string read_standard_input() {
  std::string text;
  char buffer[65536];
  for (ssize_t count; (count = ::read(STDIN_FILENO, buffer, sizeof buffer)) > 0;) {
    text.append(buffer, static_cast<std::size_t>(count));
    if (text.size() > kMostRead) throw base::Error("that is too long for the log of a crash");
  }
  return text;
}

std::string read_log(const openzfs::Checkout& checkout, const std::vector<std::string>& words) {
  if (words.size() > 1) throw base::Error("quiz openzfs crash takes one log", "or - for stdin");
  if (!words.empty()) {
    return words.front() == "-" ? read_standard_input() : base::read_file(words.front(), kMostRead);
  }
  if (const auto kept = kept_crash(checkout)) return *kept;
  throw base::Error("no run in " + checkout.directory.string() + " has crashed",
                    "give it a kernel's log: quiz openzfs crash FILE, or - for stdin");
}

/// The release that a stack names: "CPU: 0 UID: 0 PID: 7 Comm: zpool Not tainted 6.12.117 #1".
bool names_release(const std::vector<std::string>& lines, const std::string& release) {
  for (const std::string& line : lines) {
    if (line.find("Comm: ") != std::string::npos) return line.find(release) != std::string::npos;
  }
  return true;
}

openzfs::SymbolFiles symbol_files(const openzfs::Checkout& checkout, const kernel::Kernel& one) {
  const fs::path modules = checkout.kernel_build(one.name) / "module";
  openzfs::SymbolFiles files;
  if (!one.symbols.empty()) files[""] = one.symbols;
  for (const char* module : {"zfs", "spl", "icp", "zavl", "znvpair", "zcommon", "zlua", "zzstd"}) {
    for (const fs::path& file : {modules / (std::string(module) + ".ko"),
                                 modules / module / (std::string(module) + ".ko")}) {
      if (fs::exists(file)) files[module] = file;
    }
  }
  return files;
}

std::string output_or_empty(std::vector<std::string> words) {
  if (!openzfs::find_system_program(words.front())) return {};
  words.front() = *openzfs::find_system_program(words.front());
  base::SpawnOptions options;
  options.arguments = std::move(words);
  options.inherit_stderr = false;
  return base::run_and_capture(std::move(options)).output;
}

std::string versions(const openzfs::Checkout& checkout, const kernel::Kernel& one,
                     const openzfs::SymbolFiles& files) {
  std::string text = fmt::format("OpenZFS {}-{} in {}\n", checkout.meta.version,
                                 checkout.meta.release, checkout.directory.string());
  if (fs::exists(checkout.directory / ".git")) {
    text += "git: " + output_or_empty({"git", "-C", checkout.directory.string(), "describe",
                                       "--always", "--dirty", "--tags"});
  }
  text += fmt::format("kernel {}: {}\n", one.name, one.origin);
  for (const auto& [module, file] : files) {
    if (module.empty()) continue;
    text += fmt::format("\n{}\n{}", file.string(), output_or_empty({"modinfo", file.string()}));
  }
  return text;
}

/// The newest of them are what a person looks at first.
std::string last_messages(const std::vector<std::string>& messages) {
  constexpr std::size_t kShown = 10;
  if (messages.empty()) return {};
  const std::size_t shown = std::min(kShown, messages.size());
  const auto begin = messages.end() - static_cast<std::ptrdiff_t>(shown);
  return fmt::format("\nthe last {} of {} messages of zfs_dbgmsg:\n{}\n\n", shown, messages.size(),
                     fmt::join(begin, messages.end(), "\n"));
}

}  // namespace

std::optional<std::string> kept_crash(const openzfs::Checkout& checkout) {
  try {
    const base::Fd quiz = openzfs::open_quiz_directory(checkout);
    auto content = base::read_beneath(quiz.get(), kLastCrash, kMostRead);
    return content ? std::optional(std::move(content->text)) : std::nullopt;
  } catch (const base::Error&) {
    return std::nullopt;
  }
}

std::string time_stamp() {
  const std::time_t now = std::time(nullptr);
  std::tm local = {};
  ::localtime_r(&now, &local);
  return fmt::format("{:%Y%m%d-%H%M%S}", local);
}

int openzfs_crash(const Context& context, const openzfs::Checkout& checkout,
                  const std::vector<std::string>& words) {
  const std::string log = read_log(checkout, words);
  auto lines = openzfs::crash_lines(log);
  const auto messages = openzfs::take_debug_messages(lines);
  if (lines.empty()) {
    throw base::Error("this log tells of no crash",
                      "a kernel's log with a panic, an oops or a failed VERIFY is wanted");
  }
  const kernel::Store store(context.paths.data);
  const std::string& selector = context.settings.kernel.value;
  if (selector.empty()) {
    throw base::Error("nothing was built here, so there are no symbols to look things up in",
                      "quiz openzfs builds it; -k KERNEL names the kernel");
  }
  const kernel::Kernel one = store.find(selector, context.paths.cache);
  const auto files = symbol_files(checkout, one);
  if (!names_release(lines, one.release)) {
    context.reporter.warning("the log is another kernel's, not that of " + one.name +
                             ": the source lines may be wrong (-k KERNEL)");
  }
  context.reporter.step("looking up source lines");
  const auto shown = openzfs::with_source_lines(lines, files, checkout.directory);
  context.reporter.step("");

  const std::string name = time_stamp();
  const std::string stack = fmt::format("{}\n", fmt::join(shown, "\n"));
  const base::Fd quiz = openzfs::open_quiz_directory(checkout);
  const base::Fd all = base::open_or_make_directory(quiz.get(), "crash");
  const base::Fd directory = base::open_or_make_directory(all.get(), name);
  base::write_beneath(directory.get(), "kernel.log", log);
  base::write_beneath(directory.get(), "stack", stack);
  base::write_beneath(directory.get(), "versions", versions(checkout, one, files));
  if (!messages.empty()) {
    base::write_beneath(directory.get(), "dbgmsg", fmt::format("{}\n", fmt::join(messages, "\n")));
  }
  print(base::printable(stack + last_messages(messages)) + "saved in " +
        (checkout.quiz() / "crash" / name).string() + "\n");
  return 0;
}

std::string keep_crash(const fs::path& directory, const std::vector<std::string>& last_words) {
  const auto checkout = openzfs::try_find_checkout(directory);
  if (!checkout || last_words.empty()) return {};
  try {
    // The run may stand in anybody's directory: only a .quiz of the caller's own is written to.
    const base::Fd quiz = openzfs::open_quiz_directory(*checkout);
    base::write_beneath(quiz.get(), kLastCrash, fmt::format("{}\n", fmt::join(last_words, "\n")));
  } catch (const base::Error&) {
    return {};  // the words were shown
  }
  return "quiz openzfs crash shows the source lines";
}

}  // namespace quiz::cli
