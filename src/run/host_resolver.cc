#include "run/host_resolver.h"

#include "base/below.h"

namespace quiz::run {

namespace fs = std::filesystem;

std::optional<fs::path> hidden_resolver(const fs::path& configuration,
                                        const std::vector<fs::path>& hidden) {
  std::error_code error;
  const fs::path file = fs::canonical(configuration, error);
  if (error) return std::nullopt;
  const fs::path directory = file.parent_path();
  for (const fs::path& above : hidden) {
    if (base::is_below(file, above)) return directory == above ? file : directory;
  }
  return std::nullopt;
}

}  // namespace quiz::run
