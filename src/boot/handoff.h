// A BootPlan as quiz's boot ROMs understand it: a page that holds the CPU's state, and the list of
// segments for the ROM that has to fetch them. The ROMs are assembled from rom/*.S by the build and
// embedded. src/qemu brings page, segments and ROM into the machine.
#pragma once

#include <string>
#include <string_view>

#include "boot/plan.h"

namespace quiz::boot {

/// The name under which the option ROM finds the page and the segments' bytes behind it, in QEMU's
/// fw_cfg.
inline constexpr char kFirmwareFile[] = "opt/org.quiz/boot";

/// The page, for kHandoffAddress. Throws base::Error when a segment lies above 4 GiB or there are
/// too many of them.
std::string encode_handoff(const BootPlan& plan);

/// 64 KiB for microvm, in the place of a firmware: from the reset vector to the plan's CPU state.
/// The segments must be in memory already.
std::string_view boot_rom();

/// For a PC with SeaBIOS, which runs it instead of booting a disk: it fetches the segments, finds
/// ACPI's root pointer, and sets the CPU's state.
std::string option_rom();

}  // namespace quiz::boot
