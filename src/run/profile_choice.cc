#include "run/profile_choice.h"

#include "config/project.h"
#include "profile/consent.h"
#include "profile/selection.h"
#include "run/project_consent.h"

namespace quiz::run {

namespace fs = std::filesystem;

namespace {

fs::path here() {
  std::error_code error;
  fs::path path = fs::current_path(error);
  return path.is_absolute() ? path : fs::path();
}

/// What a host hook of a project's must still be when it runs.
void note_agreement(const config::Settings& settings, const base::Paths& paths,
                    profile::Effects& effects) {
  for (const config::Ask& ask : effects.asks) {
    if (ask.row->subject != config::kHostHook) continue;
    const profile::Part part = part_of(settings, ask);
    if (!consent(paths).given(part)) continue;
    for (auto* const hooks : {&effects.host, &effects.host_after}) {
      for (profile::WantedHook& hook : *hooks) {
        if (hook.folder == part.path) hook.agreed = part.digest;
      }
    }
  }
}

}  // namespace

ProfilePlaces find_profiles(const base::Paths& paths, base::Reporter& reporter) {
  ProfilePlaces found;
  found.places.user = paths.data / "profiles";
  const fs::path start = here();
  if (start.empty()) return found;
  found.project = config::find_project(start).value_or(fs::path());
  std::vector<std::string> warnings;
  found.places.project =
      config::project_directory(start, "profiles", warnings).value_or(fs::path());
  for (const std::string& warning : warnings) reporter.warning(warning);
  return found;
}

profile::Effects effects_of(const config::Settings& settings, const ProfilePlaces& places) {
  std::vector<profile::Wish> wishes;
  for (const auto& setting : settings.profiles) {
    const config::Origin& origin = setting.origin;
    for (profile::Wish& wish : profile::parse_wishes(setting.value, origin.place)) {
      wish.directory = origin.file.parent_path();
      if (origin.of_project) wish.project = origin.file;
      wishes.push_back(std::move(wish));
    }
  }
  return profile::combine(profile::choose(profile::Catalog(places.places), wishes, here()));
}

void choose_profiles(const config::Settings& settings, const base::Paths& paths,
                     base::Reporter& reporter, Request& request) {
  if (settings.profiles.empty()) return;
  const ProfilePlaces found = find_profiles(paths, reporter);
  request.project = found.project;
  request.profiles = effects_of(settings, found);
  require_consent(settings, paths, request.profiles.asks);
  note_agreement(settings, paths, request.profiles);
}

}  // namespace quiz::run
