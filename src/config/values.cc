#include "config/values.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/machine_name.h"
#include "base/nearest.h"

namespace quiz::config {

namespace {

/// All of `text` as a decimal number.
template <typename Integer>
std::optional<Integer> read_integer(std::string_view text) {
  Integer value{};
  if (text.empty() || text.front() == '-') return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// MiB from `least` to 16 TiB.
std::optional<unsigned> read_mebibytes(std::string_view text, std::uint64_t least) {
  constexpr std::uint64_t kMost = std::uint64_t{16} << 20;
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  std::string_view unit = text.substr(digits);
  if (unit.size() == 3 && unit.substr(1) == "iB") unit = unit.substr(0, 1);
  std::uint64_t factor = 1;
  if (unit == "G" || unit == "g") {
    factor = std::uint64_t{1} << 10;
  } else if (unit == "T" || unit == "t") {
    factor = std::uint64_t{1} << 20;
  } else if (!unit.empty() && unit != "M" && unit != "m") {
    return std::nullopt;
  }
  const auto number = read_integer<std::uint64_t>(text.substr(0, digits));
  if (!number || *number > kMost || *number * factor < least || *number * factor > kMost) {
    return std::nullopt;
  }
  return static_cast<unsigned>(*number * factor);
}

}  // namespace

std::optional<std::string> read_text(std::string_view text) { return std::string(text); }

std::optional<std::string> read_nonempty(std::string_view text) {
  if (text.empty()) return std::nullopt;
  return std::string(text);
}

WritableWords split_write(std::string_view text) {
  WritableWords words;
  for (;;) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) break;
    const std::string_view option = text.substr(colon + 1);
    const bool known =
        std::find(kWriteOptions.begin(), kWriteOptions.end(), option) != kWriteOptions.end();
    const bool behind_place = option.find('/') == std::string_view::npos &&
                              text.substr(0, colon).find(":/") != std::string_view::npos;
    if (!known && !behind_place) break;
    words.options.emplace(words.options.begin(), option);
    text = text.substr(0, colon);
  }
  const std::size_t colon = text.find(":/");
  words.directory = text.substr(0, colon);
  if (colon != std::string_view::npos) words.place = text.substr(colon + 1);
  return words;
}

std::optional<std::string> read_machine_name(std::string_view text) {
  if (!base::is_machine_name(text)) return std::nullopt;
  return std::string(text);
}

std::optional<base::Architecture> read_architecture(std::string_view text) {
  const base::Architecture* const found = base::find_architecture(text);
  return found != nullptr ? std::optional(*found) : std::nullopt;
}

std::optional<bool> read_switch(std::string_view text) {
  if (text == "yes" || text == "true" || text == "on" || text == "1") return true;
  if (text == "no" || text == "false" || text == "off" || text == "0") return false;
  return std::nullopt;
}

std::optional<std::optional<bool>> read_optional_switch(std::string_view text) {
  const auto value = read_switch(text);
  if (!value) return std::nullopt;
  return std::optional<std::optional<bool>>(value);
}

std::optional<unsigned> read_memory(std::string_view text) {
  constexpr std::uint64_t kLeast = 64;
  return read_mebibytes(text, kLeast);
}

std::optional<unsigned> read_size(std::string_view text) { return read_mebibytes(text, 0); }

std::optional<unsigned> read_cpus(std::string_view text) {
  const auto number = read_integer<unsigned>(text);
  if (!number || *number < 1 || *number > 255) return std::nullopt;
  return number;
}

std::optional<std::chrono::milliseconds> read_duration(std::string_view text) {
  constexpr double kMost = 365.0 * 24 * 3600;
  // from_chars alone would also take "inf" and "-1".
  if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
  double number = 0;
  const char* const end = std::to_address(text.end());
  const auto [rest, error] =
      std::from_chars(std::to_address(text.begin()), end, number, std::chars_format::fixed);
  if (error != std::errc{}) return std::nullopt;
  const std::string_view unit(rest, static_cast<std::size_t>(end - rest));
  if (unit == "m") {
    number *= 60;
  } else if (unit == "h") {
    number *= 3600;
  } else if (!unit.empty() && unit != "s") {
    return std::nullopt;
  }
  if (number > kMost) return std::nullopt;
  return std::chrono::milliseconds(std::llround(std::ceil(number * 1000)));
}

std::optional<EnvironmentAddition> read_environment_addition(std::string_view text) {
  const std::size_t equals = text.find('=');
  EnvironmentAddition addition{std::string(text.substr(0, equals)), std::nullopt};
  if (addition.name.empty()) return std::nullopt;
  if (equals != std::string_view::npos) addition.value = text.substr(equals + 1);
  return addition;
}

std::optional<std::string> read_cmdline(std::string_view text) {
  if (text.find('\n') != std::string_view::npos) return std::nullopt;
  return read_nonempty(text);
}

std::optional<std::string> read_mirror(std::string_view text) {
  constexpr std::string_view kOfScheme = "abcdefghijklmnopqrstuvwxyz0123456789+-.";
  const auto is_graphic = [](char c) { return c > ' ' && c <= '~'; };
  text = text.substr(0, text.find_last_not_of('/') + 1);
  const std::size_t colon = text.find_first_not_of(kOfScheme);
  if (colon == 0 || colon == std::string_view::npos || text[colon] != ':') return std::nullopt;
  if (colon + 1 == text.size() || !std::all_of(text.begin(), text.end(), is_graphic)) {
    return std::nullopt;
  }
  return std::string(text);
}

std::optional<KernelMessages> read_kernel_messages(std::string_view text) {
  if (const auto show = read_choice<KernelMessages::Show, kKernelMessagesNames>(text)) {
    return KernelMessages{*show, {}};
  }
  const bool bare_word = text.find_first_of("/.") == std::string_view::npos;
  const std::vector<std::string> names(kKernelMessagesNames.begin(), kKernelMessagesNames.end());
  if (text.empty() || (bare_word && base::nearest(text, names))) return std::nullopt;
  return KernelMessages{KernelMessages::Show::kFile, std::string(text)};
}

std::optional<JsonTarget> read_json_target(std::string_view text) {
  if (text.empty()) return std::nullopt;
  if (text.find_first_not_of("0123456789") != std::string_view::npos) {
    return JsonTarget{-1, std::string(text)};
  }
  const auto fd = read_integer<int>(text);
  if (!fd) return std::nullopt;
  return JsonTarget{*fd, {}};
}

std::string to_toml(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      quoted += {'\\', c};
    } else if (c == '\n') {
      quoted += "\\n";
    } else if (c == '\t') {
      quoted += "\\t";
    } else if (byte < 0x20 || byte == 0x7f) {
      quoted += fmt::format("\\u{:04X}", byte);
    } else {
      quoted += c;
    }
  }
  return quoted + "\"";
}

std::string to_toml(bool value) { return value ? "true" : "false"; }

std::string to_toml(unsigned value) { return std::to_string(value); }

std::string to_toml(std::chrono::milliseconds value) {
  if (value.count() % 1000 == 0) return std::to_string(value.count() / 1000);
  return fmt::format("{}.{:03}", value.count() / 1000, value.count() % 1000);
}

namespace {

template <typename Enum, std::size_t kCount>
std::string name_of(Enum value, const std::array<std::string_view, kCount>& names) {
  return to_toml(std::string(names.at(static_cast<std::size_t>(value))));
}

}  // namespace

std::string to_toml(const base::Architecture& value) { return to_toml(std::string(value.name)); }
std::string to_toml(Accelerator value) { return name_of(value, kAcceleratorNames); }
std::string to_toml(Monitor value) { return name_of(value, kMonitorNames); }

std::string to_toml(Tty value) { return name_of(value, kTtyNames); }
std::string to_toml(Stdin value) { return name_of(value, kStdinNames); }
std::string to_toml(Keep value) { return name_of(value, kKeepNames); }
std::string to_toml(OnOops value) { return name_of(value, kOnOopsNames); }
std::string to_toml(Init value) { return name_of(value, kInitNames); }

std::string to_toml(PassEnvironment value) { return name_of(value, kPassEnvironmentNames); }

std::string to_toml(const std::optional<bool>& value) {
  return value ? to_toml(*value) : to_toml(std::string());
}

std::string to_toml(const EnvironmentAddition& value) {
  return to_toml(value.value ? value.name + "=" + *value.value : value.name);
}

std::string to_toml(const KernelMessages& value) {
  if (value.show == KernelMessages::Show::kFile) return to_toml(value.file);
  return name_of(value.show, kKernelMessagesNames);
}

std::string to_toml(const JsonTarget& value) {
  return to_toml(value.fd >= 0 ? std::to_string(value.fd) : value.file);
}

}  // namespace quiz::config
