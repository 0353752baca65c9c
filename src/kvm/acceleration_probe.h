// Does /dev/kvm truly accelerate? On some cloud machines and CI runners it opens and creates CPUs,
// but interprets every instruction; QEMU aborts or crawls there. The probe runs a counted loop on a
// virtual CPU and takes the time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

namespace quiz::kvm {

struct Acceleration {
  bool usable = false;  ///< hardware virtualization that works
  /// Measured rate in millions of loop iterations per second; 0 if nothing ran.
  double million_per_s = 0;
  /// For a person: "/dev/kvm interprets: 0.8 million iterations a second".
  std::string explanation;
  /// It would be the same tomorrow. Not: the device in use, closed to us or silent, a busy host.
  bool lasting = false;
  /// What a person can do about it; empty where it is usable, or was remembered.
  std::string remedy{};
};

/// What a virtual CPU did; the times are the real one and that of the CPU which the probe got.
struct Measurement {
  std::uint32_t iterations = 0;
  double seconds = 0;
  double cpu_seconds = 0;
};

/// Pure. A slow loop is proof of an interpreter only if the CPU worked on it all the while.
Acceleration judge(const Measurement& measurement);

/// Measures, in a child process that is killed if it does not answer, and again where a busy host
/// may have spoilt it: as a rule a few milliseconds, never longer than 0.7 s. Never throws.
Acceleration probe_acceleration();

/// What keeps a virtual CPU from running at all, however slowly: for whoever insists on KVM. Empty:
/// nothing does. Waits for the answer longer than anything that works needs, 20 s. Never throws.
std::string why_nothing_runs();

/// As `probe`, but what is lasting is remembered in `cache` for as long as kernel, CPU model, the
/// device's permissions and whether we may open it stay.
Acceleration cached_acceleration(const std::filesystem::path& cache,
                                 const std::filesystem::path& device = "/dev/kvm",
                                 const std::function<Acceleration()>& probe = probe_acceleration);

}  // namespace quiz::kvm
