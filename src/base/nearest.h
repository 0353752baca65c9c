// "Did you mean …?": the nearest of a list of names.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace quiz::base {

/// The candidate with the smallest Damerau-Levenshtein distance (optimal string alignment) to
/// `word`, if that is at most a third of the word's length (at least 1), else one that begins with
/// `word`, else nullopt.
std::optional<std::string> nearest(std::string_view word,
                                   const std::vector<std::string>& candidates);

}  // namespace quiz::base
