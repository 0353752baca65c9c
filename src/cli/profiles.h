// The profiles of a run as the settings ask for them, and where profiles are looked for.
#pragma once

#include "cli/command.h"
#include "profile/catalog.h"
#include "run/run.h"

namespace quiz::cli {

/// PROJECT, its .quiz/profiles, and the user's.
struct ProfilePlaces {
  std::filesystem::path project;  ///< empty: none
  profile::CatalogPlaces places;
};
/// Warns of a project's directory that is not believed.
ProfilePlaces find_profiles(const Context& context);

/// What the settings' profiles come to. Throws base::Error for a mistake in a profile or in what
/// was asked for.
profile::Effects effects_of(const config::Settings& settings, const ProfilePlaces& places);

/// Fills in the request's profiles. Throws base::Error as effects_of, and for what a project wants
/// of the host without the caller's consent.
void choose_profiles(const Context& context, run::Request& request);

}  // namespace quiz::cli
