// Where Debian's suites are asked for: at the mirrors that the host's apt names; where it names
// none at the one of the setting `mirror`, which the callers pass; never at an address of quiz's
// own.
#pragma once

#include <string>
#include <vector>

#include "build/apt.h"

namespace quiz::build {

/// The sources of a suite of Debian's and of the suites that go with a release (-updates,
/// -security), the suite itself first. Each is taken from where `host` (Apt::debian_sources) has
/// that very suite or its release, else from the host's mirror, else from `fallback`, whose uri may
/// be empty. Where only the security suites have no mirror they are asked for at security_mirror().
/// Throws base::Error if there is no mirror. Pure.
std::vector<AptSource> suite_sources(const std::vector<AptSource>& host, const AptSource& fallback,
                                     const std::string& suite);

/// The address of the security suites beside that of the others: ".../debian-security" for
/// ".../debian", else the same one. Pure.
std::string security_mirror(const std::string& mirror);

/// The same for this host, with its keys; everything that its apt names where `suite` is empty (the
/// stable release if that is no mirror of Debian's). `mirror` may be empty. Throws base::Error
/// where there is no apt or no mirror.
std::vector<AptSource> debian_suite_sources(const std::string& suite, const std::string& mirror);

}  // namespace quiz::build
