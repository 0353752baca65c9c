#include "cli/profiles.h"

#include <fmt/format.h>

#include "base/error.h"
#include "config/project.h"
#include "config/settings.h"
#include "profile/selection.h"

namespace quiz::cli {

namespace fs = std::filesystem;

namespace {

fs::path here() {
  std::error_code error;
  fs::path path = fs::current_path(error);
  return path.is_absolute() ? path : fs::path();
}

void check_consent(const Context& context, const std::vector<profile::WantedHook>& hooks,
                   const char* kind) {
  for (const profile::WantedHook& hook : hooks) {
    const fs::path path = hook.folder / kind;
    if (!hook.of_project || consent(context).given(path, hook.content)) continue;
    throw base::Error(
        fmt::format("the profile {} of this project would run {} on this host, to which you have "
                    "not agreed",
                    hook.profile, path.string()),
        "read it, then: quiz trust");
  }
}

}  // namespace

ProfilePlaces find_profiles(const Context& context) {
  ProfilePlaces found;
  found.places.user = context.paths.data / "profiles";
  const fs::path start = here();
  if (start.empty()) return found;
  found.project = config::find_project(start).value_or(fs::path());
  std::vector<std::string> warnings;
  found.places.project =
      config::project_directory(start, "profiles", warnings).value_or(fs::path());
  for (const std::string& warning : warnings) context.reporter.warning(warning);
  return found;
}

profile::Consent consent(const Context& context) {
  return profile::Consent(context.paths.data / "trusted");
}

void choose_profiles(const Context& context, run::Request& request) {
  const auto& settings = context.settings.profiles;
  if (settings.empty()) return;
  std::vector<profile::Wish> wishes;
  for (const auto& setting : settings) {
    for (profile::Wish& wish : profile::parse_wishes(setting.value, setting.origin.place)) {
      wishes.push_back(std::move(wish));
    }
  }
  const ProfilePlaces found = find_profiles(context);
  request.project = found.project;
  request.profiles =
      profile::combine(profile::choose(profile::Catalog(found.places), wishes, here()));
  check_consent(context, request.profiles.host, "host");
  check_consent(context, request.profiles.host_after, "host-after");
}

}  // namespace quiz::cli
