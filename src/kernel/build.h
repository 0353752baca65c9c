// From sources to an entry of the store: configured, compiled outside the source tree, taken over
// in one step. What an interrupted or failed build leaves is its build directory in the cache, from
// which the next one goes on; the store never sees it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/reporter.h"
#include "kernel/configure.h"
#include "kernel/store.h"

namespace quiz::kernel {

/// A file in a build's directory below CACHE/build that is locked as long as somebody builds there.
inline constexpr char kBuildLock[] = ".quiz-lock";

struct BuildRequest {
  std::string what;  ///< find_source's
  ConfigRequest config;
  std::optional<std::string> llvm;  ///< find_toolchain's
  std::string variant;              ///< chosen by the user; variant_of(…) where empty
  unsigned jobs = 0;                ///< 0: one for each CPU
  bool clean = false;               ///< forget what was compiled before
  std::string mirror{};             ///< find_source's
};

/// The name of the variant that a request makes: "" for the plain kernel, "kasan",
/// "llvm-kasan-no-smp". Pure.
std::string variant_of(const BuildRequest& request);

/// What `quiz kernel build` is to be told to make it. Pure.
std::vector<std::string> words_of(const BuildRequest& request);

/// Builds and stores the kernel as "VERSION" or "VERSION+VARIANT", with "+ARCH" behind it where
/// that is not the host's architecture; an entry of that name is replaced once all is well. `cache`
/// is base::Paths::cache. Throws base::Error. Main thread only.
Kernel build_kernel(Store& store, const BuildRequest& request, const fs::path& cache,
                    base::Reporter& reporter);

/// The request that a kernel of the store was built by; nullopt if it was not built, or by another
/// quiz.
std::optional<BuildRequest> recorded_request(const Kernel& kernel);

/// The configuration that build_kernel would use, as text.
std::string make_config(const BuildRequest& request, const fs::path& cache,
                        base::Reporter& reporter);

/// The same for a source tree in which the user builds in place: request.what is its directory,
/// which may have been built in before, and make's helpers are made there.
std::string make_tree_config(const BuildRequest& request, const fs::path& cache,
                             base::Reporter& reporter);

}  // namespace quiz::kernel
