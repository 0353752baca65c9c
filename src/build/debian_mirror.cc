#include "build/debian_mirror.h"

#include <algorithm>
#include <filesystem>

#include "base/error.h"

namespace quiz::build {

namespace {

std::string official_keyring() {
  for (const char* path : {"/usr/share/keyrings/debian-archive-keyring.gpg",
                           "/usr/share/keyrings/debian-archive-keyring.pgp"}) {
    if (std::filesystem::exists(path)) return path;
  }
  return {};
}

/// A suite that takes updates beside it: a release, not sid and not something derived.
bool has_companions(const std::string& suite) {
  return suite != "sid" && suite != "unstable" && suite != "experimental" &&
         suite.find('-') == std::string::npos;
}

/// "/updates" until buster.
bool is_security(const std::string& suite) {
  return suite.ends_with("-security") || suite.ends_with("/updates");
}

AptSource source_of(const std::vector<AptSource>& host, const AptSource& fallback,
                    const std::string& suite) {
  const bool security = is_security(suite);
  const std::string release = suite.substr(0, suite.find_first_of("-/"));
  const auto find = [&](auto fits) { return std::find_if(host.begin(), host.end(), fits); };
  auto found = find([&](const AptSource& source) { return source.suite == suite; });
  if (found == host.end() && !security) {
    found = find([&](const AptSource& source) { return source.suite == release; });
  }
  if (found == host.end()) {
    found = find([&](const AptSource& source) { return is_security(source.suite) == security; });
  }
  if (found != host.end()) return {found->uri, suite, found->signed_by};
  if (security) {
    const AptSource base = source_of(host, fallback, release);
    return {security_mirror(base.uri), suite, base.signed_by};
  }
  if (!fallback.uri.empty()) return {fallback.uri, suite, fallback.signed_by};
  throw base::Error("this machine's apt names no mirror of Debian's",
                    "name one: --mirror URL, QUIZ_MIRROR, or `mirror` in your own config.toml");
}

}  // namespace

std::vector<AptSource> suite_sources(const std::vector<AptSource>& host, const AptSource& fallback,
                                     const std::string& suite) {
  std::vector<AptSource> sources = {source_of(host, fallback, suite)};
  if (has_companions(suite)) {
    for (const char* companion : {"-updates", "-security"}) {
      sources.push_back(source_of(host, fallback, suite + companion));
    }
  }
  return sources;
}

std::string security_mirror(const std::string& mirror) {
  const std::string plain = mirror.substr(0, mirror.find_last_not_of('/') + 1);
  return plain.ends_with("/debian") ? plain + "-security" : mirror;
}

std::vector<AptSource> debian_suite_sources(const std::string& suite, const std::string& mirror) {
  std::vector<AptSource> host = Apt::debian_sources();
  if (suite.empty() && !host.empty()) return host;
  return suite_sources(host, {mirror, "", official_keyring()}, suite.empty() ? "stable" : suite);
}

}  // namespace quiz::build
