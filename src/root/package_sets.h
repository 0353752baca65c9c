// The sets of packages that quiz ships (data/roots/*.packages), embedded by the build: what a
// Debian root has besides the least that Debian consists of.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace quiz::root {

struct PackageSet {
  std::string_view name;  ///< "base", "debug" …
  std::string_view text;  ///< as in the file
};

/// All of them, by name.
const std::vector<PackageSet>& package_sets();

/// A package that is wanted, by one of several names: which one there is depends on the suite.
using Alternatives = std::vector<std::string>;

/// The lines of a set: "a | b", empty ones and comments left out.
std::vector<Alternatives> parse_package_set(std::string_view text);

}  // namespace quiz::root
