// Makes a root of Debian's packages: chosen by the package sets and the caller, fetched by the
// host's apt and mmdebstrap with verified signatures, packed into one read-only image. Works as an
// ordinary user where mmdebstrap does (user namespaces with subordinate ids, or fakechroot).
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/architecture.h"
#include "base/reporter.h"
#include "root/image.h"
#include "root/store.h"

namespace quiz::root {

struct BuildRequest {
  std::string suite;  ///< empty: the host's own, else Debian's stable, or the first with the
                      ///< architecture
  base::Architecture architecture = base::host_architecture();
  std::string name;                   ///< in the store, without the architecture
  std::vector<std::string> packages;  ///< besides the package sets
  std::vector<std::string> sets;      ///< names of package sets; empty: all of them
  std::optional<ImageKind> kind;      ///< empty: the best that the host can make
  std::string mirror{};  ///< where the host's apt names no mirror of Debian's; may be empty
};

/// The same packages give the same image: what is made during the installation has the time of the
/// suite's release file, nothing is taken from the host, and files are packed in a fixed order. An
/// entry of that name is replaced when the new one is complete. For another architecture than the
/// host's the packages' scripts are emulated (emulator.h), and what it lacks of the package sets is
/// warned of. `cache` is base::Paths::cache. Must
/// be called from the main thread. Throws base::Error: a package that does not exist (with the
/// nearest name), no network, no mmdebstrap, a full disk; nothing is left then.
Root build_debian(Store& store, const BuildRequest& request, const std::filesystem::path& cache,
                  base::Reporter& reporter);

/// The command that makes a root of the store again; `--package` may be added to it.
std::string build_command(const Root& root);

}  // namespace quiz::root
