// The profiles of a run as the settings ask for them, and where profiles are looked for.
#pragma once

#include <filesystem>

#include "base/paths.h"
#include "base/reporter.h"
#include "config/settings.h"
#include "profile/catalog.h"
#include "profile/effects.h"
#include "run/request.h"

namespace quiz::run {

/// PROJECT, its .quiz/profiles, and the user's.
struct ProfilePlaces {
  std::filesystem::path project;  ///< empty: none
  profile::CatalogPlaces places;
};
/// Warns of a project's directory that is not believed.
ProfilePlaces find_profiles(const base::Paths& paths, base::Reporter& reporter);

/// What the settings' profiles come to. Throws base::Error for a mistake in a profile or in what
/// was asked for.
profile::Effects effects_of(const config::Settings& settings, const ProfilePlaces& places);

/// Fills in the request's project and profiles. Throws base::Error as effects_of, and for what a
/// project wants of the host without the caller's consent.
void choose_profiles(const config::Settings& settings, const base::Paths& paths,
                     base::Reporter& reporter, Request& request);

}  // namespace quiz::run
