// The order of version numbers, and what part of one a person may type. Debian's rules, which also
// order kernel.org's versions as people expect ("6.9" < "6.12", "6.12~rc3" < "6.12").
#pragma once

#include <string>
#include <string_view>

namespace quiz::kernel {

/// Negative, zero or positive as `a` is older than, equal to or newer than `b` (deb-version(7),
/// "Sorting algorithm").
int compare_versions(std::string_view a, std::string_view b);

/// Whether `version` is `prefix` or begins with it at a boundary: "6.1" covers "6.1.192-2" and not
/// "6.12".
bool version_has_prefix(std::string_view version, std::string_view prefix);

/// The version of the sources that Linux's banner tells: "6.1.192-2" from "… Debian 6.1.192-2
/// (2026-11-16)", otherwise the release.
std::string version_from_banner(std::string_view banner, std::string_view release);

/// The series that a version belongs to: "6.12" of "6.12.117" and of "6.12-rc3".
std::string series_of(std::string_view version);

/// May a person mean a version or a series by this ("6.12", "7.2-rc3")? No path does.
bool looks_like_version(std::string_view text);

}  // namespace quiz::kernel
