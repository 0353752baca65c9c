#include "base/toml.h"

#include <fmt/format.h>
// Its asserts are not for whoever writes a file: behind each the parser says what is wrong.
#define TOML_ASSERT(expression) static_cast<void>(0)
#include <toml++/toml.h>

#include <algorithm>

#include "base/error.h"

namespace quiz::base {

namespace {

TomlPlace place_of(const toml::source_region& region) {
  return {region.begin.line, region.begin.column};
}

TomlTable table_of(const toml::table& table);

TomlValue value_of(const toml::node& node) {
  TomlValue result{place_of(node.source()), {}};
  if (const auto* flag = node.as_boolean()) result.value = flag->get();
  if (const auto* number = node.as_integer()) result.value = number->get();
  if (const auto* number = node.as_floating_point()) result.value = number->get();
  if (const auto* text = node.as_string()) result.value = text->get();
  if (const auto* table = node.as_table()) result.value = table_of(*table);
  if (const auto* elements = node.as_array()) {
    TomlValue::Array array;
    for (const toml::node& element : *elements) array.push_back(value_of(element));
    result.value = std::move(array);
  }
  return result;
}

TomlTable table_of(const toml::table& table) {
  TomlTable result{place_of(table.source()), {}};
  for (const auto& [key, node] : table) {
    result.entries.push_back({std::string(key.str()), place_of(key.source()), value_of(node)});
  }
  return result;
}

}  // namespace

std::string TomlPlace::in(const std::string& file) const {
  return fmt::format("{}:{}:{}", file, line, column);
}

const TomlEntry* TomlTable::find(std::string_view key) const {
  const auto found = std::find_if(entries.begin(), entries.end(),
                                  [&](const TomlEntry& entry) { return entry.key == key; });
  return found == entries.end() ? nullptr : &*found;
}

TomlTable parse_toml(std::string_view text, const std::string& file, const std::string& hint) {
  try {
    return table_of(toml::parse(text, file));
  } catch (const toml::parse_error& error) {
    throw Error(fmt::format("{}: {}", place_of(error.source()).in(file), error.description()),
                hint);
  }
}

}  // namespace quiz::base
