#include "run/init_binary.h"

#include "init_checksum.h"

// From init_binary.S, and from the build's checksum.
extern "C" const char quiz_init_begin[];
extern "C" const char quiz_init_end[];

namespace quiz::run {

std::string_view init_binary() {
  return {quiz_init_begin, static_cast<std::size_t>(quiz_init_end - quiz_init_begin)};
}

std::string init_sha256() { return QUIZ_INIT_SHA256; }

}  // namespace quiz::run
