// The devices that this run has beside those that every run has: modules, disks under their own
// names, devices in memory, stacks of the device mapper, a network card. No udev: init names the
// disks and their partitions itself, from the kernel's own events.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/fd.h"
#include "wire/messages.h"

namespace quiz::init {

class Devices {
 public:
  /// Once, after `/` is there. What fails is told by failure(); nothing after it is made.
  void make(const wire::Devices& wanted);
  /// What could not be done: "make /dev/quizm0 …". Empty if all went well.
  const std::string& failure() const { return failure_; }
  int error_number() const { return error_number_; }

  /// The kernel's device events, to poll for input; -1 where nobody waits for any.
  int events() const { return events_.get(); }
  /// Partitions and disks come and go.
  void handle_events();

  /// The host says that a disk comes or goes: it is told by take_settled() when it has.
  void expect(const wire::Disk& disk);
  /// Of the expected ones those that have come or gone since this was asked last.
  std::vector<wire::Disk> take_settled();

 private:
  bool name_disks(const std::vector<std::string>& serials);
  void name_present(const std::vector<std::string>& serials);
  bool has(const std::string& name) const;
  void name_expected();
  void forget_disk(const std::string& disk);
  void forget_missing();
  void watch_events();
  void name_partitions(const std::string& disk);
  bool fail(const std::string& what);

  /// "vda" to "quizb0".
  std::map<std::string, std::string> names_;
  std::vector<wire::Disk> expected_;
  base::Fd events_;
  std::string failure_;
  int error_number_ = 0;
};

}  // namespace quiz::init
