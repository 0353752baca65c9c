// A promise of the code under a fuzz target: broken, it ends the run as a crash does.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace quiz::fuzz {

inline void expect(bool good, const char* promise) {
  if (good) return;
  std::fprintf(stderr, "broken promise: %s\n", promise);
  std::abort();
}

}  // namespace quiz::fuzz
