// One build directory of a checkout: the programs and libraries, or the modules for one kernel.
// Knows whether it is configured as wanted, whether anything of its sources is newer than what was
// installed from it, and runs its commands into its log. build.h puts the two together.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/reporter.h"
#include "build/logged_command.h"
#include "openzfs/checkout.h"

namespace quiz::openzfs {

class Part {
 public:
  struct Description {
    std::string name;                  ///< "programs and libraries", "modules for KERNEL"
    fs::path directory;                ///< of the build
    std::vector<std::string> sources;  ///< directories of the checkout that it is made from
    std::vector<std::string> but;      ///< parts of them that it is not made from
    std::size_t usual_steps = 0;       ///< how many objects, before it has ever been built
  };

  Part(const Checkout& checkout, Description description, base::Reporter& reporter);

  const std::string& name() const { return description_.name; }
  const fs::path& directory() const { return description_.directory; }
  fs::path log() const { return directory() / "quiz.log"; }

  /// Configured with these words, by this configure, against this kernel (`identity`).
  bool is_configured(const std::vector<std::string>& words, const std::string& identity) const;
  /// Runs configure in an empty directory. Throws base::Error with its reason and where the whole
  /// log is.
  void configure(const std::vector<std::string>& words, const std::string& identity);

  /// `make` with these words. Returns when it is done; throws base::Error with the first real
  /// error.
  void make(const std::vector<std::string>& words, unsigned jobs);

  /// `make` of a target that installs, which can write nowhere but below the checkout's .quiz and
  /// in /tmp. Throws base::Error, also when it tried to write elsewhere, or when there has not been
  /// a make() of everything.
  void install(const std::vector<std::string>& words);

  /// Nothing of its sources has changed since mark_installed(), and what was said there is the
  /// same.
  bool is_installed(const std::string& identity) const;
  /// As of the beginning of the last make() of everything.
  void mark_installed(const std::string& identity);

 private:
  build::LoggedResult run(build::LoggedCommand command);
  std::string configured_stamp(const std::vector<std::string>& words,
                               const std::string& identity) const;
  fs::file_time_type newest_source() const;

  const Checkout& checkout_;
  Description description_;
  base::Reporter& reporter_;
};

}  // namespace quiz::openzfs
