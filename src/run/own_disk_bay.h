// The disks of a run that come and go while its machine lives: `quiz vm plug`. They are sparse
// files of the run's own, and their numbers follow those of the disks that are there from the
// start; no name is given twice.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/paths.h"
#include "machine/machine_spec.h"
#include "relay/disk_bay.h"
#include "run/instance.h"

namespace quiz::run {

class OwnDiskBay final : public relay::DiskBay {
 public:
  /// `disks` are there from the start. Without `slots` none comes or goes.
  OwnDiskBay(const base::Paths& paths, const std::vector<machine::Disk>& disks, bool slots);

  std::string plug(machine::Machine& machine, const relay::NewDisk& wanted) override;
  void unplug(machine::Machine& machine, const std::string& name) override;

 private:
  void check_slots() const;
  std::filesystem::path file_of(const std::string& name) const;

  const base::Paths& paths_;
  bool slots_;
  std::vector<std::string> names_;           // of those that are there
  unsigned next_ = 0;                        // the number of the next one
  std::unique_ptr<OwnDirectory> directory_;  // of files, once there are any
};

}  // namespace quiz::run
