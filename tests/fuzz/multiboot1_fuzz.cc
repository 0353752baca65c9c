// The loader of multiboot images of version 1 on arbitrary bytes.
#include "plan_checks.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return quiz::fuzz::check_plan(quiz::boot::Protocol::multiboot1, data, size);
}
