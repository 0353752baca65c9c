// Which profiles a run has, and in which order: from `-p` to the list of manifests with the values
// of their options, each after those that it needs.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "profile/catalog.h"
#include "profile/manifest.h"
#include "profile/values.h"

namespace quiz::profile {

/// One profile as it was asked for.
struct Wish {
  std::string name;
  std::vector<std::pair<std::string, std::string>> options;  ///< as written
  std::string place;        ///< who asks: "--profile", "/home/me/.quiz.toml:3:10", "the profile dm"
  fs::path directory = {};  ///< relative files are taken from it; empty: from choose()'s
  fs::path project = {};    ///< the project's file or profile that asks; empty: the user asks
  std::string project_place = {};  ///< where in it; empty: as `place`
};

/// "zfs,blockdev:count=2:size=1G"; a backslash takes away the meaning of a comma, colon or equals
/// sign. An option without a value is a switch that is on. Throws base::Error.
std::vector<Wish> parse_wishes(std::string_view text, const std::string& place);

/// A profile of the run.
struct Chosen {
  Manifest manifest;
  OptionValues values;             ///< of all its options
  std::vector<std::string> given;  ///< the options that somebody asked for
  /// The project's files and profiles because of which it is here; none if the user wants it, too,
  /// and it is none of the project's.
  std::vector<fs::path> projects;
  std::map<std::string, fs::path> option_projects;  ///< by option: what of the project set it
  std::map<fs::path, std::string> places = {};      ///< by project: "/home/me/.quiz.toml:3:10"
};

/// The project's file or profile that set an option which a text of the manifest's contains; empty:
/// none did.
fs::path has_a_say(const Chosen& chosen, std::string_view text);

/// The profiles and all that they need, ordered: what anybody wants of a profile counts, in
/// whatever order they were named. Sizes are in bytes then, switches yes or no, files absolute
/// (relative ones are taken from `directory`). Throws base::Error: an unknown profile or option
/// (with the nearest name), a value that is not allowed, a cycle, two profiles that want an option
/// to be different things.
std::vector<Chosen> choose(const Catalog& catalog, const std::vector<Wish>& wishes,
                           const fs::path& directory);

}  // namespace quiz::profile
