#include "run/program_choice.h"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "base/error.h"

namespace quiz::run {

namespace fs = std::filesystem;

std::string choose_directory(const config::Settings& settings) {
  std::error_code error;
  const fs::path here = fs::current_path(error);
  if (error && settings.directory.value.empty()) {
    throw base::Error("the current directory is gone", "cd to another one, or name one with -C");
  }
  const fs::path wanted = (here / settings.directory.value).lexically_normal();
  if (settings.directory.value.empty()) return here.string();
  std::string text = wanted.string();
  if (text.size() > 1 && text.back() == '/') text.pop_back();
  const bool guests_own = text.starts_with("/proc") || text.starts_with("/sys");
  if (!guests_own && !fs::is_directory(wanted, error)) {
    throw base::Error(fmt::format("there is no directory {} (-C)", text),
                      "name an existing directory, or leave -C out to run in the current one");
  }
  return text;
}

std::vector<std::string> environment_additions(const config::Settings& settings) {
  std::vector<std::string> additions;
  for (const auto& addition : settings.environment) {
    if (addition.value.value) {
      additions.push_back(addition.value.name + "=" + *addition.value.value);
    } else if (const char* value = std::getenv(addition.value.name.c_str()); value != nullptr) {
      additions.push_back(addition.value.name + "=" + value);
    }
  }
  return additions;
}

std::optional<bool> wants_pty(config::Tty tty) {
  if (tty == config::Tty::kAuto) return std::nullopt;
  return tty == config::Tty::kForce;
}

}  // namespace quiz::run
