// An OpenZFS checkout, and where quiz keeps things in it: all below .quiz, which git does not see.
//
//   .quiz/system            what was installed for the guest (DESTDIR)
//   .quiz/build/user        the build directory of programs and libraries
//   .quiz/build/KERNEL      those of the modules, one for each kernel (tree-HASH for a built tree)
//   .quiz/config.toml       settings for runs in this checkout: the kernel
//   .quiz/openzfs.lock      held while one quiz builds
//
// What is for machines of another architecture than the host's says so: .quiz/system+s390x,
// .quiz/build/user+s390x, .quiz/config+s390x.toml.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/architecture.h"
#include "base/fd.h"
#include "config/settings_file.h"
#include "openzfs/meta.h"

namespace quiz::openzfs {

namespace fs = std::filesystem;

/// A file beside the installed modules: when the kernel that they are for was made (Target::made).
inline constexpr char kMadeFor[] = "quiz.kernel";

struct Checkout {
  fs::path directory;
  Meta meta;
  base::Architecture architecture = base::host_architecture();  ///< of the machines

  fs::path quiz() const { return directory / ".quiz"; }
  fs::path system() const { return quiz() / base::name_for("system", architecture); }
  fs::path settings() const { return directory / config::remembered_file(architecture); }
  fs::path lock() const { return quiz() / "openzfs.lock"; }
  fs::path user_build() const { return quiz() / "build" / base::name_for("user", architecture); }
  /// `kernel`: a name in the store, or the path of a built tree.
  fs::path kernel_build(const std::string& kernel) const;
  /// Where the modules for a kernel are installed: in the guest over the kernel's own, which their
  /// modules.dep knows, too.
  fs::path modules(const std::string& release) const {
    return system() / "usr" / "lib" / "modules" / release;
  }
};

/// The checkout that `directory` lies in: the nearest above it with OpenZFS's META. Throws
/// base::Error if there is none, if it was configured in place, which a build outside it cannot
/// bear, or if distrust_checkout() tells against it.
Checkout find_checkout(const fs::path& directory);

/// As find_checkout, but nullopt where there is none; in place or not.
std::optional<Checkout> try_find_checkout(const fs::path& directory);

/// Why nothing is written into this checkout: others could have put links into its .quiz, or put
/// another directory in its place. Empty: nothing speaks against it; there need be no .quiz.
std::string distrust_checkout(const Checkout& checkout);

/// The checkout's .quiz, to write beneath. Throws base::Error where there is none, or
/// distrust_checkout() tells against it.
base::Fd open_quiz_directory(const Checkout& checkout);

/// Makes .quiz, and has git ignore it by the repository's own info/exclude, once. Throws
/// base::Error.
void prepare_checkout(const Checkout& checkout);

}  // namespace quiz::openzfs
