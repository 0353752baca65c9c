// What a child may use up, and which of root's powers it keeps. Only system calls: for a child
// before exec.
#pragma once

#include <cstdint>

namespace quiz::confinement {

struct Limits {
  std::uint64_t memory = 0;        ///< bytes that it can write to; 0: as many as quiz itself
  std::uint64_t largest_file = 0;  ///< bytes; 0: "
  bool writes_files = false;       ///< of whoever owns the directory
};

/// Sets them for good; core dumps are none. nullptr, or what failed (errno is set).
const char* set_limits(const Limits& limits) noexcept;

/// Of all capabilities those stay by which root reads (and writes) the files of others; of its
/// groups none.
const char* drop_privileges(const Limits& limits) noexcept;

/// Whether we have CAP_SYS_ADMIN: namespaces without a user namespace.
bool may_make_namespaces() noexcept;

}  // namespace quiz::confinement
