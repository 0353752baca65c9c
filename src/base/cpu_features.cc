#include "base/cpu_features.h"

namespace quiz::base {

std::string cpu_features(const std::string& cpuinfo) {
  for (const char* name : {"\nflags\t", "\nFeatures\t", "\nfeatures\t"}) {
    const std::size_t line = cpuinfo.find(name);
    const std::size_t colon = line == std::string::npos ? line : cpuinfo.find(": ", line);
    if (colon == std::string::npos) continue;
    return cpuinfo.substr(colon + 2, cpuinfo.find('\n', colon) - colon - 2);
  }
  return {};
}

}  // namespace quiz::base
