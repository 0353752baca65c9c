// Stacks of the device mapper: from what a profile's [dm] says (a few words, a table, or a TOML
// file) to devices with tables. Pure, but for the file and the random key of crypt.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "profile/manifest.h"
#include "profile/values.h"
#include "wire/messages.h"

namespace quiz::profile {

struct Chosen;

/// Devices of a run by name ("quizb0"), in bytes.
using DeviceSizes = std::map<std::string, std::uint64_t>;

/// The profiles whose devices the profile's [dm] stands on: "blockdev". Throws base::Error as
/// make_mapper_devices does for a file that cannot be read.
std::vector<std::string> mapper_needs(const Chosen& chosen);

/// The devices in the order of making. `sizes` has the devices that are there; new ones are added.
/// Throws base::Error for what makes no sense: a device that is not there, a range beyond its end,
/// overlapping ranges, a table with gaps.
std::vector<wire::MapperDevice> make_mapper_devices(const Chosen& chosen, DeviceSizes& sizes);

/// The kernel module of a target ("dm-flakey"); empty for what every device mapper has.
std::string module_of_target(const std::string& type);

}  // namespace quiz::profile
