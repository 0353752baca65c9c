#include "run/make_flags.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

namespace quiz::run {

std::string without_job_server(const std::string& variable) {
  constexpr auto kNames =
      std::to_array<std::string_view>({"MAKEFLAGS", "MFLAGS", "GNUMAKEFLAGS", "CARGO_MAKEFLAGS"});
  constexpr auto kOfServer =
      std::to_array<std::string_view>({"--jobserver-auth=", "--jobserver-fds=", "--sync-mutex="});
  const std::string name = variable.substr(0, variable.find('='));
  if (std::find(kNames.begin(), kNames.end(), name) == kNames.end()) return variable;
  const std::string value = variable.substr(std::min(name.size() + 1, variable.size()));
  const auto of_server = [&](std::string_view word) {
    return std::any_of(kOfServer.begin(), kOfServer.end(),
                       [&](std::string_view begin) { return word.starts_with(begin); });
  };
  std::vector<std::string_view> words;
  bool served = false;
  bool options = true;  // behind "--" there are variables of make's
  for (std::string_view rest = value; !rest.empty();) {
    const std::string_view word = rest.substr(0, rest.find(' '));
    rest.remove_prefix(std::min(word.size() + 1, rest.size()));
    options = options && word != "--";
    if (options && of_server(word)) {
      served = true;
    } else {
      words.push_back(word);
    }
  }
  if (!served) return variable;
  // Beside a job server it means "as many as that allows", alone "as many as there are".
  std::erase(words, "-j");
  const bool empty =
      std::all_of(words.begin(), words.end(), [](std::string_view word) { return word.empty(); });
  return empty ? std::string() : fmt::format("{}={}", name, fmt::join(words, " "));
}

}  // namespace quiz::run
