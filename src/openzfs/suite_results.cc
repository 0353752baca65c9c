#include "openzfs/suite_results.h"

#include <fmt/format.h>

#include "base/beneath.h"
#include "base/beneath_files.h"
#include "base/error.h"
#include "base/files.h"
#include "base/printable.h"

namespace quiz::openzfs {

namespace {

/// So many directories of one name, or of the test runner's, are too many to be meant.
constexpr unsigned kMost = 1000;

}  // namespace

SuiteResults SuiteResults::in(const fs::path& directory) {
  return base::with_note("while preparing the directory for the results", [&] {
    base::make_directories(directory);
    return SuiteResults(base::open_directory(directory), directory);
  });
}

SuiteResults SuiteResults::in_checkout(const Checkout& checkout, const std::string& name) {
  return base::with_note("while preparing the directory for the results", [&] {
    const base::Fd quiz = open_quiz_directory(checkout);
    const base::Fd all = base::open_or_make_directory(quiz.get(), "results");
    std::string candidate = name;
    for (unsigned count = 2; count < kMost; ++count) {
      if (auto made = base::make_directory_beneath(all.get(), candidate)) {
        return SuiteResults(std::move(*made), checkout.quiz() / "results" / candidate);
      }
      candidate = fmt::format("{}-{}", name, count);
    }
    throw base::Error("there are too many results in " + (checkout.quiz() / "results").string());
  });
}

fs::path SuiteResults::add_machine(std::string_view done) {
  for (++number_; number_ < kMost; ++number_) {
    const std::string name = fmt::format("machine-{}", number_);
    auto made = base::make_directory_beneath(directory_.get(), name);
    if (!made) continue;  // of an earlier run, whose guests may have written there
    machine_ = std::move(*made);
    if (!done.empty()) base::write_beneath(machine_.get(), "done", done);
    return path_ / name;
  }
  throw base::Error("there are too many results in " + path_.string());
}

std::string SuiteResults::read(const fs::path& relative) {
  auto content = base::read_beneath(machine_.get(), relative, kMostRead);
  if (!content) return {};
  if (content->cut) {
    warnings_.push_back(fmt::format("of {} in {} only the first {} MiB were read",
                                    base::quoted(relative.string()), path_.string(),
                                    kMostRead >> 20));
  }
  return std::move(content->text);
}

std::string SuiteResults::log() {
  const base::Fd runs =
      base::open_beneath_quietly(machine_.get(), "test_results", O_RDONLY | O_DIRECTORY);
  if (!runs) return {};
  // The test runner makes a directory of its own there.
  for (const std::string& name : base::names_beneath(runs.get(), kMost)) {
    std::string text = read(fs::path("test_results") / name / "log");
    if (!text.empty()) return text;
  }
  return {};
}

void SuiteResults::write_results(std::string_view text) const {
  base::write_beneath(directory_.get(), "results", text);
}

void SuiteResults::write_crash(std::string_view text) const {
  base::write_beneath(directory_.get(), fmt::format("crash-{}.log", number_), text);
}

}  // namespace quiz::openzfs
