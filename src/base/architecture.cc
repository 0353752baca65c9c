#include "base/architecture.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/nearest.h"

namespace quiz::base {

namespace {

#if defined(__x86_64__)
constexpr std::string_view kBuiltFor = "x86_64";
#elif defined(__s390x__)
constexpr std::string_view kBuiltFor = "s390x";
#elif defined(__aarch64__)
constexpr std::string_view kBuiltFor = "aarch64";
#elif defined(__riscv) && __riscv_xlen == 64
constexpr std::string_view kBuiltFor = "riscv64";
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
constexpr std::string_view kBuiltFor = "ppc64le";
#elif defined(__i386__)
constexpr std::string_view kBuiltFor = "i686";
#elif defined(__ARM_ARCH_7A__)
constexpr std::string_view kBuiltFor = "armv7l";
#else
#error "base::host_architecture: this architecture has no name here yet"
#endif

constexpr std::array kRows = {
    Architecture{
        .name = "x86_64",
        .spellings = "amd64 x86-64 x64",
        .debian = "amd64",
        .debian_kernel = "amd64",
        .triplet = "x86_64-linux-gnu",
        .compiler = "x86-64-linux-gnu",
        .linker_emulation = "elf_x86_64",
        .kernel_arch = "x86_64",
        .kernel_folder = "x86",
        .kernel_image = "arch/x86/boot/bzImage",
        .qemu = "qemu-system-x86_64",
        .qemu_package = "qemu-system-x86",
        .qemu_user = "qemu-x86_64-static",
        .console = "ttyS0",
        .transports = "virtio_pci virtio_mmio",
        .kernel_options = "SERIAL_8250 SERIAL_8250_CONSOLE PCI VIRTIO_PCI",
        .clock_source = "tsc",
        .byte_order = ByteOrder::little,
        .word_bits = 64,
        .page_size = 4096,
        .longest_command_line = 2047,  // arch/x86/include/asm/setup.h
        .elf_machine = 62,             // EM_X86_64
    },
    Architecture{
        .name = "s390x",
        .spellings = "s390",
        .debian = "s390x",
        .debian_kernel = "s390x",
        .triplet = "s390x-linux-gnu",
        .compiler = "s390x-linux-gnu",
        .linker_emulation = "elf64_s390",
        .kernel_arch = "s390",
        .kernel_folder = "s390",
        .kernel_image = "arch/s390/boot/bzImage",
        .qemu = "qemu-system-s390x",
        .qemu_package = "qemu-system-misc",
        .qemu_user = "qemu-s390x-static",
        .console = "ttysclp0",
        .transports = "",  // S390_GUEST is never a module
        .kernel_options = "SCLP_VT220_TTY SCLP_VT220_CONSOLE S390_GUEST",
        .clock_source = "tod",
        .byte_order = ByteOrder::big,
        .word_bits = 64,
        .page_size = 4096,
        .longest_command_line = 895,  // of kernels that do not say more (arch/s390/boot/head.S)
        .elf_machine = 22,            // EM_S390
    },
    Architecture{
        .name = "aarch64",
        .spellings = "armv8",
        .debian = "arm64",
        .debian_kernel = "arm64",
        .triplet = "aarch64-linux-gnu",
        .compiler = "aarch64-linux-gnu",
        .linker_emulation = "aarch64linux",
        .kernel_arch = "arm64",
        .kernel_folder = "arm64",
        .kernel_image = "arch/arm64/boot/Image",
        .qemu = "qemu-system-aarch64",
        .qemu_package = "qemu-system-arm",
        .qemu_user = "qemu-aarch64-static",
        .console = "ttyAMA0",
        .transports = "virtio_mmio virtio_pci",
        .kernel_options = "SERIAL_AMBA_PL011 SERIAL_AMBA_PL011_CONSOLE VIRTIO_MMIO",
        .clock_source = "arch_sys_counter",
        .byte_order = ByteOrder::little,
        .word_bits = 64,
        .page_size = 4096,
        .longest_command_line = 2047,  // arch/arm64/include/uapi/asm/setup.h
        .elf_machine = 183,            // EM_AARCH64
    },
    Architecture{
        .name = "riscv64",
        .spellings = "riscv",
        .debian = "riscv64",
        .debian_kernel = "riscv64",
        .first_suite = "trixie",
        .triplet = "riscv64-linux-gnu",
        .compiler = "riscv64-linux-gnu",
        .linker_emulation = "elf64lriscv",
        .kernel_arch = "riscv",
        .kernel_folder = "riscv",
        .kernel_image = "arch/riscv/boot/Image",
        .qemu = "qemu-system-riscv64",
        .qemu_package = "qemu-system-misc",
        .qemu_user = "qemu-riscv64-static",
        .console = "ttyS0",
        .transports = "virtio_pci virtio_mmio",
        .kernel_options =
            "SERIAL_8250 SERIAL_8250_CONSOLE SERIAL_OF_PLATFORM PCI PCI_HOST_GENERIC VIRTIO_PCI",
        .clock_source = "riscv_clocksource",
        .byte_order = ByteOrder::little,
        .word_bits = 64,
        .page_size = 4096,
        .longest_command_line = 1023,  // arch/riscv/include/uapi/asm/setup.h
        .elf_machine = 243,            // EM_RISCV
    },
    Architecture{
        .name = "ppc64le",
        .spellings = "powerpc64le",
        .debian = "ppc64el",
        .debian_kernel = "powerpc64le",
        .triplet = "powerpc64le-linux-gnu",
        .compiler = "powerpc64le-linux-gnu",
        .linker_emulation = "elf64lppc",
        .kernel_arch = "powerpc",
        .kernel_folder = "powerpc",
        .kernel_image = "vmlinux",
        .qemu = "qemu-system-ppc64",
        .qemu_package = "qemu-system-ppc",
        .qemu_user = "qemu-ppc64le-static",
        .console = "hvc0",
        .transports = "virtio_pci",
        .kernel_options = "PPC_PSERIES HVC_CONSOLE PCI VIRTIO_PCI",
        .clock_source = "timebase",
        .byte_order = ByteOrder::little,
        .word_bits = 64,
        .page_size = 65536,
        .longest_command_line = 2047,  // arch/powerpc/include/uapi/asm/setup.h
        .elf_machine = 21,             // EM_PPC64
    },
    Architecture{
        .name = "i686",
        .spellings = "i586 i486 386 x86-32",
        .debian = "i386",
        .debian_kernel = "686-pae",
        .triplet = "i686-linux-gnu",
        .compiler = "i686-linux-gnu",
        .linker_emulation = "elf_i386",
        .kernel_arch = "i386",
        .kernel_folder = "x86",
        .kernel_image = "arch/x86/boot/bzImage",
        .qemu = "qemu-system-x86_64",
        .qemu_package = "qemu-system-x86",
        .qemu_user = "qemu-i386-static",
        .runs_on = "x86_64",
        .console = "ttyS0",
        .transports = "virtio_pci virtio_mmio",
        .kernel_options = "SERIAL_8250 SERIAL_8250_CONSOLE PCI VIRTIO_PCI",
        .clock_source = "tsc",
        .byte_order = ByteOrder::little,
        .word_bits = 32,
        .page_size = 4096,
        .longest_command_line = 2047,  // arch/x86/include/asm/setup.h
        .elf_machine = 3,              // EM_386
    },
    Architecture{
        .name = "armv7l",
        .spellings = "arm armv7",
        .debian = "armhf",
        .debian_kernel = "armmp-lpae",
        .triplet = "arm-linux-gnueabihf",
        .compiler = "arm-linux-gnueabihf",
        .linker_emulation = "armelf_linux_eabi",
        .kernel_arch = "arm",
        .kernel_folder = "arm",
        .kernel_image = "arch/arm/boot/zImage",
        .qemu = "qemu-system-arm",
        .qemu_package = "qemu-system-arm",
        .qemu_user = "qemu-arm-static",
        .console = "ttyAMA0",
        .transports = "virtio_mmio virtio_pci",
        .kernel_options = "SERIAL_AMBA_PL011 SERIAL_AMBA_PL011_CONSOLE VIRTIO_MMIO",
        .clock_source = "arch_sys_counter",
        .byte_order = ByteOrder::little,
        .word_bits = 32,
        .page_size = 4096,
        .longest_command_line = 1023,  // arch/arm/include/uapi/asm/setup.h
        .elf_machine = 40,             // EM_ARM
    },
};

bool has_word(std::string_view words, std::string_view wanted) {
  while (!words.empty()) {
    const std::size_t end = std::min(words.find(' '), words.size());
    if (words.substr(0, end) == wanted) return true;
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return false;
}

std::vector<std::string> all_names() {
  std::vector<std::string> names;
  for (const Architecture& row : kRows) names.emplace_back(row.name);
  return names;
}

}  // namespace

std::span<const Architecture> architectures() { return kRows; }

const Architecture* find_architecture(std::string_view spelling) {
  for (const Architecture& row : kRows) {
    if (row.name == spelling || row.debian == spelling || has_word(row.spellings, spelling)) {
      return &row;
    }
  }
  return nullptr;
}

const Architecture& architecture_named(std::string_view spelling) {
  if (const Architecture* const found = find_architecture(spelling)) return *found;
  const auto near = nearest(spelling, all_names());
  throw Error(fmt::format("quiz has no machines of the architecture '{}'", spelling),
              near ? fmt::format("did you mean {}?", *near)
                   : fmt::format("it has machines of {}", fmt::join(all_names(), ", ")));
}

const Architecture& host_architecture() {
  static const Architecture& host = architecture_named(kBuiltFor);
  return host;
}

std::string name_for(const std::string& name, const Architecture& architecture) {
  return architecture == host_architecture() ? name : fmt::format("{}+{}", name, architecture.name);
}

void require_architecture(const Architecture& architecture, const Architecture& of_machine,
                          std::string_view what) {
  if (architecture == of_machine) return;
  throw Error(
      fmt::format("{} is for {}, not for machines of {}", what, architecture.name, of_machine.name),
      fmt::format("a machine of the other architecture: quiz -a {}", architecture.name));
}

}  // namespace quiz::base
