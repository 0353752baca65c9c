#include "boot/bzimage.h"

#include <bit>
#include <cstddef>

#include "boot/bytes.h"
#include "boot/layout.h"
#include "boot/refusal.h"

namespace quiz::boot {

namespace {

constexpr std::uint16_t kOldestProtocol = 0x020C;
constexpr std::uint8_t kLoadedHigh = 1;      // loadflags
constexpr std::uint16_t kKernel64 = 1;       // xloadflags
constexpr std::uint8_t kMaxSetupSects = 64;  // boot.rst: the setup must fit into 32 KiB
constexpr std::uint64_t kSyssizeUnit = 16;
constexpr std::uint64_t kMaxVersionLength = 4096;

bool has_magic(const SetupHeader& header) {
  return header.boot_flag == kBootFlag && header.header == kHeaderMagic;
}

/// The string that file(1) shows; its place is given relative to 0x200 and must be inside the setup
/// code.
std::string version_string(std::string_view setup, std::uint16_t offset) {
  if (offset == 0) return {};
  const std::uint64_t begin = std::uint64_t{offset} + 0x200;
  if (begin >= setup.size()) {
    refuse("boot.rst, kernel_version", "its version string at 0x{:x} lies outside the setup code",
           begin);
  }
  std::string_view text = setup.substr(static_cast<std::size_t>(begin), kMaxVersionLength);
  const std::size_t end = text.find('\0');
  if (end == std::string_view::npos) {
    refuse("boot.rst, kernel_version", "its version string at 0x{:x} has no end", begin);
  }
  text = text.substr(0, end);
  for (const char c : text) {
    if (c < ' ' || c > '~') {
      refuse("boot.rst, kernel_version", "its version string contains the byte 0x{:02x}",
             static_cast<unsigned char>(c));
    }
  }
  return std::string(text);
}

void check_kind(const SetupHeader& header) {
  if (header.version < kOldestProtocol) {
    refuse("boot.rst, version", "its boot protocol 0x{:x} is older than 2.12 (Linux 3.8)",
           std::uint16_t{header.version});
  }
  if ((header.loadflags & kLoadedHigh) == 0) {
    refuse("boot.rst, loadflags", "it is a zImage, not a bzImage: loadflags 0x{:x}",
           header.loadflags);
  }
  if ((header.xloadflags & kKernel64) == 0) {
    refuse("boot.rst, xloadflags", "it has no 64-bit entry point: xloadflags 0x{:x}",
           std::uint16_t{header.xloadflags});
  }
}

void check_placement(const SetupHeader& header, const BzImage& image) {
  if (!std::has_single_bit(image.kernel_alignment)) {
    refuse("boot.rst, kernel_alignment", "its kernel_alignment 0x{:x} is not a power of two",
           image.kernel_alignment);
  }
  if (header.min_alignment >= 32 ||
      image.kernel_alignment < (std::uint64_t{1} << header.min_alignment)) {
    refuse("boot.rst, min_alignment",
           "its min_alignment 2^{} is larger than kernel_alignment 0x{:x}", header.min_alignment,
           image.kernel_alignment);
  }
  if (image.init_size == 0 || image.init_size < image.payload_size) {
    refuse("boot.rst, init_size", "its init_size 0x{:x} is smaller than its payload 0x{:x}",
           image.init_size, image.payload_size);
  }
  if (image.preferred_address > UINT64_MAX - image.init_size) {
    refuse("boot.rst, pref_address", "its preferred address 0x{:x} is beyond the address space",
           image.preferred_address);
  }
  if (image.command_line_size == 0) refuse("boot.rst, cmdline_size", "it takes no command line");
}

}  // namespace

bool looks_like_bzimage(std::string_view bytes) {
  return fits(kSetupHeaderOffset, sizeof(SetupHeader), bytes.size()) &&
         has_magic(load<SetupHeader>(bytes, kSetupHeaderOffset, "the setup header"));
}

BzImage parse_bzimage(std::string_view bytes) {
  const auto header = load<SetupHeader>(bytes, kSetupHeaderOffset, "the setup header");
  if (!has_magic(header)) refuse("boot.rst, header", "it has no Linux setup header");
  check_kind(header);

  const std::uint64_t setup_sects = header.setup_sects == 0 ? 4 : header.setup_sects;
  if (setup_sects > kMaxSetupSects) {
    refuse("boot.rst, setup_sects", "its setup code of {} sectors is larger than 32 KiB",
           setup_sects);
  }
  BzImage image;
  image.protocol = header.version;
  image.protected_mode_offset = (setup_sects + 1) * kSectorSize;
  const std::string_view setup = part(bytes, 0, image.protected_mode_offset, "the setup code");
  const std::uint64_t header_end = kSetupHeaderJumpEnd + header.jump_distance;
  if (header_end < kSetupHeaderOffset + offsetof(SetupHeader, handover_offset) ||
      header_end > setup.size()) {
    refuse("boot.rst, jump", "its setup header cannot end at 0x{:x}", header_end);
  }
  image.header_end = header_end;
  image.version = version_string(setup, header.kernel_version);

  image.protected_mode_size = std::uint64_t{header.syssize} * kSyssizeUnit;
  if (image.protected_mode_size == 0) {
    refuse("boot.rst, syssize", "it contains no kernel: syssize is 0");
  }
  // The last 16 bytes need not be there in full: memtest86+ does not pad its file.
  if (bytes.size() > image.protected_mode_offset) {
    const std::uint64_t rest = bytes.size() - image.protected_mode_offset;
    if (rest < image.protected_mode_size && rest + kSyssizeUnit > image.protected_mode_size) {
      image.protected_mode_size = rest;
    }
  }
  const std::string_view code =
      part(bytes, image.protected_mode_offset, image.protected_mode_size, "the kernel's code");
  if (!fits(header.payload_offset, header.payload_length, code.size())) {
    refuse("boot.rst, payload_offset",
           "its payload (0x{:x} bytes at 0x{:x}) lies outside the kernel's code of 0x{:x} bytes",
           std::uint32_t{header.payload_length}, std::uint32_t{header.payload_offset}, code.size());
  }
  image.payload_offset = image.protected_mode_offset + header.payload_offset;
  image.payload_size = header.payload_length;

  image.relocatable = header.relocatable_kernel != 0;
  image.kernel_alignment = header.kernel_alignment;
  image.preferred_address = header.pref_address;
  image.init_size = header.init_size;
  image.command_line_size = header.cmdline_size;
  image.initrd_address_max = header.initrd_addr_max;
  check_placement(header, image);
  return image;
}

}  // namespace quiz::boot
