#include "profile/manifest.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <utility>

#include "base/error.h"
#include "base/nearest.h"
#include "base/toml.h"
#include "profile/values.h"

namespace quiz::profile {

namespace {

using base::TomlEntry;
using base::TomlTable;
using base::TomlValue;

/// Scalars in the spelling of the command line; nullopt for anything else.
std::optional<std::string> scalar(const TomlValue& node) {
  if (const auto* text = node.as<std::string>()) return *text;
  if (const auto* number = node.as<std::int64_t>()) return std::to_string(*number);
  if (const auto* toggle = node.as<bool>()) return *toggle ? "yes" : "no";
  return std::nullopt;
}

/// One table of the manifest: every key must be one that is asked for.
class Section {
 public:
  Section(const TomlTable& table, std::string place, std::string title)
      : table_(table), place_(std::move(place)), title_(std::move(title)) {}

  void text(const char* key, std::string& value) {
    take(key, "a string, a number or true or false", [&](const TomlValue& node) {
      auto found = scalar(node);
      if (found) value = std::move(*found);
      return found.has_value();
    });
  }
  void toggle(const char* key, bool& value) {
    take(key, "true or false", [&](const TomlValue& node) {
      const bool* const found = node.as<bool>();
      if (found != nullptr) value = *found;
      return found != nullptr;
    });
  }
  void texts(const char* key, std::vector<std::string>& values) {
    take(key, "a list of strings, [\"…\"]", [&](const TomlValue& node) {
      const auto* const list = node.as<TomlValue::Array>();
      if (list == nullptr) return false;
      for (const TomlValue& element : *list) {
        const auto* const text = element.as<std::string>();
        if (text == nullptr) return false;
        values.push_back(*text);
      }
      return true;
    });
  }
  void table(const char* key, const std::function<void(const TomlTable&)>& use) {
    take(key, fmt::format("a table, [{}]", key), [&](const TomlValue& node) {
      const auto* const found = node.as<TomlTable>();
      if (found != nullptr) use(*found);
      return found != nullptr;
    });
  }
  void tables(const char* key, const std::function<void(const TomlTable&)>& use) {
    take(key, fmt::format("a list of tables, [[{}]]", key), [&](const TomlValue& node) {
      const auto* const list = node.as<TomlValue::Array>();
      if (list == nullptr) return false;
      for (const TomlValue& element : *list) {
        const auto* const found = element.as<TomlTable>();
        if (found == nullptr) return false;
        use(*found);
      }
      return true;
    });
  }

  [[noreturn]] void refuse(const char* key, const std::string& what) const {
    const TomlEntry* const entry = table_.find(key);
    const base::TomlPlace& place = entry != nullptr ? entry->value.place : table_.place;
    throw base::Error(fmt::format("{}: {}", place.in(place_), what));
  }
  /// Everything else is a mistake.
  void finish() const {
    for (const auto& [key, place, value] : table_.entries) {
      if (std::find(known_.begin(), known_.end(), key) != known_.end()) continue;
      const auto near = base::nearest(key, known_);
      throw base::Error(fmt::format("{}: '{}' means nothing {}", place.in(place_), key, title_),
                        near ? fmt::format("did you mean '{}'?", *near)
                             : fmt::format("known are {}", fmt::join(known_, ", ")));
    }
  }

 private:
  void take(const char* key, const std::string& expected,
            const std::function<bool(const TomlValue&)>& use) {
    known_.emplace_back(key);
    const TomlEntry* const entry = table_.find(key);
    if (entry == nullptr || use(entry->value)) return;
    refuse(key, fmt::format("'{}' must be {}", key, expected));
  }

  const TomlTable& table_;
  std::string place_;
  std::string title_;
  std::vector<std::string> known_;
};

OptionSpec read_option(const std::string& name, const TomlTable& table, const std::string& place) {
  OptionSpec option;
  option.name = name;
  Section section(table, place, "for an option");
  if (!is_name(name)) section.refuse("", "'" + name + "' is no name for an option");
  std::string type = "text", minimum, maximum;
  section.text("type", type);
  section.text("default", option.default_text);
  section.text("help", option.help);
  section.texts("choices", option.choices);
  section.text("minimum", minimum);
  section.text("maximum", maximum);
  section.toggle("bare", option.bare);
  section.finish();

  static const std::vector<std::pair<std::string, OptionType>> kTypes = {
      {"number", OptionType::number}, {"size", OptionType::size},     {"text", OptionType::text},
      {"choice", OptionType::choice}, {"switch", OptionType::toggle}, {"file", OptionType::file}};
  const auto found = std::find_if(kTypes.begin(), kTypes.end(),
                                  [&](const auto& known) { return known.first == type; });
  if (found == kTypes.end()) {
    section.refuse(
        "type", "'" + type + "' is no type of an option: number, size, text, choice, switch, file");
  }
  option.type = found->second;
  const auto limit = [&](const char* key, const std::string& text, std::uint64_t& value) {
    if (text.empty()) return;
    const auto number = option.type == OptionType::size ? read_size(text) : read_number(text);
    if (!number) section.refuse(key, fmt::format("'{}' is no {}", text, type));
    value = *number;
  };
  limit("minimum", minimum, option.minimum);
  limit("maximum", maximum, option.maximum);
  if (option.type == OptionType::choice && option.choices.empty()) {
    section.refuse("type", "a choice needs choices");
  }
  if (const auto problem = problem_with(option, option.default_text)) {
    section.refuse("default", "the default " + *problem);
  }
  return option;
}

void read_needs(const TomlTable& table, const std::string& place, Manifest& manifest) {
  Section section(table, place, "in [needs]");
  section.texts("profiles", manifest.profiles);
  section.texts("kernel", manifest.kernel);
  for (const std::string& option : manifest.kernel) {
    if (option.find("CONFIG_") == std::string::npos) continue;
    section.refuse("kernel", "'" + option + "': options are named without CONFIG_");
  }
  section.texts("modules", manifest.modules);
  section.texts("programs", manifest.programs);
  section.texts("packages", manifest.packages);
  section.toggle("udev", manifest.udev);
  section.toggle("output", manifest.output);
  section.toggle("hot_plug", manifest.hot_plug);
  section.finish();
}

/// Device names end with a number, and a serial number has 20 bytes.
void check_device_name(const Section& section, const std::string& name) {
  constexpr std::size_t kLongest = 16;
  if (is_name(name) && name.size() <= kLongest && name.back() >= '0' && name.back() <= '9') return;
  section.refuse("name", fmt::format("'{}' is no name for a device: letters and digits, a number "
                                     "at its end, at most {} bytes",
                                     name, kLongest));
}

DiskSpec read_disk(const TomlTable& table, const std::string& place) {
  DiskSpec disk;
  Section section(table, place, "in [[disk]]");
  section.text("name", disk.name);
  section.text("count", disk.count);
  section.text("size", disk.size);
  section.text("sector", disk.sector);
  section.text("read_only", disk.read_only);
  section.text("persist", disk.persist);
  section.finish();
  check_device_name(section, disk.name.empty() ? " " : disk.name);
  return disk;
}

MemorySpec read_memory(const TomlTable& table, const std::string& place) {
  MemorySpec memory;
  Section section(table, place, "in [[memory]]");
  section.text("name", memory.name);
  section.text("count", memory.count);
  section.text("size", memory.size);
  section.text("backend", memory.backend);
  section.text("sector", memory.sector);
  section.finish();
  check_device_name(section, memory.name.empty() ? " " : memory.name);
  return memory;
}

MapperSpec read_mapper(const TomlTable& table, const std::string& place) {
  MapperSpec mapper;
  Section section(table, place, "in [dm]");
  section.text("name", mapper.name);
  section.text("on", mapper.on);
  section.text("table", mapper.table);
  section.text("stack", mapper.stack);
  section.text("error", mapper.error);
  section.text("dust", mapper.dust);
  section.text("flakey", mapper.flakey);
  section.text("delay", mapper.delay);
  section.text("crypt", mapper.crypt);
  section.finish();
  return mapper;
}

}  // namespace

bool is_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
  });
}

const OptionSpec* Manifest::option(std::string_view wanted) const {
  const auto found = std::find_if(options.begin(), options.end(),
                                  [&](const OptionSpec& one) { return one.name == wanted; });
  return found == options.end() ? nullptr : &*found;
}

Manifest parse_manifest(const std::string& name, std::string_view text, const std::string& place) {
  const TomlTable document = base::parse_toml(text, place);
  Manifest manifest;
  manifest.name = name;
  Section section(document, place, "in a profile");
  section.text("description", manifest.description);
  section.text("cmdline", manifest.cmdline);
  section.texts("write", manifest.writes);
  section.table("needs", [&](const TomlTable& table) { read_needs(table, place, manifest); });
  section.table("options", [&](const TomlTable& table) {
    for (const TomlEntry& entry : table.entries) {
      const auto* const option = entry.value.as<TomlTable>();
      if (option == nullptr) {
        throw base::Error(fmt::format("{}: the option '{}' must be a table, [options.{}]",
                                      entry.place.in(place), entry.key, entry.key));
      }
      manifest.options.push_back(read_option(entry.key, *option, place));
    }
  });
  section.table("environment", [&](const TomlTable& table) {
    Section variables(table, place, "in [environment]");
    for (const TomlEntry& entry : table.entries) {
      std::string value;
      variables.text(entry.key.c_str(), value);
      manifest.environment[entry.key] = value;
    }
  });
  section.tables(
      "disk", [&](const TomlTable& table) { manifest.disks.push_back(read_disk(table, place)); });
  section.tables("memory", [&](const TomlTable& table) {
    manifest.memory.push_back(read_memory(table, place));
  });
  section.table("dm", [&](const TomlTable& table) { manifest.mapper = read_mapper(table, place); });
  section.table("network", [&](const TomlTable& table) {
    NetworkSpec network;
    Section inner(table, place, "in [network]");
    inner.text("forward", network.forward);
    inner.text("host", network.host);
    inner.finish();
    manifest.network = network;
  });
  section.table("lan", [&](const TomlTable& table) {
    LanSpec lan;
    Section inner(table, place, "in [lan]");
    inner.text("name", lan.name);
    inner.text("ip", lan.ip);
    inner.finish();
    manifest.lan = lan;
  });
  section.finish();
  if (manifest.description.empty()) {
    section.refuse("description", "a profile needs a description, one line");
  }
  return manifest;
}

}  // namespace quiz::profile
