#include "profile/manifest.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <toml++/toml.h>

#include <algorithm>
#include <functional>
#include <utility>

#include "base/error.h"
#include "base/nearest.h"
#include "profile/values.h"

namespace quiz::profile {

namespace {

std::string location(const std::string& place, const toml::source_region& region) {
  return fmt::format("{}:{}:{}", place, region.begin.line, region.begin.column);
}

/// Scalars in the spelling of the command line; nullopt for anything else.
std::optional<std::string> scalar(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* number = node.as_integer()) return std::to_string(number->get());
  if (const auto* toggle = node.as_boolean()) return toggle->get() ? "yes" : "no";
  return std::nullopt;
}

/// One table of the manifest: every key must be one that is asked for.
class Section {
 public:
  Section(const toml::table& table, std::string place, std::string title)
      : table_(table), place_(std::move(place)), title_(std::move(title)) {}

  void text(const char* key, std::string& value) {
    take(key, "a string, a number or true or false", [&](const toml::node& node) {
      auto found = scalar(node);
      if (found) value = std::move(*found);
      return found.has_value();
    });
  }
  void toggle(const char* key, bool& value) {
    take(key, "true or false", [&](const toml::node& node) {
      if (!node.is_boolean()) return false;
      value = node.as_boolean()->get();
      return true;
    });
  }
  void texts(const char* key, std::vector<std::string>& values) {
    take(key, "a list of strings, [\"…\"]", [&](const toml::node& node) {
      const toml::array* const list = node.as_array();
      if (list == nullptr) return false;
      for (const toml::node& element : *list) {
        if (!element.is_string()) return false;
        values.push_back(element.as_string()->get());
      }
      return true;
    });
  }
  void table(const char* key, const std::function<void(const toml::table&)>& use) {
    take(key, fmt::format("a table, [{}]", key), [&](const toml::node& node) {
      if (node.is_table()) use(*node.as_table());
      return node.is_table();
    });
  }
  void tables(const char* key, const std::function<void(const toml::table&)>& use) {
    take(key, fmt::format("a list of tables, [[{}]]", key), [&](const toml::node& node) {
      const toml::array* const list = node.as_array();
      if (list == nullptr) return false;
      for (const toml::node& element : *list) {
        if (!element.is_table()) return false;
        use(*element.as_table());
      }
      return true;
    });
  }

  [[noreturn]] void refuse(const char* key, const std::string& what) const {
    const toml::node* const node = table_.get(key);
    throw base::Error(fmt::format(
        "{}: {}", location(place_, (node != nullptr ? node->source() : table_.source())), what));
  }
  /// Everything else is a mistake.
  void finish() const {
    for (const auto& [key, node] : table_) {
      if (std::find(known_.begin(), known_.end(), key.str()) != known_.end()) continue;
      const auto near = base::nearest(key.str(), known_);
      throw base::Error(fmt::format("{}: '{}' means nothing {}", location(place_, key.source()),
                                    key.str(), title_),
                        near ? fmt::format("did you mean '{}'?", *near)
                             : fmt::format("known are {}", fmt::join(known_, ", ")));
    }
  }

 private:
  void take(const char* key, const std::string& expected,
            const std::function<bool(const toml::node&)>& use) {
    known_.emplace_back(key);
    const toml::node* const node = table_.get(key);
    if (node == nullptr || use(*node)) return;
    refuse(key, fmt::format("'{}' must be {}", key, expected));
  }

  const toml::table& table_;
  std::string place_;
  std::string title_;
  std::vector<std::string> known_;
};

OptionSpec read_option(const std::string& name, const toml::table& table,
                       const std::string& place) {
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

void read_needs(const toml::table& table, const std::string& place, Manifest& manifest) {
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

DiskSpec read_disk(const toml::table& table, const std::string& place) {
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

MemorySpec read_memory(const toml::table& table, const std::string& place) {
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

MapperSpec read_mapper(const toml::table& table, const std::string& place) {
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
  toml::table document;
  try {
    document = toml::parse(text, place);
  } catch (const toml::parse_error& error) {
    throw base::Error(fmt::format("{}: {}", location(place, error.source()), error.description()));
  }
  Manifest manifest;
  manifest.name = name;
  Section section(document, place, "in a profile");
  section.text("description", manifest.description);
  section.text("cmdline", manifest.cmdline);
  section.table("needs", [&](const toml::table& table) { read_needs(table, place, manifest); });
  section.table("options", [&](const toml::table& table) {
    for (const auto& [key, node] : table) {
      if (!node.is_table()) {
        throw base::Error(fmt::format("{}: the option '{}' must be a table, [options.{}]",
                                      location(place, key.source()), key.str(), key.str()));
      }
      manifest.options.push_back(read_option(std::string(key.str()), *node.as_table(), place));
    }
  });
  section.table("environment", [&](const toml::table& table) {
    Section variables(table, place, "in [environment]");
    for (const auto& [key, node] : table) {
      std::string value;
      const std::string variable(key.str());
      variables.text(variable.c_str(), value);
      manifest.environment[variable] = value;
    }
  });
  section.tables(
      "disk", [&](const toml::table& table) { manifest.disks.push_back(read_disk(table, place)); });
  section.tables("memory", [&](const toml::table& table) {
    manifest.memory.push_back(read_memory(table, place));
  });
  section.table("dm",
                [&](const toml::table& table) { manifest.mapper = read_mapper(table, place); });
  section.table("network", [&](const toml::table& table) {
    NetworkSpec network;
    Section inner(table, place, "in [network]");
    inner.text("forward", network.forward);
    inner.text("host", network.host);
    inner.finish();
    manifest.network = network;
  });
  section.finish();
  if (manifest.description.empty()) {
    section.refuse("description", "a profile needs a description, one line");
  }
  return manifest;
}

}  // namespace quiz::profile
