// Does this host give a machine that much memory? Asked before anything is started.
#pragma once

#include <cstdint>

namespace quiz::run {

/// Throws base::Error with the reason if QEMU could not get the guest's memory: the caller's limit
/// of address space, or what the kernel lets a process have (vm.overcommit_memory).
void check_host_memory(std::uint64_t mebibytes);

}  // namespace quiz::run
