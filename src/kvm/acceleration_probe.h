// Does /dev/kvm truly accelerate? On some cloud machines and CI runners it opens and creates CPUs,
// but interprets every instruction; QEMU aborts or crawls there. The probe runs a counted loop on a
// virtual CPU and takes the time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace quiz::kvm {

struct Acceleration {
  bool usable = false;  ///< hardware virtualization that works
  /// Measured rate in millions of loop iterations per second; 0 if nothing ran.
  double million_per_s = 0;
  /// For a person: "/dev/kvm interprets: 0.8 million iterations a second".
  std::string explanation;
};

/// Measures, in a child process that is killed if it does not answer: never takes longer than 0.3
/// s, never throws.
Acceleration probe_acceleration();

/// As probe_acceleration, but remembered in `cache` for as long as kernel, CPU model and the
/// device's permissions stay.
Acceleration cached_acceleration(const std::filesystem::path& cache);

}  // namespace quiz::kvm
