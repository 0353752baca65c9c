// From a kernel's bytes to a BootPlan, by whichever protocol: recognises the format and calls the
// loader for it. Pure functions on bytes, no I/O; who has a file name adds it to the messages.
// Called by `quiz boot` and, for runs on microvm, by src/qemu.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "boot/plan.h"

namespace quiz::boot {

struct Module {
  std::string_view bytes;
  std::string text;    ///< its arguments, which the kernel gets; FreeBSD: its type
  std::string name{};  ///< of its file: FreeBSD
};

/// All views must outlive the plan that is made of it.
struct BootRequest {
  std::string_view kernel;
  std::string command_line;
  std::optional<std::string_view> initrd;  ///< Linux, PVH
  std::vector<Module> modules;             ///< FreeBSD, PVH, multiboot
  std::vector<std::string> environment;    ///< FreeBSD: NAME=VALUE
  Platform platform;
};

/// The protocol for `kernel`: a bzImage is Linux's, then the first that is there of a multiboot2
/// header, a multiboot1 header, FreeBSD's marks, Linux in a vmlinux and a PVH note. Throws
/// base::Error when it is none of these.
Protocol recognise(std::string_view kernel);

/// Throws base::Error with the rule that the image breaks, or what the machine lacks.
BootPlan make_plan(Protocol protocol, const BootRequest& request);

// The loaders, one file each.

/// Documentation/arch/x86/boot.rst: a bzImage by its 64-bit entry point, or a vmlinux by its own.
BootPlan plan_linux(const BootRequest& request);
/// layout_freebsd.h: ELF64 for amd64 by its own entry point.
BootPlan plan_freebsd(const BootRequest& request);
/// xen/docs/misc/pvh.pandoc.
BootPlan plan_pvh(const BootRequest& request);
/// https://www.gnu.org/software/grub/manual/multiboot2
BootPlan plan_multiboot2(const BootRequest& request);
/// https://www.gnu.org/software/grub/manual/multiboot
BootPlan plan_multiboot1(const BootRequest& request);

}  // namespace quiz::boot
