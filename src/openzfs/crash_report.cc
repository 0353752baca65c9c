#include "openzfs/crash_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>

#include "base/beneath_files.h"
#include "base/child.h"
#include "base/error.h"
#include "openzfs/crash.h"
#include "openzfs/needs.h"

namespace quiz::openzfs {

namespace {

constexpr char kLastCrash[] = "last-crash.log";

/// The release that a stack names: "CPU: 0 UID: 0 PID: 7 Comm: zpool Not tainted 6.12.117 #1".
bool names_release(const std::vector<std::string>& lines, const std::string& release) {
  for (const std::string& line : lines) {
    if (line.find("Comm: ") != std::string::npos) return line.find(release) != std::string::npos;
  }
  return true;
}

SymbolFiles symbol_files(const Checkout& checkout, const CrashedKernel& kernel) {
  const fs::path modules = checkout.kernel_build(kernel.name) / "module";
  SymbolFiles files;
  if (!kernel.symbols.empty()) files[""] = kernel.symbols;
  for (const char* module : {"zfs", "spl", "icp", "zavl", "znvpair", "zcommon", "zlua", "zzstd"}) {
    for (const fs::path& file : {modules / (std::string(module) + ".ko"),
                                 modules / module / (std::string(module) + ".ko")}) {
      if (fs::exists(file)) files[module] = file;
    }
  }
  return files;
}

std::string output_or_empty(std::vector<std::string> words) {
  if (!find_system_program(words.front())) return {};
  words.front() = *find_system_program(words.front());
  base::SpawnOptions options;
  options.arguments = std::move(words);
  options.inherit_stderr = false;
  return base::run_and_capture(std::move(options)).output;
}

std::string versions(const Checkout& checkout, const CrashedKernel& kernel,
                     const SymbolFiles& files) {
  std::string text = fmt::format("OpenZFS {}-{} in {}\n", checkout.meta.version,
                                 checkout.meta.release, checkout.directory.string());
  if (fs::exists(checkout.directory / ".git")) {
    text += "git: " + output_or_empty({"git", "-C", checkout.directory.string(), "describe",
                                       "--always", "--dirty", "--tags"});
  }
  text += fmt::format("kernel {}: {}\n", kernel.name, kernel.origin);
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

std::string keep_crash(const fs::path& directory, const std::vector<std::string>& last_words) {
  const auto checkout = try_find_checkout(directory);
  if (!checkout || last_words.empty()) return {};
  try {
    // The run may stand in anybody's directory: only a .quiz of the caller's own is written to.
    const base::Fd quiz = open_quiz_directory(*checkout);
    base::write_beneath(quiz.get(), kLastCrash, fmt::format("{}\n", fmt::join(last_words, "\n")));
  } catch (const base::Error&) {
    return {};  // the words were shown
  }
  return "quiz openzfs crash shows the source lines";
}

std::optional<std::string> kept_crash(const Checkout& checkout) {
  try {
    const base::Fd quiz = open_quiz_directory(checkout);
    auto content = base::read_beneath(quiz.get(), kLastCrash, kMostOfALog);
    return content ? std::optional(std::move(content->text)) : std::nullopt;
  } catch (const base::Error&) {
    return std::nullopt;
  }
}

CrashReport report_crash(const Checkout& checkout, const CrashedKernel& kernel,
                         const std::string& log, base::Reporter& reporter) {
  auto lines = crash_lines(log);
  const auto messages = take_debug_messages(lines);
  if (lines.empty()) {
    throw base::Error("this log tells of no crash",
                      "a kernel's log with a panic, an oops or a failed VERIFY is wanted");
  }
  const auto files = symbol_files(checkout, kernel);
  if (!names_release(lines, kernel.release)) {
    reporter.warning("the log is another kernel's, not that of " + kernel.name +
                     ": the source lines may be wrong (-k KERNEL)");
  }
  reporter.step("looking up source lines");
  const auto shown = with_source_lines(lines, files, checkout.directory);
  reporter.step("");

  const std::string name = time_stamp();
  const std::string stack = fmt::format("{}\n", fmt::join(shown, "\n"));
  const base::Fd quiz = open_quiz_directory(checkout);
  const base::Fd all = base::open_or_make_directory(quiz.get(), "crash");
  const base::Fd directory = base::open_or_make_directory(all.get(), name);
  base::write_beneath(directory.get(), "kernel.log", log);
  base::write_beneath(directory.get(), "stack", stack);
  base::write_beneath(directory.get(), "versions", versions(checkout, kernel, files));
  if (!messages.empty()) {
    base::write_beneath(directory.get(), "dbgmsg", fmt::format("{}\n", fmt::join(messages, "\n")));
  }
  return {stack + last_messages(messages), checkout.quiz() / "crash" / name};
}

std::string time_stamp() {
  const std::time_t now = std::time(nullptr);
  std::tm local = {};
  ::localtime_r(&now, &local);
  std::array<char, 32> text;
  return {text.data(), std::strftime(text.data(), text.size(), "%Y%m%d-%H%M%S", &local)};
}

}  // namespace quiz::openzfs
