// Where the time of a start goes (--boot-chart): the phases that quiz sees from outside, and inside
// the kernel's the initcalls, by the log of a kernel that was told to time them.
#pragma once

#include <string>
#include <vector>

#include "relay/relay.h"
#include "wire/messages.h"

namespace quiz::cli {

enum class Lane { quiz, machine, kernel, initcall, init, program };

struct BootSpan {
  Lane lane = Lane::quiz;
  std::string name;  ///< printable ASCII
  double begin = 0;  ///< milliseconds since quiz was started
  double end = 0;
};

/// The phases and the initcalls of at least a millisecond, the longest 30 of them, by their begin.
/// What did not happen is absent. The kernel's clock begins kernel_ns before hello. `log` comes
/// from the guest and may say anything. Pure.
std::vector<BootSpan> boot_spans(const relay::Clocks& clocks, const std::vector<wire::Log>& log);

/// A timeline for people: one row for each span, with its name and duration. Pure.
std::string boot_svg(const std::vector<BootSpan>& spans, const std::string& kernel);

/// One line for each span: begin, duration, name. Pure.
std::string boot_table(const std::vector<BootSpan>& spans);

}  // namespace quiz::cli
