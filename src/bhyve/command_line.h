// The invocation of FreeBSD's bhyve(8) for the machine of a run: a pure function of the same
// description as QEMU's. It can be printed, not run: docs/direct-boot.md says what FreeBSD still
// needs.
#pragma once

#include <string>
#include <vector>

#include "machine/machine_spec.h"

namespace quiz::bhyve {

/// As many PCI slots are there for devices.
inline constexpr unsigned kMostDevices = 30;
/// How many of them the machine takes.
unsigned devices(const machine::MachineSpec& spec);

/// The kernel's command line.
std::string kernel_line(const machine::MachineSpec& spec);

/// argv; argv[0] is `program`. The kernel is loaded by bhyve itself (-o loader.…); the console is
/// stdio.
std::vector<std::string> command_line(const std::string& program, const machine::MachineSpec& spec);

}  // namespace quiz::bhyve
