#include "run/boot_slot.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <thread>

#include "base/error.h"

namespace quiz::run {

namespace {

using namespace std::chrono_literals;

constexpr auto kPause = 20ms;
/// Longer than all that may be waiting in front takes; a dead holder's lock is free at once.
constexpr auto kPatience = 120s;

}  // namespace

std::optional<base::FileLock> take_boot_slot(const std::filesystem::path& directory) {
  const long slots = std::max(1L, ::sysconf(_SC_NPROCESSORS_ONLN));
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  try {
    base::make_directories(directory, 0700);
    do {
      for (long slot = 0; slot < slots; ++slot) {
        if (auto lock = base::FileLock::try_acquire(directory / std::to_string(slot))) return lock;
      }
      std::this_thread::sleep_for(kPause);
    } while (std::chrono::steady_clock::now() < deadline);
  } catch (const base::Error&) {  // a cache that cannot be written: no turns then
  }
  return std::nullopt;
}

}  // namespace quiz::run
