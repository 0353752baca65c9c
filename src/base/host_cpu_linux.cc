#include "base/files.h"
#include "base/host_cpu.h"

namespace quiz::base {

std::string cpu_features() {
  const std::string text = read_file_if_exists("/proc/cpuinfo").value_or("");
  for (const char* name : {"\nflags\t", "\nFeatures\t"}) {
    const std::size_t line = text.find(name);
    const std::size_t colon = line == std::string::npos ? line : text.find(": ", line);
    if (colon == std::string::npos) continue;
    return text.substr(colon + 2, text.find('\n', colon) - colon - 2);
  }
  return {};
}

}  // namespace quiz::base
