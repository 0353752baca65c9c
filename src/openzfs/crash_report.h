// What belongs to the report of a crash: the kernel's last words, kept in the checkout by the run
// that saw them; and made of them, in a directory of its own in .quiz/crash, the stack with source
// lines (crash.h), OpenZFS's last messages, and which kernel and modules it was.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/reporter.h"
#include "openzfs/checkout.h"

namespace quiz::openzfs {

/// A kernel's log of a crash has some thousand lines; whoever wrote it may have written more.
inline constexpr std::size_t kMostOfALog = std::size_t{64} << 20;

/// After a run that panicked or oopsed in an OpenZFS checkout: keeps the kernel's last words there.
/// Elsewhere nothing is kept. Returns what to tell the user, or nothing. Never throws: the words
/// were shown.
std::string keep_crash(const std::filesystem::path& directory,
                       const std::vector<std::string>& last_words);

/// What that kept last; nullopt: nothing, or in a checkout that is not the caller's alone.
std::optional<std::string> kept_crash(const Checkout& checkout);

/// The kernel that crashed, as the store knows it.
struct CrashedKernel {
  std::string name;
  std::string origin;
  std::string release;
  std::filesystem::path symbols;  ///< empty: there are none
};

struct CrashReport {
  std::string text;                 ///< the stack with source lines, and the last messages
  std::filesystem::path directory;  ///< where all of it was saved
};

/// Throws base::Error where the log tells of no crash, binutils are missing, or the checkout cannot
/// be written to. Warns if the log is another kernel's.
CrashReport report_crash(const Checkout& checkout, const CrashedKernel& kernel,
                         const std::string& log, base::Reporter& reporter);

/// "20261123-045300", local time: the name of a directory of results.
std::string time_stamp();

}  // namespace quiz::openzfs
