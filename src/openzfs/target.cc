#include "openzfs/target.h"

namespace quiz::openzfs {

namespace {

/// "y", "m", a value with its quotes; empty where the option is not set.
std::string value_of(std::string_view config, std::string_view option) {
  const std::string line = "\n" + std::string(option) + "=";
  const std::string text = "\n" + std::string(config);
  const std::size_t at = text.find(line);
  if (at == std::string::npos) return {};
  const std::size_t begin = at + line.size();
  return text.substr(begin, text.find('\n', begin) - begin);
}

}  // namespace

// OpenZFS's own list: config/kernel-config-defined.m4.
std::vector<std::string> missing_options(std::string_view config) {
  std::vector<std::string> missing;
  for (const char* option : {"CONFIG_MODULES", "CONFIG_BLOCK", "CONFIG_ZLIB_DEFLATE",
                             "CONFIG_ZLIB_INFLATE", "CONFIG_EFI_PARTITION"}) {
    if (value_of(config, option).empty()) missing.emplace_back(option);
  }
  // The first makes mutex_lock() GPL only, the second drops symbols that OpenZFS calls.
  for (const char* option : {"CONFIG_DEBUG_LOCK_ALLOC", "CONFIG_TRIM_UNUSED_KSYMS"}) {
    if (!value_of(config, option).empty()) missing.push_back(std::string("no ") + option);
  }
  return missing;
}

std::optional<std::string> llvm_of(std::string_view config) {
  if (value_of(config, "CONFIG_CC_IS_CLANG") != "y") return std::nullopt;
  // "Debian clang version 19.1.7 (3~deb12u1)"
  const std::string text = value_of(config, "CONFIG_CC_VERSION_TEXT");
  const std::string before = "clang version ";
  const std::size_t at = text.find(before);
  if (at == std::string::npos) return "";
  const std::size_t begin = at + before.size();
  return "-" + text.substr(begin, text.find_first_not_of("0123456789", begin) - begin);
}

}  // namespace quiz::openzfs
