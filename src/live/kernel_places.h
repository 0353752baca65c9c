// Where a running kernel and its modules lie in memory, as a program in the guest tells it from
// /proc/kallsyms and /sys/module. Pure; the guest's words are taken for numbers and names and
// nothing else.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace quiz::live {

struct LoadedModule {
  std::string name;                               ///< as the kernel has it: "zfs", "dm_mod"
  std::map<std::string, std::uint64_t> sections;  ///< ".text" and others that debuggers know of
};

struct KernelPlaces {
  std::optional<std::uint64_t> text;  ///< the address of _text; nothing: it is not known
  std::vector<LoadedModule> modules;  ///< those with a ".text", by name
};

/// The program, which must be run as root.
std::vector<std::string> places_program();
/// What it prints is of no more than so many bytes.
inline constexpr std::size_t kMostOfPlaces = std::size_t{1} << 20;

/// Of its output; what is of no use is passed over.
KernelPlaces parse_places(std::string_view output);

}  // namespace quiz::live
