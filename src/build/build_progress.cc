#include "build/build_progress.h"

#include <unistd.h>

#include <algorithm>

#include "build/build_log.h"

namespace quiz::build {

namespace {

std::string clock_text(std::chrono::steady_clock::duration duration) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(duration).count();
  const std::string rest = std::to_string(seconds % 60);
  return std::to_string(seconds / 60) + (rest.size() < 2 ? ":0" : ":") + rest;
}

}  // namespace

void BuildProgress::add_line(const std::string& line) {
  reporter_.detail(line);
  if (is_build_step(line)) ++steps_;
}

void BuildProgress::show() {
  if (expected_ == 0) return;
  const double fraction =
      std::min(1.0, static_cast<double>(steps_) / static_cast<double>(expected_));
  reporter_.progress(fraction, std::to_string(steps_) + " of about " + std::to_string(expected_) +
                                   " objects, " + clock_text(Clock::now() - start_));
}

std::vector<std::string> build_environment() {
  std::vector<std::string> environment;
  for (char** entry = ::environ; *entry != nullptr; ++entry) {
    const std::string variable = *entry;
    const std::string name = variable.substr(0, variable.find('='));
    const bool foreign = name == "MAKEFLAGS" || name == "MAKELEVEL" || name == "MFLAGS" ||
                         name == "KBUILD_OUTPUT" || name == "ARCH" || name == "CROSS_COMPILE" ||
                         name == "LOCALVERSION" || name.starts_with("LC_") || name == "LANG" ||
                         name.starts_with("KCONFIG_");
    if (!foreign) environment.push_back(variable);
  }
  environment.emplace_back("LC_ALL=C.UTF-8");
  // The same objects for the same input, whoever builds them where: ccache finds them again.
  environment.emplace_back("KBUILD_BUILD_USER=quiz");
  environment.emplace_back("KBUILD_BUILD_HOST=quiz");
  environment.emplace_back("CCACHE_NOHASHDIR=1");
  return environment;
}

}  // namespace quiz::build
