// The kernel's own file systems: /proc, /sys, /dev, /run and what belongs below them. They are
// mounted on the initramfs before the host is asked for anything (so that a saved machine has them
// already), and moved into `/` later.
#pragma once

#include <string>

namespace quiz::init {

/// Mounts them. What the kernel does not have is left out; without /proc, /sys or /dev the machine
/// is switched off.
void mount_kernel_file_systems();

/// Moves them below `new_root`, making the mount points.
void move_kernel_file_systems(const std::string& new_root);

}  // namespace quiz::init
