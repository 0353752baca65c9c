// The architectures of machines, as values: one row for each (architecture.cc), with every name and
// number that the rest of quiz would otherwise write down as a literal. Settings, kernels, roots
// and machines carry an Architecture and ask it. What is more than a name or a number (a board, a
// trick of one CPU) is in a file named *_ARCH.cc. A new architecture is a row and such files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace quiz::base {

enum class ByteOrder { little, big };

/// Passive; the texts are literals, so that copies cost little and last.
struct Architecture {
  std::string_view name;       ///< what `uname -m` prints, and quiz calls it: "x86_64"
  std::string_view spellings;  ///< others that people write, with blanks between: "amd64 x86-64"
  std::string_view debian;     ///< "amd64"
  std::string_view debian_kernel;  ///< the flavour of Debian's kernels: linux-image-VERSION-amd64
  std::string_view first_suite{};  ///< of Debian's that has it; empty: all of today's have
  std::string_view triplet;        ///< of libraries and compilers: "x86_64-linux-gnu"
  std::string_view compiler;       ///< the same in names of Debian's packages: g++-x86-64-linux-gnu
  std::string_view linker_emulation;  ///< ld's and lld's -m: "elf_x86_64"
  std::string_view kernel_arch;       ///< ARCH= for the kernel's make: "x86_64"
  std::string_view kernel_folder;     ///< its folder below arch/ in the kernel's sources: "x86"
  std::string_view kernel_image;  ///< what is booted, where make puts it: "arch/x86/boot/bzImage"
  std::string_view qemu;          ///< the program: "qemu-system-x86_64"
  std::string_view qemu_package;  ///< Debian's that has it: "qemu-system-x86"
  std::string_view qemu_user;  ///< of qemu-user-static, which runs one program: "qemu-s390x-static"
  std::string_view runs_on{};  ///< another one whose kernels run its programs, too
  std::string_view console;    ///< the kernel's device for the serial port: "ttyS0"
  /// The kernel's modules for the buses of the machines' devices, with blanks between; only the
  /// first one must be there: "virtio_pci virtio_mmio". Empty: they are always built in.
  std::string_view transports;
  /// Of the kernel's configuration, with blanks between: the console's and that bus's.
  std::string_view kernel_options;
  std::string_view clock_source;  ///< the kernel's final one in a machine of ours: "tsc"
  ByteOrder byte_order = ByteOrder::little;
  unsigned word_bits = 0;                ///< of an address
  std::size_t page_size = 0;             ///< of Debian's kernels, in bytes
  std::size_t longest_command_line = 0;  ///< of the kernel, in bytes without the NUL
  std::uint16_t elf_machine = 0;         ///< e_machine of its programs

  /// The words that send the kernel's messages there: "console=ttyS0".
  std::string console_words() const { return "console=" + std::string(console); }

  bool operator==(const Architecture& other) const { return name == other.name; }
};

/// All rows.
std::span<const Architecture> architectures();

/// By any of its names; nullptr: unknown.
const Architecture* find_architecture(std::string_view spelling);

/// The same; throws Error with the names of those that there are.
const Architecture& architecture_named(std::string_view spelling);

/// The one of the machine that quiz runs on: what quiz was built for. uname(2) may have been told
/// another one (`setarch linux32`).
const Architecture& host_architecture();

/// What an entry of a store is called. One for another architecture than the host's says so:
/// "debian+s390x".
std::string name_for(const std::string& name, const Architecture& architecture);

/// Throws Error unless `architecture` is the machine's. `what` is what has it: "the kernel 6.1".
void require_architecture(const Architecture& architecture, const Architecture& of_machine,
                          std::string_view what);

}  // namespace quiz::base
