// Where mmdebstrap installs. As root that is the store's draft, which is swept with it. Somebody
// else's files belong to subordinate users there, who may not get through the caller's home to a
// draft in it and whose files only they remove: these lie below /tmp, in a directory that says
// whose it is, so that the next build removes what a killed one left.
#pragma once

#include <filesystem>
#include <optional>

#include "base/files.h"

namespace quiz::root {

class Workplace {
 public:
  /// `scratch` is what the store would sweep. Removes first what dead builds of this user left
  /// elsewhere. Throws base::SystemError.
  explicit Workplace(std::filesystem::path scratch);
  ~Workplace();
  Workplace(const Workplace&) = delete;
  Workplace& operator=(const Workplace&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  std::optional<base::TempDir> own_;
  std::optional<base::FileLock> lock_;  // as long as the build lives
};

}  // namespace quiz::root
