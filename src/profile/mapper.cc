#include "profile/mapper.h"

#include <fmt/format.h>
#include <sys/random.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <sstream>

#include "base/error.h"
#include "base/files.h"
#include "base/hexadecimal.h"
#include "base/nearest.h"
#include "base/split.h"
#include "base/toml.h"
#include "profile/selection.h"

namespace quiz::profile {

namespace {

constexpr std::uint64_t kSector = 512;
constexpr std::uint64_t kMostBadBlocks = 4096;

/// One device of a stack before its table is known.
struct Layer {
  MapperSpec spec;
  std::vector<std::string> rows;
  std::vector<std::string> messages;
  std::string place;  ///< for messages
};

struct Range {
  std::uint64_t start = 0;
  std::uint64_t count = 0;
};

Layer read_layer(const base::TomlTable& table, const fs::path& file) {
  Layer layer;
  layer.spec = {};
  layer.place = table.place.in(file.string());
  const std::vector<std::pair<const char*, std::string*>> texts = {
      {"name", &layer.spec.name},  {"on", &layer.spec.on},         {"error", &layer.spec.error},
      {"dust", &layer.spec.dust},  {"flakey", &layer.spec.flakey}, {"delay", &layer.spec.delay},
      {"crypt", &layer.spec.crypt}};
  std::vector<std::string> known = {"table", "messages"};
  for (const auto& [key, ignored] : texts) known.emplace_back(key);
  for (const auto& [key, ignored, node] : table.entries) {
    const std::string place = node.place.in(file.string());
    const auto text =
        std::find_if(texts.begin(), texts.end(), [&](const auto& one) { return one.first == key; });
    if (text != texts.end()) {
      if (const auto* value = node.as<bool>()) {
        *text->second = *value ? "yes" : "no";
      } else if (const auto* number = node.as<std::int64_t>()) {
        *text->second = std::to_string(*number);
      } else if (const auto* words = node.as<std::string>()) {
        *text->second = *words;
      } else {
        throw base::Error(fmt::format("{}: '{}' must be a string", place, key));
      }
      continue;
    }
    if (key != "table" && key != "messages") {
      const auto near = base::nearest(key, known);
      throw base::Error(fmt::format("{}: '{}' means nothing for a device", place, key),
                        near ? fmt::format("did you mean '{}'?", *near) : std::string());
    }
    auto& list = key == "table" ? layer.rows : layer.messages;
    const auto* const rows = node.as<base::TomlValue::Array>();
    for (std::size_t i = 0; rows != nullptr && i < rows->size(); ++i) {
      if (const auto* row = (*rows)[i].as<std::string>()) list.push_back(*row);
    }
    if (rows == nullptr || list.size() != rows->size()) {
      throw base::Error(fmt::format("{}: '{}' must be a list of strings", place, key));
    }
  }
  return layer;
}

std::vector<Layer> read_stack(const fs::path& file) {
  // The name may be a project's: a FIFO or a device must not be waited on.
  std::error_code ignored;
  if (fs::exists(file, ignored) && !fs::is_regular_file(file, ignored)) {
    throw base::Error(file.string() + " is not a regular file");
  }
  constexpr std::uint64_t kMostBytes = 1 << 20;
  const std::string text = base::read_file(file, kMostBytes);
  const base::TomlTable document = base::parse_toml(text, file.string());
  std::vector<Layer> layers;
  for (const auto& [key, place, node] : document.entries) {
    const auto* const list = node.as<base::TomlValue::Array>();
    const auto is_table = [](const base::TomlValue& one) {
      return one.as<base::TomlTable>() != nullptr;
    };
    if (key != "device" || list == nullptr || list->empty() ||
        !std::all_of(list->begin(), list->end(), is_table)) {
      throw base::Error(
          fmt::format("{}: a stack is a list of [[device]]", place.in(file.string())));
    }
    for (const base::TomlValue& element : *list) {
      layers.push_back(read_layer(*element.as<base::TomlTable>(), file));
    }
  }
  if (layers.empty()) throw base::Error(file.string() + ": there is no [[device]] in it");
  return layers;
}

std::vector<Layer> layers_of(const Chosen& chosen) {
  if (!chosen.manifest.mapper) return {};
  const std::string place = "the profile " + chosen.manifest.name;
  MapperSpec spec = *chosen.manifest.mapper;
  for (std::string* text : {&spec.name, &spec.on, &spec.table, &spec.stack, &spec.error, &spec.dust,
                            &spec.flakey, &spec.delay, &spec.crypt}) {
    *text = expanded(*text, chosen.values, place);
  }
  if (spec.stack.empty()) return {{spec, base::split(spec.table, ';'), {}, place}};
  if (!spec.table.empty()) throw base::Error(place + ": a table or a stack, not both");
  return read_stack(spec.stack);
}

/// Words of a table that are devices of the run: "quizb0".
bool is_device_name(const std::string& word) {
  return word.starts_with("quiz") && is_name(word) && word.back() >= '0' && word.back() <= '9';
}

std::vector<Range> read_ranges(const std::string& text, std::uint64_t sectors,
                               const std::string& place) {
  std::vector<Range> ranges;
  for (const std::string& part : base::split(text, '/')) {
    const std::size_t plus = part.find('+');
    const auto start = read_number(part.substr(0, plus));
    const auto count = plus == std::string::npos ? std::optional<std::uint64_t>(1)
                                                 : read_number(part.substr(plus + 1));
    if (!start || !count || *count == 0) {
      throw base::Error(
          fmt::format("{}: '{}' is no range of sectors", place, part),
          "START+COUNT in sectors of 512 bytes, as in 2048+8; several as 100+1/200+1");
    }
    if (*start >= sectors || *count > sectors - *start) {
      throw base::Error(fmt::format("{}: the range {} ends beyond the device, which has {} sectors",
                                    place, part, sectors));
    }
    ranges.push_back({*start, *count});
  }
  std::sort(ranges.begin(), ranges.end(),
            [](const Range& one, const Range& other) { return one.start < other.start; });
  for (std::size_t i = 1; i < ranges.size(); ++i) {
    if (ranges[i - 1].start + ranges[i - 1].count > ranges[i].start) {
      throw base::Error(fmt::format("{}: ranges overlap at sector {}", place, ranges[i].start));
    }
  }
  return ranges;
}

/// Two numbers separated by a slash; the second may be missing.
std::pair<std::string, std::string> read_pair(const std::string& text, bool both,
                                              const std::string& place, const char* hint) {
  const std::vector<std::string> parts = base::split(text, '/');
  const bool numbers =
      std::all_of(parts.begin(), parts.end(), [](const auto& part) { return read_number(part); });
  if (!numbers || parts.empty() || parts.size() > 2 || (both && parts.size() != 2)) {
    throw base::Error(fmt::format("{}: '{}' makes no sense", place, text), hint);
  }
  return {parts[0], parts.size() == 2 ? parts[1] : std::string()};
}

std::string random_key() {
  std::array<char, 64> bytes{};
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    throw base::SystemError("no random key for dm-crypt");
  }
  return base::to_hexadecimal({bytes.data(), bytes.size()});
}

/// Makes the devices of one profile, from the bottom up.
class Builder {
 public:
  explicit Builder(DeviceSizes& sizes) : sizes_(sizes) {}

  void add(const Layer& layer) {
    if (layer.rows.empty()) {
      add_simple(layer);
    } else {
      add_table(layer);
    }
  }
  std::vector<wire::MapperDevice> take() { return std::move(devices_); }

 private:
  std::uint64_t sectors(const std::string& device, const std::string& place) const {
    const auto found = sizes_.find(device);
    if (found != sizes_.end()) return found->second / kSector;
    std::vector<std::string> names;
    for (const auto& [name, ignored] : sizes_) names.push_back(name);
    throw base::Error(fmt::format("{}: this run has no device {}", place, device),
                      names.empty() ? "-p blockdev:count=N or memdev:count=N makes some"
                                    : fmt::format("it has {}", fmt::join(names, ", ")));
  }

  void publish(wire::MapperDevice device, std::uint64_t length, const std::string& place) {
    if (!is_device_name(device.name) || device.name.size() > 64) {
      throw base::Error(fmt::format("{}: '{}' is no name for a device", place, device.name),
                        "quizd0, quizd1 …");
    }
    if (!sizes_.emplace(device.name, length * kSector).second) {
      throw base::Error(fmt::format("{}: there are two devices {}", place, device.name));
    }
    devices_.push_back(std::move(device));
  }

  /// Each of the simple targets that is asked for is a device of its own on the one before; the
  /// last has the name.
  void add_simple(const Layer& layer) {
    const MapperSpec& spec = layer.spec;
    const std::uint64_t length = sectors(spec.on, layer.place);
    std::vector<wire::MapperDevice> stack;
    std::string below = "/dev/" + spec.on;
    const auto push = [&](const std::string& kind, std::vector<wire::MapperTarget> targets,
                          std::vector<std::string> messages = {}) {
      stack.push_back({spec.name + "-" + kind, std::move(targets), std::move(messages)});
      below = "/dev/" + stack.back().name;
    };
    const auto whole = [&](const std::string& type, const std::string& parameters) {
      return std::vector<wire::MapperTarget>{{0, length, type, parameters}};
    };
    if (!spec.error.empty()) {
      push("error", error_rows(read_ranges(spec.error, length, layer.place), length, below));
    }
    if (!spec.dust.empty()) {
      push("dust", whole("dust", below + " 0 512"),
           bad_blocks(read_ranges(spec.dust, length, layer.place), layer.place));
    }
    if (!spec.delay.empty()) {
      const auto [read, write] = read_pair(spec.delay, false, layer.place,
                                           "READ or READ/WRITE, in milliseconds, as in delay=20");
      std::string parameters = fmt::format("{} 0 {}", below, read);
      if (!write.empty()) parameters += fmt::format(" {} 0 {}", below, write);
      push("delay", whole("delay", parameters));
    }
    if (!spec.flakey.empty()) {
      const auto [up, down] =
          read_pair(spec.flakey, true, layer.place, "UP/DOWN, in seconds, as in flakey=5/2");
      push("flakey", whole("flakey", fmt::format("{} 0 {} {}", below, up, down)));
    }
    if (read_toggle(spec.crypt).value_or(false)) {
      push("crypt", whole("crypt", fmt::format("aes-xts-plain64 {} 0 {} 0", random_key(), below)));
    }
    if (stack.empty()) push("linear", whole("linear", below + " 0"));
    stack.back().name = spec.name;
    for (wire::MapperDevice& device : stack) {
      if (device.name == spec.name) {
        publish(std::move(device), length, layer.place);
      } else {
        devices_.push_back(std::move(device));
      }
    }
  }

  static std::vector<wire::MapperTarget> error_rows(const std::vector<Range>& ranges,
                                                    std::uint64_t length,
                                                    const std::string& below) {
    std::vector<wire::MapperTarget> rows;
    std::uint64_t here = 0;
    const auto good_until = [&](std::uint64_t end) {
      if (end > here)
        rows.push_back({here, end - here, "linear", fmt::format("{} {}", below, here)});
    };
    for (const Range& range : ranges) {
      good_until(range.start);
      rows.push_back({range.start, range.count, "error", ""});
      here = range.start + range.count;
    }
    good_until(length);
    return rows;
  }

  static std::vector<std::string> bad_blocks(const std::vector<Range>& ranges,
                                             const std::string& place) {
    std::vector<std::string> messages;
    for (const Range& range : ranges) {
      if (range.count > kMostBadBlocks - messages.size()) {
        throw base::Error(fmt::format("{}: more than {} bad blocks", place, kMostBadBlocks),
                          "error=START+COUNT takes ranges of any size");
      }
      for (std::uint64_t i = 0; i < range.count; ++i) {
        messages.push_back(fmt::format("addbadblock {}", range.start + i));
      }
    }
    messages.emplace_back("enable");
    return messages;
  }

  void add_table(const Layer& layer) {
    wire::MapperDevice device{layer.spec.name, {}, layer.messages};
    std::uint64_t here = 0;
    for (const std::string& row : layer.rows) {
      wire::MapperTarget target = read_row(row, layer.place);
      if (target.start != here) {
        throw base::Error(fmt::format("{}: the row '{}' begins at sector {} instead of {}",
                                      layer.place, row, target.start, here),
                          "a table has no gaps and is in order");
      }
      if (target.length > ~std::uint64_t{0} / kSector - here) {
        throw base::Error(fmt::format("{}: '{}' is too long", layer.place, row));
      }
      here += target.length;
      device.targets.push_back(std::move(target));
    }
    publish(std::move(device), here, layer.place);
  }

  wire::MapperTarget read_row(const std::string& row, const std::string& place) const {
    std::istringstream words(row);
    std::string start, length;
    wire::MapperTarget target;
    words >> start >> length >> target.type;
    const auto begin = read_number(start), count = read_number(length);
    if (!begin || !count || *count == 0 || target.type.empty()) {
      throw base::Error(fmt::format("{}: '{}' is no row of a table", place, row),
                        "START LENGTH TARGET PARAMETERS, as in 0 2048 linear quizb0 0");
    }
    target.start = *begin;
    target.length = *count;
    for (std::string word; words >> word;) {
      if (is_device_name(word)) {
        sectors(word, place);
        word.insert(0, "/dev/");
      }
      if (!target.parameters.empty()) target.parameters += ' ';
      target.parameters += word;
    }
    return target;
  }

  DeviceSizes& sizes_;
  std::vector<wire::MapperDevice> devices_;
};

}  // namespace

std::vector<std::string> mapper_needs(const Chosen& chosen) {
  std::set<std::string> own, needs;
  const auto look = [&](const std::string& word) {
    if (own.count(word) != 0) return;
    if (word.starts_with("quizb")) needs.insert("blockdev");
    if (word.starts_with("quizm")) needs.insert("memdev");
    if (word.starts_with("quizc")) needs.insert("crypt");
  };
  for (const Layer& layer : layers_of(chosen)) {
    if (layer.rows.empty()) look(layer.spec.on);
    for (const std::string& row : layer.rows) {
      std::istringstream words(row);
      for (std::string word; words >> word;) look(word);
    }
    own.insert(layer.spec.name);
  }
  return {needs.begin(), needs.end()};
}

std::vector<wire::MapperDevice> make_mapper_devices(const Chosen& chosen, DeviceSizes& sizes) {
  Builder builder(sizes);
  for (const Layer& layer : layers_of(chosen)) builder.add(layer);
  return builder.take();
}

std::string module_of_target(const std::string& type) {
  if (type == "linear" || type == "striped" || type == "error") return {};
  if (type == "thin") return "dm-thin-pool";
  if (type.starts_with("snapshot")) return "dm-snapshot";
  return "dm-" + type;
}

}  // namespace quiz::profile
