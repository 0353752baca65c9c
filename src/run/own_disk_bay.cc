#include "run/own_disk_bay.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>

#include "base/error.h"
#include "base/files.h"
#include "base/nearest.h"

namespace quiz::run {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kStem = "quizb";  // as the profile blockdev names them
constexpr std::size_t kMost = 64;            // as many as blockdev has

/// Behind the last of these names that is one of ours.
unsigned number_behind(const std::vector<std::string>& names) {
  unsigned next = 0;
  for (const std::string& name : names) {
    unsigned number = 0;
    if (!name.starts_with(kStem)) continue;
    const char* const begin = name.data() + kStem.size();
    const char* const end = name.data() + name.size();
    if (std::from_chars(begin, end, number).ptr == end && begin != end) {
      next = std::max(next, number + 1);
    }
  }
  return next;
}

}  // namespace

OwnDiskBay::OwnDiskBay(const base::Paths& paths, const std::vector<machine::Disk>& disks,
                       bool slots)
    : paths_(paths), slots_(slots) {
  for (const machine::Disk& disk : disks) names_.push_back(disk.name);
  next_ = number_behind(names_);
}

std::string OwnDiskBay::plug(machine::Machine& machine, const relay::NewDisk& wanted) {
  check_slots();
  if (names_.size() >= kMost) throw base::Error(fmt::format("it has {} disks already", kMost));
  if (!directory_) directory_ = make_large_files(paths_);
  machine::Disk disk;
  disk.name = fmt::format("{}{}", kStem, next_);
  disk.file = file_of(disk.name);
  disk.bytes = wanted.bytes;
  disk.sector = wanted.sector;
  disk.read_only = wanted.read_only;
  base::make_sparse(disk.file, disk.bytes);
  ++next_;
  try {
    machine.plug(disk);
  } catch (const base::Error&) {
    ::unlink(disk.file.c_str());
    throw;
  }
  names_.push_back(disk.name);
  return disk.name;
}

void OwnDiskBay::unplug(machine::Machine& machine, const std::string& name) {
  check_slots();
  const auto found = std::find(names_.begin(), names_.end(), name);
  if (found == names_.end()) {
    const auto near = base::nearest(name, names_);
    throw base::Error(fmt::format("it has no disk '{}'{}", name,
                                  near ? fmt::format("; did you mean '{}'?", *near) : ""));
  }
  machine.unplug(name);
  names_.erase(found);
  if (directory_) ::unlink(file_of(name).c_str());
}

void OwnDiskBay::check_slots() const {
  if (!slots_)
    throw base::Error("its disks stay as they are, since it was started without -p hotplug");
}

fs::path OwnDiskBay::file_of(const std::string& name) const {
  return directory_->path() / (name + ".raw");
}

}  // namespace quiz::run
