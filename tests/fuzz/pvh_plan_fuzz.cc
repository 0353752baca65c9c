// The loader of PVH images on arbitrary bytes.
#include "plan_checks.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return quiz::fuzz::check_plan(quiz::boot::Protocol::pvh, data, size);
}
