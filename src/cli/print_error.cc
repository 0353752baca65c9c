#include "cli/print_error.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <exception>
#include <filesystem>

#include "base/files.h"
#include "base/printable.h"

namespace quiz::cli {

std::string format_error(const base::Error& error, bool colour) {
  std::string text = fmt::format("{}quiz:{} {}\n", colour ? "\x1b[1;31m" : "",
                                 colour ? "\x1b[0m" : "", base::printable(error.message()));
  for (const std::string& note : error.notes())
    text += fmt::format("  {}\n", base::printable(note));
  if (!error.hint().empty()) {
    text += fmt::format("  {}hint:{} {}\n", colour ? "\x1b[1m" : "", colour ? "\x1b[0m" : "",
                        base::printable(error.hint()));
  }
  return text;
}

void print_error(const base::Error& error) noexcept {
  try {
    base::write_all(STDERR_FILENO, format_error(error, use_colour()), "standard error");
  } catch (...) {
    // Nobody is left to tell; the exit status still does.
    return;
  }
}

int status_of(const std::function<int()>& work) {
  try {
    return work();
  } catch (const base::Error& error) {
    print_error(error);
    return error.status();
  } catch (const std::filesystem::filesystem_error& error) {
    print_error(
        base::Error("cannot use " + error.path1().string() + ": " + error.code().message()));
  } catch (const std::exception& error) {
    print_error(base::Error(std::string("unexpected: ") + error.what()));
  }
  return base::kStatusQuizFailed;
}

bool use_colour() {
  const char* const refused = std::getenv("NO_COLOR");
  return ::isatty(STDERR_FILENO) == 1 && (refused == nullptr || *refused == '\0');
}

}  // namespace quiz::cli
