#include "live/kernel_places.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/lines.h"

namespace quiz::live {

namespace {

constexpr std::size_t kMostModules = 2000;
constexpr std::size_t kLongestName = 64;

std::optional<std::uint64_t> read_address(std::string_view text) {
  if (text.starts_with("0x")) text.remove_prefix(2);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool is_name(std::string_view text, std::string_view others) {
  return !text.empty() && text.size() <= kLongestName &&
         std::all_of(text.begin(), text.end(), [&](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  others.find(c) != std::string_view::npos;
         });
}

/// Those of a module's beginning are gone once it runs, and those of each CPU are elsewhere.
bool is_of_use(std::string_view section) {
  if (section == ".data..percpu") return false;
  for (const char* const kind : {".text", ".data", ".rodata", ".bss", ".exit.text"}) {
    if (section.starts_with(kind)) return is_name(section, "._-");
  }
  return false;
}

/// "zfs/sections/.text:0xffffffffc0200000".
void take_section(std::string_view line, std::map<std::string, LoadedModule>& modules) {
  constexpr std::string_view kBetween = "/sections/";
  const std::size_t at = line.find(kBetween);
  const std::size_t colon = line.rfind(':');
  if (at == std::string_view::npos || colon == std::string_view::npos || colon < at) return;
  const std::string_view name = line.substr(0, at);
  const std::string_view section =
      line.substr(at + kBetween.size(), colon - std::min(colon, at + kBetween.size()));
  const auto address = read_address(line.substr(colon + 1));
  if (!is_name(name, "_-") || !is_of_use(section) || !address || *address == 0) return;
  if (modules.size() >= kMostModules && !modules.contains(std::string(name))) return;
  LoadedModule& module = modules[std::string(name)];
  module.name = name;
  module.sections[std::string(section)] = *address;
}

}  // namespace

std::vector<std::string> places_program() {
  return {
      "/bin/sh", "-c",
      "grep -m 1 ' _text$' /proc/kallsyms; cd /sys/module && grep -rH . */sections/ 2>/dev/null"};
}

KernelPlaces parse_places(std::string_view output) {
  KernelPlaces places;
  std::map<std::string, LoadedModule> modules;
  for (const std::string& line : base::lines_of(std::string(output.substr(0, kMostOfPlaces)))) {
    const auto words = base::words_of(line);
    if (!places.text && words.size() == 3 && words[2] == "_text") {
      places.text = read_address(words[0]);
      if (places.text == 0) places.text.reset();  // hidden (kptr_restrict)
      continue;
    }
    take_section(line, modules);
  }
  for (auto& [name, module] : modules) {
    if (module.sections.contains(".text")) places.modules.push_back(std::move(module));
  }
  return places;
}

}  // namespace quiz::live
