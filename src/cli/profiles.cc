#include "cli/profiles.h"

#include "cli/project_consent.h"
#include "config/project.h"
#include "config/settings.h"
#include "profile/consent.h"
#include "profile/selection.h"

namespace quiz::cli {

namespace fs = std::filesystem;

namespace {

fs::path here() {
  std::error_code error;
  fs::path path = fs::current_path(error);
  return path.is_absolute() ? path : fs::path();
}

/// What a host hook of a project's must still be when it runs.
void note_agreement(const Context& context, profile::Effects& effects) {
  for (const config::Ask& ask : effects.asks) {
    if (ask.row->subject != config::kHostHook) continue;
    const profile::Part part = part_of(context.settings, ask);
    if (!consent(context).given(part)) continue;
    for (auto* const hooks : {&effects.host, &effects.host_after}) {
      for (profile::WantedHook& hook : *hooks) {
        if (hook.folder == part.path) hook.agreed = part.digest;
      }
    }
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

void choose_profiles(const Context& context, run::Request& request) {
  if (context.settings.profiles.empty()) return;
  const ProfilePlaces found = find_profiles(context);
  request.project = found.project;
  request.profiles = effects_of(context.settings, found);
  require_consent(context, request.profiles.asks);
  note_agreement(context, request.profiles);
}

}  // namespace quiz::cli
