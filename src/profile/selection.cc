#include "profile/selection.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "base/error.h"
#include "base/nearest.h"
#include "profile/mapper.h"

namespace quiz::profile {

namespace {

/// Cuts at unescaped separators and keeps the escapes.
std::vector<std::string> split(std::string_view text, char separator) {
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

/// A profile on its way into the list.
struct Candidate {
  Manifest manifest;
  OptionValues values;                        ///< those that somebody asked for
  std::map<std::string, std::string> askers;  ///< by option: who asked
  bool by_user = false;
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

class Chooser {
 public:
  Chooser(const Catalog& catalog, const fs::path& directory)
      : catalog_(catalog), directory_(directory) {}

  void ask(const Wish& wish, bool by_user) {
    auto found = candidates_.find(wish.name);
    if (found == candidates_.end()) {
      Manifest manifest =
          base::with_note("asked for by " + wish.place, [&] { return catalog_.find(wish.name); });
      found = candidates_.emplace(wish.name, Candidate{std::move(manifest), {}, {}, false}).first;
    }
    for (const auto& [name, text] : wish.options)
      take_option(found->second, wish, name, text, by_user);
    if (by_user && std::find(order_.begin(), order_.end(), wish.name) == order_.end()) {
      order_.push_back(wish.name);
    }
  }

  std::vector<Chosen> finish() {
    // The user's words are all known before any profile asks for something.
    for (const std::string& name : std::vector<std::string>(order_)) visit(name);
    return std::move(chosen_);
  }

 private:
  void take_option(Candidate& candidate, const Wish& wish, const std::string& name,
                   const std::string& text, bool by_user) {
    const OptionSpec* const option = candidate.manifest.option(name);
    if (option == nullptr) {
      std::vector<std::string> names;
      for (const OptionSpec& one : candidate.manifest.options) names.push_back(one.name);
      const auto near = base::nearest(name, names);
      throw base::Error(
          fmt::format("{}: the profile {} has no option '{}'", wish.place, wish.name, name),
          near            ? fmt::format("did you mean '{}'?", *near)
          : names.empty() ? "it has no options"
                          : fmt::format("it has {}", fmt::join(names, ", ")));
    }
    if (const auto problem = problem_with(*option, text)) {
      throw base::Error(fmt::format("{}: {}:{}: {}", wish.place, wish.name, name, *problem),
                        option->help);
    }
    const std::string value = normalized(*option, text, directory_);
    const auto before = candidate.values.find(name);
    if (before != candidate.values.end() && !by_user && before->second != value) {
      const std::string& asker = candidate.askers[name];
      if (asker == kUser) return;  // the user's word counts
      throw base::Error(fmt::format("{} wants {}:{}={}, but {} wants {}", wish.place, wish.name,
                                    name, value, asker, before->second),
                        fmt::format("say which: -p {}:{}=…", wish.name, name));
    }
    candidate.values[name] = value;
    candidate.askers[name] = by_user ? kUser : wish.place;
  }

  void visit(const std::string& name) {
    const bool done = std::any_of(chosen_.begin(), chosen_.end(),
                                  [&](const Chosen& one) { return one.manifest.name == name; });
    if (done) return;
    if (std::find(open_.begin(), open_.end(), name) != open_.end()) {
      throw base::Error(
          fmt::format("profiles need each other: {} → {}", fmt::join(open_, " → "), name));
    }
    open_.push_back(name);
    Candidate& candidate = candidates_.at(name);
    Chosen chosen{candidate.manifest, {}, {}};
    for (const OptionSpec& option : candidate.manifest.options) {
      const auto value = candidate.values.find(option.name);
      chosen.values[option.name] = value != candidate.values.end()
                                       ? value->second
                                       : normalized(option, option.default_text, directory_);
      if (value != candidate.values.end()) chosen.given.push_back(option.name);
    }
    for (const Wish& wish : needs_of(chosen)) {
      ask(wish, false);
      visit(wish.name);
    }
    open_.pop_back();
    chosen_.push_back(std::move(chosen));
  }

  static std::vector<Wish> needs_of(const Chosen& chosen) {
    const std::string place = "the profile " + chosen.manifest.name;
    std::vector<Wish> wishes;
    const auto add = [&](const std::string& text) {
      for (Wish& wish : parse_wishes(text, place)) wishes.push_back(std::move(wish));
    };
    for (const std::string& text : chosen.manifest.profiles) {
      const std::string need = expanded(text, chosen.values, place);
      if (!need.empty()) add(need);
    }
    if (chosen.manifest.udev) add("udev");
    for (const std::string& need : mapper_needs(chosen)) {
      if (need != chosen.manifest.name) add(need);
    }
    return wishes;
  }

  static constexpr const char* kUser = "";

  const Catalog& catalog_;
  fs::path directory_;
  std::map<std::string, Candidate> candidates_;
  std::vector<std::string> order_;
  std::vector<std::string> open_;
  std::vector<Chosen> chosen_;
};

}  // namespace

std::vector<Wish> parse_wishes(std::string_view text, const std::string& place) {
  std::vector<Wish> wishes;
  for (const std::string& part : split(text, ',')) {
    const std::vector<std::string> words = split(part, ':');
    Wish wish{unescaped(words[0]), {}, place};
    if (wish.name.empty()) {
      throw base::Error(fmt::format("{}: '{}' names no profile", place, text),
                        "as in -p memdev,blockdev:count=2:size=1G");
    }
    for (std::size_t i = 1; i < words.size(); ++i) {
      const std::vector<std::string> sides = split(words[i], '=');
      const std::string name = unescaped(sides[0]);
      const std::string value =
          sides.size() == 1 ? "yes" : unescaped(words[i].substr(sides[0].size() + 1));
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
