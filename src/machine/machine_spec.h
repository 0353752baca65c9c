// What a machine is, as a value. Whoever builds one (src/run) decides; a back end (src/qemu)
// translates.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace quiz::machine {

enum class Accelerator { kvm, tcg };

/// A directory of the host that the guest can mount over 9p, by its tag.
struct Share {
  std::string tag;
  std::filesystem::path path;
  bool writable = false;
};

struct MachineSpec {
  Accelerator accelerator = Accelerator::tcg;
  unsigned cpus = 2;
  std::uint64_t memory_mib = 1024;
  std::filesystem::path kernel;  ///< an uncompressed ELF image with a PVH entry, or a bzImage
  std::filesystem::path initramfs;
  std::string command_line;  ///< what the run asks for; the back end adds the console and the wire
  std::vector<Share> shares;
};

}  // namespace quiz::machine
