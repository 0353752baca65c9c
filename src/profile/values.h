// Values of profile options: their spelling, their limits, and what stands for them in a manifest's
// texts.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "profile/manifest.h"

namespace quiz::profile {

/// A whole number.
std::optional<std::uint64_t> read_number(std::string_view text);
/// Bytes from "512", "64K", "1M", "2G", "1T" (also "2GiB").
std::optional<std::uint64_t> read_size(std::string_view text);
/// yes, true, on, 1, no, false, off, 0.
std::optional<bool> read_toggle(std::string_view text);

/// What is wrong with a value of this option: "'x' is not …"; nothing if it is fine. An empty text
/// is allowed for text, file and choice: not given.
std::optional<std::string> problem_with(const OptionSpec& option, std::string_view text);

using OptionValues = std::map<std::string, std::string>;

/// "{name}" replaced by its value; "{{" is a brace. Throws base::Error for an unknown name; `where`
/// names the manifest.
std::string expanded(std::string_view text, const OptionValues& values, const std::string& where);

}  // namespace quiz::profile
