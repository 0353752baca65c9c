#include <time.h>

#include <cstdlib>
#include <string>
#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "base/host_clock.h"

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

namespace quiz::base {

namespace {

constexpr std::uint64_t kNanoseconds = 1'000'000'000;

std::uint64_t now_ns(clockid_t clock) {
  timespec now = {};
  ::clock_gettime(clock, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * kNanoseconds +
         static_cast<std::uint64_t>(now.tv_nsec);
}

#if defined(__x86_64__)

/// A counter value with the time it belongs to: of several readings the one with the narrowest
/// bracket.
std::pair<std::uint64_t, std::uint64_t> read_counter() {
  std::pair<std::uint64_t, std::uint64_t> best;
  std::uint64_t narrowest = UINT64_MAX;
  for (int i = 0; i < 16; ++i) {
    const std::uint64_t before = now_ns(CLOCK_MONOTONIC_RAW);
    const std::uint64_t counter = __rdtsc();
    const std::uint64_t after = now_ns(CLOCK_MONOTONIC_RAW);
    if (after - before < narrowest) {
      narrowest = after - before;
      best = {counter, before + (after - before) / 2};
    }
  }
  return best;
}

std::uint64_t measure_tsc_khz() {
  const auto [first, begin] = read_counter();
  const timespec pause = {0, 20'000'000};
  ::nanosleep(&pause, nullptr);
  const auto [last, end] = read_counter();
  return (last - first) * 1'000'000 / (end - begin);
}

#else

std::uint64_t measure_tsc_khz() { return 0; }

#endif

}  // namespace

std::uint64_t realtime_ns() { return now_ns(CLOCK_REALTIME); }

std::uint64_t tsc_khz(const std::filesystem::path& cache) {
  const std::filesystem::path file = cache / "tsc";
  // One line: BOOT-ID KHZ
  std::string boot = read_file_if_exists("/proc/sys/kernel/random/boot_id").value_or("unknown\n");
  boot.back() = ' ';
  try {
    const std::string known = read_file_if_exists(file).value_or("");
    if (known.starts_with(boot)) return std::strtoull(known.c_str() + boot.size(), nullptr, 10);
  } catch (const Error&) {  // an unreadable cache is none
  }
  const std::uint64_t khz = measure_tsc_khz();
  try {
    make_directories(cache);
    write_file_atomically(file, boot + std::to_string(khz) + "\n");
  } catch (const Error&) {  // it will be measured again
  }
  return khz;
}

}  // namespace quiz::base
