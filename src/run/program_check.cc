#include "run/program_check.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "base/error.h"
#include "base/split.h"
#include "root/build.h"
#include "root/layers.h"
#include "run/plan.h"
#include "run/profile_setup.h"

namespace quiz::run {

namespace {

/// Where programs of the guest are looked for. The host's are also where the caller has his own.
std::vector<std::string> program_directories(const root::ChosenRoot& base) {
  std::string path = kHookPath;
  const char* const own = ::getenv("PATH");
  if (base.kind == root::BaseKind::host && own != nullptr) path += std::string(":") + own;
  return base::split(path, ':');
}

/// A file of the host's must be executable; of one in an image only the name is known. A link in
/// another root leads to somewhere in that root.
bool may_run(const root::Found& found, root::BaseKind base) {
  if (found.origins.empty()) return false;
  const std::filesystem::path& file = found.origins.front().on_host;
  if (file.empty() || ::access(file.c_str(), X_OK) == 0) return true;
  return base != root::BaseKind::host && std::filesystem::is_symlink(file);
}

std::string remedy(const root::ChosenRoot& base, const std::string& program,
                   const std::string& package) {
  switch (base.kind) {
    case root::BaseKind::host:
      return (package.empty() ? "install it" : "apt install " + package) +
             ", or use a root that has it, such as -r debian";
    case root::BaseKind::directory:
      return fmt::format("install {} there", package.empty() ? program : package);
    case root::BaseKind::image:
      break;
  }
  if (!base.entry) return "use a root that has it";
  return fmt::format("`{} --package {}` makes the root anew with it",
                     root::build_command(*base.entry), package.empty() ? "PACKAGE" : package);
}

}  // namespace

void check_programs(const Request& request) {
  const root::ChosenRoot& base = request.base;
  const auto& needs = request.profiles.programs;
  if (needs.empty() || (base.kind == root::BaseKind::image && !base.entry)) return;
  const auto layers = root::describe(sharing_request(request), root::layer_of(base));
  const auto directories = program_directories(base);
  for (const profile::Need& need : needs) {
    const bool there =
        std::any_of(directories.begin(), directories.end(), [&](const std::string& directory) {
          return directory.starts_with('/') &&
                 may_run(root::find_path(layers, directory + "/" + need.what), base.kind);
        });
    if (there) continue;
    const auto package = request.profiles.packages.find(need.what);
    const std::string known =
        package == request.profiles.packages.end() ? std::string() : package->second;
    const std::string where = base.kind == root::BaseKind::host
                                  ? "is not there"
                                  : fmt::format("is not in the root {}", base.name);
    throw base::Error(fmt::format("the profile {} needs the program {}, which {}", need.profile,
                                  need.what, where),
                      remedy(base, need.what, known));
  }
}

}  // namespace quiz::run
