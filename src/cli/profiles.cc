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

/// The project that a file of settings or a profile's folder belongs to.
fs::path project_of(const fs::path& path) {
  for (fs::path here = path; here.has_relative_path(); here = here.parent_path()) {
    if (here.filename() == ".quiz") return here.parent_path();
  }
  return path.parent_path();
}

void check_consents(const Context& context, profile::Effects& effects) {
  for (const profile::WantedConsent& wanted : effects.consents) {
    const std::string digest = profile::digest_of(wanted.project);
    if (!consent(context).given(wanted.project, digest)) {
      throw base::Error(fmt::format("{} {} (profile {}), to which you have not agreed",
                                    wanted.project.string(), wanted.what, wanted.profile),
                        "read it, then: quiz trust " + project_of(wanted.project).string());
    }
    // Until a hook runs much may change.
    for (auto* const hooks : {&effects.host, &effects.host_after}) {
      for (profile::WantedHook& hook : *hooks) {
        if (hook.folder == wanted.project) hook.agreed = digest;
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

profile::Consent consent(const Context& context) {
  return profile::Consent(context.paths.data / "trusted");
}

void choose_profiles(const Context& context, run::Request& request) {
  const auto& settings = context.settings.profiles;
  if (settings.empty()) return;
  std::vector<profile::Wish> wishes;
  for (const auto& setting : settings) {
    const config::Origin& origin = setting.origin;
    for (profile::Wish& wish : profile::parse_wishes(setting.value, origin.place)) {
      wish.directory = origin.file.parent_path();
      if (origin.of_project) wish.project = origin.file;
      wishes.push_back(std::move(wish));
    }
  }
  const ProfilePlaces found = find_profiles(context);
  request.project = found.project;
  request.profiles =
      profile::combine(profile::choose(profile::Catalog(found.places), wishes, here()));
  check_consents(context, request.profiles);
}

}  // namespace quiz::cli
