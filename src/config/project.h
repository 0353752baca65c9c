// The project that the caller stands in: the nearest directory upwards that has a .quiz.toml or a
// .quiz. What is in .quiz (user, system, profiles) is looked up through here.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace quiz::config {

/// The project's directory; nullopt: `start` is in none.
std::optional<std::filesystem::path> find_project(const std::filesystem::path& start);

/// The project that a file of settings, a layer or a profile's folder belongs to, by its name.
std::filesystem::path project_of(const std::filesystem::path& part);

/// PROJECT/.quiz/NAME, if it is a directory and may be believed (see trust.h). Otherwise nullopt;
/// a warning tells when there is one that is not believed.
std::optional<std::filesystem::path> project_directory(const std::filesystem::path& start,
                                                       const std::string& name,
                                                       std::vector<std::string>& warnings);

}  // namespace quiz::config
