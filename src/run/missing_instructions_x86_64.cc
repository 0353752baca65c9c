#include <algorithm>
#include <array>

#include "base/split.h"
#include "run/missing_instructions.h"

namespace quiz::run {

namespace {

/// Names of arch/x86/include/asm/cpufeatures.h; most of what else is there is the kernel's own
/// business.
constexpr auto kInstructions = std::to_array<std::string_view>({
    "3dnow",      "3dnowext",  "3dnowprefetch", "abm",      "adx",       "aes",      "bmi1",
    "bmi2",       "cldemote",  "clflushopt",    "clwb",     "clzero",    "cx16",     "enqcmd",
    "f16c",       "fma",       "fma4",          "fsgsbase", "gfni",      "hle",      "lahf_lm",
    "lwp",        "mmx",       "mmxext",        "movbe",    "movdir64b", "movdiri",  "mwaitx",
    "ospke",      "pclmulqdq", "pni",           "popcnt",   "rdpid",     "rdrand",   "rdseed",
    "rdtscp",     "rtm",       "serialize",     "sm3",      "sm4",       "sse",      "sse2",
    "sse4_1",     "sse4_2",    "sse4a",         "ssse3",    "tbm",       "tsxldtrk", "uintr",
    "user_shstk", "vaes",      "vpclmulqdq",    "waitpkg",  "xop",       "xsave",    "xsavec",
    "xsaveopt",
});

bool has_instructions(std::string_view feature) {
  constexpr auto kFamilies = std::to_array<std::string_view>({"avx", "amx_", "sha"});
  return std::find(kInstructions.begin(), kInstructions.end(), feature) != kInstructions.end() ||
         std::any_of(kFamilies.begin(), kFamilies.end(),
                     [&](std::string_view family) { return feature.starts_with(family); });
}

}  // namespace

std::vector<std::string> missing_instructions(std::string_view host, std::string_view guest) {
  const std::vector<std::string> there = base::split(std::string(guest), ' ');
  std::vector<std::string> missing;
  for (const std::string& feature : base::split(std::string(host), ' ')) {
    if (!has_instructions(feature)) continue;
    if (std::find(there.begin(), there.end(), feature) == there.end()) missing.push_back(feature);
  }
  return missing;
}

}  // namespace quiz::run
