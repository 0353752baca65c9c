// TOML as a value of ours, for settings files and profiles: the tables, and where in the text each
// thing stands, for messages. The library behind it is slow to compile, so only toml.cc includes
// it. What the keys mean is left to the readers (src/config, src/profile).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace quiz::base {

/// Both from 1.
struct TomlPlace {
  std::uint32_t line = 0;
  std::uint32_t column = 0;

  /// "FILE:LINE:COLUMN".
  std::string in(const std::string& file) const;
};

struct TomlEntry;

struct TomlTable {
  TomlPlace place;
  std::vector<TomlEntry> entries;  ///< sorted by their keys

  /// nullptr: there is none of that key.
  const TomlEntry* find(std::string_view key) const;
};

struct TomlValue {
  using Array = std::vector<TomlValue>;

  TomlPlace place;
  /// monostate: a date or a time, which nobody of ours wants.
  std::variant<std::monostate, bool, std::int64_t, double, std::string, Array, TomlTable> value;

  /// nullptr: it is of another kind. `value.as<std::string>()`.
  template <typename Kind>
  const Kind* as() const {
    return std::get_if<Kind>(&value);
  }
};

struct TomlEntry {
  std::string key;
  TomlPlace place;  ///< of the key
  TomlValue value;
};

/// Throws base::Error with FILE:LINE:COLUMN (`file` names the text in messages) and `hint` for text
/// that is no TOML.
TomlTable parse_toml(std::string_view text, const std::string& file, const std::string& hint = {});

}  // namespace quiz::base
