// The kernel store: $XDG_DATA_HOME/quiz/kernels/NAME/ with kernel.json, the image, its config and
// modules (see build::EntryStore). How kernels are made is left to debian.h and add.h.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "build/entry_store.h"
#include "kernel/kernel.h"

namespace quiz::kernel {

class Store {
 public:
  using Draft = build::EntryStore::Draft;

  /// `data` is base::Paths::data. Nothing is made before it is needed.
  explicit Store(const fs::path& data);

  /// $data/kernels.
  const fs::path& directory() const { return entries_.directory(); }

  /// The complete entries, by name; damaged ones are left out.
  std::vector<Kernel> list() const;

  /// The kernel that a person means: a name, `debian` (newest prebuilt), a release, a version or
  /// the beginning of one
  /// (`6.1`: the newest 6.1.x; `6.1+kasan`: of that variant), `debian:` and one of these, or the
  /// path of an image (anything with a slash; `cache` is base::Paths::cache, see describe_image).
  /// A name or a path may be of any architecture, all else means a kernel for `architecture`.
  /// Throws base::Error with the nearest name.
  Kernel find(const std::string& selector, const fs::path& cache,
              const base::Architecture& architecture) const;

  /// The entry of exactly this name. Throws base::Error if it is there but damaged.
  std::optional<Kernel> find_name(const std::string& name) const;

  /// The newest of Debian's kernels for it: the default.
  std::optional<Kernel> newest_prebuilt(const base::Architecture& architecture) const;

  /// Removes an entry, a damaged one too. Throws base::Error.
  void remove(const std::string& name) { entries_.remove(name); }

  /// Begins an entry. Throws base::Error when the store cannot be written.
  Draft begin() { return entries_.begin(); }

  /// Makes the draft an entry named kernel.name; the paths in `kernel` are inside the draft. If an
  /// entry of that name has appeared meanwhile, the draft is dropped. Returns the entry. Throws
  /// base::Error.
  Kernel publish(Draft draft, Kernel kernel);

  /// The same, but an entry of that name is replaced, in one step: a rebuilt kernel.
  Kernel replace(Draft draft, Kernel kernel);

  /// Throws base::Error unless entries may have this name.
  static void check_name(const std::string& name) {
    build::EntryStore({}, "kernel").check_name(name);
  }

 private:
  Kernel finish(Draft draft, Kernel kernel, bool replace);

  build::EntryStore entries_;
};

/// Names of the built kernels that a newer one of the same series and variant has superseded.
std::vector<std::string> outdated_builds(const std::vector<Kernel>& kernels);

}  // namespace quiz::kernel
