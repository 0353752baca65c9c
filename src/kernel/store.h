// The kernel store: $XDG_DATA_HOME/quiz/kernels/NAME/ with kernel.json, the image, its config and
// modules. An entry appears complete, by one rename, or not at all; what a killed quiz left
// half-made is a `.tmp-*` directory that nobody lists and the next writer removes. Any number of
// processes may use the store at the same time. How kernels are made is left to debian.h and add.h.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/files.h"
#include "kernel/kernel.h"

namespace quiz::kernel {

class Store {
 public:
  /// A directory of the store in which an entry is being made; removed by the destructor unless
  /// published. Other processes leave it alone as long as this object lives.
  class Draft {
   public:
    const fs::path& path() const { return directory_.path(); }

   private:
    friend class Store;
    Draft(base::TempDir directory, base::FileLock lock)
        : directory_(std::move(directory)), lock_(std::move(lock)) {}
    base::TempDir directory_;
    base::FileLock lock_;
  };

  /// `data` is base::Paths::data. Nothing is made before it is needed.
  explicit Store(const fs::path& data);

  /// $data/kernels.
  const fs::path& directory() const { return directory_; }

  /// The complete entries, by name; damaged ones are left out.
  std::vector<Kernel> list() const;

  /// The kernel that a person means: a name, `debian` (newest prebuilt), a release, a version or
  /// the beginning of one
  /// (`6.1`: the newest 6.1.x; `6.1+kasan`: of that variant), `debian:` and one of these, or the
  /// path of an image (anything with a slash; `cache` is base::Paths::cache, see describe_image).
  /// Throws base::Error with the nearest name.
  Kernel find(const std::string& selector, const fs::path& cache) const;

  /// The entry of exactly this name. Throws base::Error if it is there but damaged.
  std::optional<Kernel> find_name(const std::string& name) const;

  /// The newest of Debian's kernels: the default.
  std::optional<Kernel> newest_prebuilt() const;

  /// Removes an entry, a damaged one too: it vanishes at once, then its files are deleted. Throws
  /// base::Error.
  void remove(const std::string& name);

  /// Begins an entry; first removes what others left unfinished. Throws base::Error when the store
  /// cannot be written.
  Draft begin();

  /// Makes the draft an entry named kernel.name; the paths in `kernel` are inside the draft. If an
  /// entry of that name has appeared meanwhile, the draft is dropped. Returns the entry. Throws
  /// base::Error.
  Kernel publish(Draft draft, Kernel kernel);

  /// The same, but an entry of that name is replaced, in one step: a rebuilt kernel.
  Kernel replace(Draft draft, Kernel kernel);

  /// Names of entries are single words of letters, digits and ._+~-, not beginning with a dot.
  /// Throws base::Error.
  static void check_name(const std::string& name);

 private:
  Kernel finish(Draft draft, Kernel kernel, bool replace);
  void sweep() const;
  std::vector<std::string> names() const;

  fs::path directory_;
};

/// Names of the built kernels that a newer one of the same series and variant has superseded.
std::vector<std::string> outdated_builds(const std::vector<Kernel>& kernels);

}  // namespace quiz::kernel
