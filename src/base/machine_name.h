// What a running machine is called: by `--name`, else after the directory that it was started in.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace quiz::base {

/// Letters, digits and "._-", not first one of these; at most 64 of them.
bool is_machine_name(std::string_view text);

/// A name after a directory's: what no name may have becomes "-".
std::string machine_name_after(const std::filesystem::path& directory);

/// `name`, or if that is among `taken` the first of NAME-2, NAME-3 … that is not.
std::string numbered_name(const std::string& name, const std::vector<std::string>& taken);

}  // namespace quiz::base
