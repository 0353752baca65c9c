// Builds the guest's `/` from what the host exports and switches to it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/fd.h"
#include "wire/messages.h"

namespace quiz::init {

class RootFileSystem {
 public:
  /// Makes what does not depend on the run: the tmpfs that takes all writes and what is in it, and
  /// mounts the root image if the kernel's command line names one.
  /// Both switch the machine off with a reason when something fails.
  explicit RootFileSystem(const std::string& kernel_command_line);
  /// Mounts the layers below that tmpfs as an overlay, places the bundle, moves the kernel's file
  /// systems in, makes it `/`, and mounts into it.
  void build(const wire::Setup& setup);

  /// How many bytes may be written into `/`, if they are used up now; else 0.
  std::uint64_t full_size() const;

  /// syncfs on every directory of the host's that can be written: the host sees what was.
  void sync_shares() const;

 private:
  void add(const wire::Mount& mount, const std::string& layers);

  base::Fd top_;  ///< the tmpfs that takes all writes
  std::vector<base::Fd> writable_;
  std::vector<std::string> overlays_ = {"/"};  ///< whose lower layers may be the host's
  unsigned mount_count_ = 0;
};

}  // namespace quiz::init
