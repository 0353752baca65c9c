#include "run/init_binary.h"

#include <fmt/format.h>

#include "base/error.h"
#include "init_checksums.h"

// From init_binaries.S.
#define EMBEDDED_INIT(architecture, checksum)               \
  extern "C" const char quiz_init_##architecture##_begin[]; \
  extern "C" const char quiz_init_##architecture##_end[];
#include "init_binaries.inc"
#undef EMBEDDED_INIT

namespace quiz::run {

namespace {

struct Row {
  std::string_view architecture;
  const char* begin;
  const char* end;
  const char* sha256;
};

constexpr Row kRows[] = {
#define EMBEDDED_INIT(architecture, checksum) \
  {#architecture, quiz_init_##architecture##_begin, quiz_init_##architecture##_end, checksum},
#include "init_binaries.inc"
#undef EMBEDDED_INIT
};

}  // namespace

InitBinary init_binary(const base::Architecture& architecture) {
  for (const Row& row : kRows) {
    if (row.architecture != architecture.name) continue;
    return {{row.begin, static_cast<std::size_t>(row.end - row.begin)}, row.sha256};
  }
  throw base::Error(
      fmt::format("this quiz was built without an init for machines of {}", architecture.name),
      fmt::format("install the compiler and build quiz again (Debian: apt install g++-{}, then "
                  "./dev build)",
                  architecture.compiler));
}

}  // namespace quiz::run
