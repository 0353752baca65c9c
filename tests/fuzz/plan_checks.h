// What every BootPlan must fulfil, whatever the image was. The last byte of an input chooses the
// machine and what goes with the kernel; the rest is the image.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "base/error.h"
#include "boot/handoff.h"
#include "boot/layout_freebsd.h"
#include "boot/loader.h"
#include "boot/plan_text.h"
#include "expect.h"

namespace quiz::fuzz {

inline bool in_memory(const boot::Segment& segment, const boot::Platform& platform) {
  return std::any_of(platform.memory_map.begin(), platform.memory_map.end(),
                     [&](const auto& range) {
                       return segment.address >= range.address && segment.end() <= range.end();
                     });
}

inline void check_segments(const boot::BootPlan& plan) {
  std::uint64_t end = 0;
  // FreeBSD's page tables map the memory that the others have by its own addresses.
  const std::uint64_t entry =
      plan.cpu.entry - (plan.protocol == boot::Protocol::freebsd ? boot::kFreebsdBase : 0);
  bool entry_loaded = false;
  for (const boot::Segment& segment : plan.segments) {
    expect(segment.address >= end, "segments are sorted and do not overlap");
    expect(segment.end() >= segment.address, "a segment does not wrap");
    expect(in_memory(segment, plan.platform), "a segment lies in memory that exists");
    end = segment.end();
    entry_loaded = entry_loaded ||
                   (segment.name == "kernel" && entry >= segment.address && entry < segment.end());
  }
  expect(entry_loaded, "the entry point is in the kernel");
}

/// `more`: what this protocol's plans must fulfil beyond that.
inline int check_plan(boot::Protocol protocol, const std::uint8_t* data, std::size_t size,
                      void (*more)(const boot::BootPlan&) = nullptr) {
  if (size == 0) return 0;
  const std::uint8_t choice = data[size - 1];
  const std::string_view image(reinterpret_cast<const char*>(data), size - 1);
  const bool linux = protocol == boot::Protocol::linux64;
  const bool multiboot =
      protocol == boot::Protocol::multiboot1 || protocol == boot::Protocol::multiboot2;
  boot::BootRequest request;
  request.kernel = image;
  request.command_line = "console=ttyS0 [a,b]";
  request.platform = boot::make_platform(static_cast<boot::Board>(choice % 3),
                                         (choice & 4) != 0 ? 16 << 20 : 512 << 20, 2);
  const bool freebsd = protocol == boot::Protocol::freebsd;
  if (freebsd) request.command_line = "-v quiet";
  if ((choice & 8) != 0 && freebsd) request.environment = {"a.b=c", "quiet=no"};
  if ((choice & 8) != 0 && !multiboot && !freebsd) request.initrd = "an initrd";
  if ((choice & 16) != 0 && !linux) request.modules = {{"module", "text"}, {"", ""}};
  if ((choice & 16) != 0 && freebsd) request.modules = {{"module", "md_image", "name"}};
  try {
    const boot::BootPlan plan = boot::make_plan(protocol, request);
    check_segments(plan);
    if (more != nullptr) more(plan);
    // Not always: most of the time would go into these.
    if ((choice & 32) != 0) {
      expect(boot::encode_handoff(plan).size() == boot::kHandoffSize, "the hand-off is a page");
      expect(!boot::to_text(plan).empty(), "a plan has a text");
    }
  } catch (const base::Error& error) {
    expect(!error.message().empty(), "a refusal says why");
  }
  if ((choice & 64) == 0) return 0;
  try {
    (void)boot::recognise(image);
  } catch (const base::Error&) {
  }
  return 0;
}

}  // namespace quiz::fuzz
