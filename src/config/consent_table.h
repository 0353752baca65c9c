// By what a project reaches the host, in one table: what it may have freely, what only if the
// caller has agreed (`quiz trust`), what never. A project may come with a checkout, so whatever its
// files ask for is looked up here and nowhere else: settings by their key, the rest by the subjects
// below. src/run/project_consent.h asks the caller's agreement; toml_layer.h refuses what is never
// allowed.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace quiz::config {

/// The directories of the host's `/` that no guest sees.
const std::vector<std::filesystem::path>& hidden_directories();

enum class May { freely, if_trusted, never };

/// What a project asks for: the value in the spelling of the command line, and its directory.
struct Asked {
  std::string_view text{};
  std::filesystem::path project{};
};

// The subjects that are no settings.
inline constexpr std::string_view kLayer = "layer";
inline constexpr std::string_view kProjectProfile = "project's profile";
inline constexpr std::string_view kProfileLink = "profile's link";
inline constexpr std::string_view kHostHook = "host hook";
inline constexpr std::string_view kYourHostHook = "your host hook";
inline constexpr std::string_view kNetwork = "network";
inline constexpr std::string_view kKeptDisks = "kept disks";
inline constexpr std::string_view kDisks = "disks";
inline constexpr std::string_view kProfileFile = "profile's file";
inline constexpr std::string_view kProfileWords = "profile's cmdline";

struct ConsentRow {
  std::string_view subject;  ///< a setting's key, or one of those above
  std::string_view when{};   ///< "above 8G"; empty: whatever is asked for
  std::string_view reaches;  ///< what of the host, or of the caller's
  May may = May::freely;
  /// Something of the project's takes part in what the guest does. Where the caller has not agreed
  /// to it, secrets are hidden unless they say otherwise (settings.h, hide_secrets).
  bool takes_part = false;
  /// The first row of a subject that applies decides; null: it always does.
  bool (*applies)(const Asked&) = nullptr;
  /// The same for rows that depend on where a path leads, not on its text alone.
  bool (*leads)(const Asked&) = nullptr;
};

std::span<const ConsentRow> consent_table();

/// The row that decides. Every setting and every subject above has one.
const ConsentRow& consent_row(std::string_view subject, const Asked& asked = {});

/// A project's file may not say this, wherever a path in it leads. Looks at no files.
bool never_in_a_project(std::string_view setting, std::string_view text);

/// One thing that a project asks for in a run.
struct Ask {
  const ConsentRow* row = nullptr;
  std::string what;               ///< `memory = 64G`, "would run FILE on this host"
  std::string place;              ///< who asks: "/p/.quiz.toml:3:10", "/p/.quiz/user"
  std::filesystem::path project;  ///< the file, folder or link of the project's to be agreed to
};

}  // namespace quiz::config
