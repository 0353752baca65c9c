#include "profile/selection.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/nearest.h"
#include "profile/mapper.h"

namespace quiz::profile {

namespace {

/// Cuts at unescaped separators and keeps the escapes.
std::vector<std::string> split_unescaped(std::string_view text, char separator) {
  std::vector<std::string> parts(1);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) {
      parts.back() += text[i++];
      parts.back() += text[i];
    } else if (text[i] == separator) {
      parts.emplace_back();
    } else {
      parts.back() += text[i];
    }
  }
  return parts;
}

std::string unescaped(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) ++i;
    result += text[i];
  }
  return result;
}

/// What `-p NAME:OPTION` stands for.
constexpr char kSwitchedOn[] = "yes";

/// An option's value, and who asked for it.
struct Asked {
  std::string value;
  std::string asker;  ///< empty: the user
  fs::path project;   ///< as in Wish
};

/// A profile on its way into the list.
struct Candidate {
  Manifest manifest;
  std::map<std::string, Asked> asked = {};  ///< by option
  bool of_user = false;                     ///< not only a project asks for it
  std::vector<fs::path> projects = {};      ///< that ask for it
  std::map<fs::path, std::string> places = {};
};

/// The value in the one spelling that manifests see.
std::string normalized(const OptionSpec& option, const std::string& text,
                       const fs::path& directory) {
  switch (option.type) {
    case OptionType::size:
      return std::to_string(read_size(text).value_or(0));
    case OptionType::toggle:
      return read_toggle(text).value_or(false) ? "yes" : "no";
    case OptionType::file:
      return text.empty() ? text : (directory / text).lexically_normal().string();
    default:
      return text;
  }
}

/// What a profile needs depends on the values of its options, which a profile that is visited later
/// may set. So all are visited again and again, with what came out the last time, until nothing
/// changes.
class Chooser {
 public:
  Chooser(const Catalog& catalog, fs::path directory)
      : catalog_(catalog), directory_(std::move(directory)) {}

  void ask(const Wish& wish, bool by_user) {
    auto found = candidates_.find(wish.name);
    if (found == candidates_.end()) {
      Manifest manifest =
          base::with_note("asked for by " + wish.place, [&] { return catalog_.find(wish.name); });
      found = candidates_.emplace(wish.name, Candidate{std::move(manifest)}).first;
    }
    Candidate& candidate = found->second;
    if (wish.project.empty()) candidate.of_user = true;
    add_once(candidate.projects, wish.project);
    if (!wish.project.empty()) {
      candidate.places.emplace(wish.project,
                               wish.project_place.empty() ? wish.place : wish.project_place);
    }
    for (const auto& [name, text] : wish.options) {
      const std::string* const bare = bare_option(candidate.manifest, name, text);
      if (bare != nullptr) {
        take_option(candidate, wish, *bare, name, by_user);
      } else {
        take_option(candidate, wish, name, text, by_user);
      }
    }
    if (by_user) add_once(order_, wish.name);
  }

  std::vector<Chosen> finish() {
    const auto of_user = candidates_;
    settled_ = outcome();
    for (int round = 0; round < kMostRounds; ++round) {
      for (auto& [name, candidate] : candidates_) {
        const auto asked = of_user.find(name);
        candidate =
            asked != of_user.end() ? asked->second : Candidate{std::move(candidate.manifest)};
      }
      sequence_.clear();
      conflict_.reset();
      for (const std::string& name : order_) visit(name);
      auto now = outcome();
      const bool changed = now != settled_;
      settled_ = std::move(now);
      if (changed) continue;
      if (conflict_) throw base::Error(*conflict_);
      std::vector<Chosen> chosen;
      chosen.reserve(sequence_.size());
      for (const std::string& name : sequence_) chosen.push_back(chosen_of(candidates_.at(name)));
      return chosen;
    }
    throw base::Error(fmt::format("what the profiles {} want of each other never comes to an end",
                                  fmt::join(sequence_, ", ")));
  }

 private:
  /// What a round comes to: the values asked for, and who has a say.
  using Outcome = std::map<std::string, std::pair<OptionValues, bool>>;

  template <typename T>
  static void add_once(std::vector<T>& list, const T& one) {
    if (!one.empty() && std::find(list.begin(), list.end(), one) == list.end()) list.push_back(one);
  }

  /// The option whose value such a word is; null: it is an option itself, or nothing.
  static const std::string* bare_option(const Manifest& manifest, const std::string& word,
                                        const std::string& text) {
    if (text != kSwitchedOn || manifest.option(word) != nullptr) return nullptr;
    const auto found = std::find_if(manifest.options.begin(), manifest.options.end(),
                                    [](const OptionSpec& option) { return option.bare; });
    return found == manifest.options.end() ? nullptr : &found->name;
  }

  Outcome outcome() const {
    Outcome result;
    for (const auto& [name, candidate] : candidates_) {
      auto& [values, of_user] = result[name];
      for (const auto& [option, asked] : candidate.asked) values[option] = asked.value;
      of_user = candidate.of_user;
    }
    return result;
  }

  void take_option(Candidate& candidate, const Wish& wish, const std::string& name,
                   const std::string& text, bool by_user) {
    const OptionSpec* const option = candidate.manifest.option(name);
    if (option == nullptr) {
      std::vector<std::string> names;
      names.reserve(candidate.manifest.options.size());
      for (const OptionSpec& one : candidate.manifest.options) names.push_back(one.name);
      const auto near = base::nearest(name, names);
      throw base::Error(
          fmt::format("{}: the profile {} has no option '{}'", wish.place, wish.name, name),
          near            ? fmt::format("did you mean '{}'?", *near)
          : names.empty() ? "it has no options"
                          : fmt::format("it has {}", fmt::join(names, ", ")));
    }
    if (const auto problem = problem_with(*option, text)) {
      const bool no_value = text == kSwitchedOn && option->type != OptionType::toggle;
      throw base::Error(fmt::format("{}: {}:{}: {}", wish.place, wish.name, name,
                                    no_value ? "a value is missing" : *problem),
                        fmt::format("{}: {}", name, option->help));
    }
    const fs::path& directory = wish.directory.empty() ? directory_ : wish.directory;
    const std::string value = normalized(*option, text, directory);
    const auto before = candidate.asked.find(name);
    if (before != candidate.asked.end() && !by_user) {
      const auto& [wanted, asker, project] = before->second;
      if (asker.empty() || wanted == value) return;  // the user's word counts
      // What is wanted now may not be what is wanted in the end.
      if (!conflict_) {
        conflict_.emplace(fmt::format("{} wants {}:{}={}, but {} wants {}", wish.place, wish.name,
                                      name, value, asker, wanted),
                          fmt::format("say which: -p {}:{}=…", wish.name, name));
      }
      return;
    }
    candidate.asked[name] = {value, by_user ? "" : wish.place, wish.project};
  }

  bool is_of_user(const Candidate& candidate) const {
    const auto before = settled_.find(candidate.manifest.name);
    return candidate.of_user || (before != settled_.end() && before->second.second);
  }

  Chosen chosen_of(const Candidate& candidate) const {
    Chosen chosen{candidate.manifest, {}, {}, {}, {}, candidate.places};
    const auto before = settled_.find(candidate.manifest.name);
    for (const OptionSpec& option : candidate.manifest.options) {
      const auto asked = candidate.asked.find(option.name);
      std::optional<std::string> value;
      if (asked != candidate.asked.end()) {
        value = asked->second.value;
        if (!asked->second.project.empty()) {
          chosen.option_projects[option.name] = asked->second.project;
        }
      } else if (before != settled_.end()) {
        const auto known = before->second.first.find(option.name);
        if (known != before->second.first.end()) value = known->second;
      }
      if (value) chosen.given.push_back(option.name);
      chosen.values[option.name] =
          value ? *value : normalized(option, option.default_text, directory_);
    }
    if (candidate.manifest.of_project) add_once(chosen.projects, candidate.manifest.folder);
    if (!is_of_user(candidate)) {
      for (const fs::path& project : candidate.projects) add_once(chosen.projects, project);
    }
    return chosen;
  }

  void visit(const std::string& name) {
    if (std::find(sequence_.begin(), sequence_.end(), name) != sequence_.end()) return;
    if (std::find(open_.begin(), open_.end(), name) != open_.end()) {
      throw base::Error(
          fmt::format("profiles need each other: {} → {}", fmt::join(open_, " → "), name));
    }
    open_.push_back(name);
    const Candidate& candidate = candidates_.at(name);  // a map's elements stay where they are
    for (Wish& wish : needs_of(chosen_of(candidate))) {
      if (candidate.manifest.of_project) {
        wish.project = candidate.manifest.folder;
        wish.project_place = wish.project.string();
      } else if (!is_of_user(candidate)) {
        wish.project = candidate.projects.front();
      }
      const auto place = candidate.places.find(wish.project);
      if (place != candidate.places.end()) wish.project_place = place->second;
      wish.directory = candidate.manifest.folder;
      ask(wish, false);
      visit(wish.name);
    }
    open_.pop_back();
    sequence_.push_back(name);
  }

  static std::vector<Wish> needs_of(const Chosen& chosen) {
    const std::string place = "the profile " + chosen.manifest.name;
    std::vector<Wish> wishes;
    const auto add = [&](const std::string& text, const fs::path& project) {
      for (Wish& wish : parse_wishes(text, place)) {
        wish.project = project;
        wishes.push_back(std::move(wish));
      }
    };
    for (const std::string& text : chosen.manifest.profiles) {
      const std::string need = expanded(text, chosen.values, place);
      if (!need.empty()) add(need, has_a_say(chosen, text));
    }
    if (chosen.manifest.udev) add("udev", {});
    for (const std::string& need : mapper_needs(chosen)) {
      const bool asked = !chosen.option_projects.empty();
      if (need != chosen.manifest.name) {
        add(need, asked ? chosen.option_projects.begin()->second : fs::path());
      }
    }
    return wishes;
  }

  static constexpr int kMostRounds = 100;

  const Catalog& catalog_;
  fs::path directory_;
  std::map<std::string, Candidate> candidates_;
  std::vector<std::string> order_;  // as the user named them
  Outcome settled_;
  std::vector<std::string> open_;
  std::vector<std::string> sequence_;
  std::optional<base::Error> conflict_;
};

}  // namespace

fs::path has_a_say(const Chosen& chosen, std::string_view text) {
  for (const auto& [option, project] : chosen.option_projects) {
    if (text.find("{" + option + "}") != std::string_view::npos) return project;
  }
  return {};
}

std::vector<Wish> parse_wishes(std::string_view text, const std::string& place) {
  std::vector<Wish> wishes;
  for (const std::string& part : split_unescaped(text, ',')) {
    const std::vector<std::string> words = split_unescaped(part, ':');
    Wish wish{unescaped(words[0]), {}, place};
    if (wish.name.empty()) {
      throw base::Error(fmt::format("{}: '{}' names no profile", place, text),
                        "as in -p memdev,blockdev:count=2:size=1G");
    }
    for (std::size_t i = 1; i < words.size(); ++i) {
      const std::vector<std::string> sides = split_unescaped(words[i], '=');
      const std::string name = unescaped(sides[0]);
      const std::string value =
          sides.size() == 1 ? kSwitchedOn : unescaped(words[i].substr(sides[0].size() + 1));
      wish.options.emplace_back(name, value);
    }
    wishes.push_back(std::move(wish));
  }
  return wishes;
}

std::vector<Chosen> choose(const Catalog& catalog, const std::vector<Wish>& wishes,
                           const fs::path& directory) {
  Chooser chooser(catalog, directory);
  for (const Wish& wish : wishes) chooser.ask(wish, true);
  return chooser.finish();
}

}  // namespace quiz::profile
