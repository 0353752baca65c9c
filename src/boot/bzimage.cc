#include "boot/bzimage.h"

#include <bit>
#include <cstddef>

#include "base/error.h"
#include "boot/bytes.h"
#include "boot/layout.h"

namespace quiz::boot {

namespace {

constexpr std::uint16_t kOldestProtocol = 0x020C;
constexpr std::uint8_t kLoadedHigh = 1;      // loadflags
constexpr std::uint16_t kKernel64 = 1;       // xloadflags
constexpr std::uint8_t kMaxSetupSects = 64;  // boot.rst: the setup must fit into 32 KiB
constexpr std::uint64_t kMaxVersionLength = 4096;

[[noreturn]] void refuse(std::string sentence) { throw base::Error(std::move(sentence)); }

bool has_magic(const SetupHeader& header) {
  return header.boot_flag == kBootFlag && header.header == kHeaderMagic;
}

/// The string that file(1) shows; its place is given relative to 0x200 and must be inside the setup
/// code.
std::string version_string(std::string_view setup, std::uint16_t offset) {
  if (offset == 0) return {};
  const std::uint64_t begin = std::uint64_t{offset} + 0x200;
  if (begin >= setup.size()) refuse("its version string lies outside the setup code");
  std::string_view text = setup.substr(static_cast<std::size_t>(begin), kMaxVersionLength);
  const std::size_t end = text.find('\0');
  if (end == std::string_view::npos) refuse("its version string has no end");
  text = text.substr(0, end);
  for (const char c : text) {
    if (c < ' ' || c > '~') refuse("its version string contains unprintable bytes");
  }
  return std::string(text);
}

void check_kind(const SetupHeader& header) {
  if (header.version < kOldestProtocol) {
    refuse("its boot protocol is older than 2.12 (Linux 3.8)");
  }
  if ((header.loadflags & kLoadedHigh) == 0) refuse("it is a zImage, not a bzImage");
  if ((header.xloadflags & kKernel64) == 0) refuse("it has no 64-bit entry point");
}

void check_placement(const SetupHeader& header, const BzImage& image) {
  if (!std::has_single_bit(image.kernel_alignment)) {
    refuse("its kernel_alignment is not a power of two");
  }
  if (header.min_alignment >= 32 ||
      image.kernel_alignment < (std::uint64_t{1} << header.min_alignment)) {
    refuse("its min_alignment is larger than its kernel_alignment");
  }
  if (image.init_size < image.payload_size) refuse("its init_size is smaller than its payload");
  if (image.preferred_address > UINT64_MAX - image.init_size) {
    refuse("its preferred address is beyond the address space");
  }
  if (image.command_line_size == 0) refuse("it takes no command line");
}

}  // namespace

bool looks_like_bzimage(std::string_view bytes) {
  return fits(kSetupHeaderOffset, sizeof(SetupHeader), bytes.size()) &&
         has_magic(load<SetupHeader>(bytes, kSetupHeaderOffset, "the setup header"));
}

BzImage parse_bzimage(std::string_view bytes) {
  const auto header = load<SetupHeader>(bytes, kSetupHeaderOffset, "the setup header");
  if (!has_magic(header)) refuse("it has no Linux setup header");
  check_kind(header);

  const std::uint64_t setup_sects = header.setup_sects == 0 ? 4 : header.setup_sects;
  if (setup_sects > kMaxSetupSects) refuse("its setup code is larger than 32 KiB");
  BzImage image;
  image.protocol = header.version;
  image.protected_mode_offset = (setup_sects + 1) * kSectorSize;
  const std::string_view setup = part(bytes, 0, image.protected_mode_offset, "the setup code");
  const std::uint64_t header_end = kSetupHeaderJumpEnd + header.jump_distance;
  if (header_end < kSetupHeaderOffset + offsetof(SetupHeader, handover_offset) ||
      header_end > setup.size()) {
    refuse("its setup header has an impossible length");
  }
  image.version = version_string(setup, header.kernel_version);

  image.protected_mode_size = std::uint64_t{header.syssize} * 16;
  if (image.protected_mode_size == 0) refuse("it contains no kernel");
  const std::string_view code =
      part(bytes, image.protected_mode_offset, image.protected_mode_size, "the kernel's code");
  if (header.payload_length == 0 ||
      !fits(header.payload_offset, header.payload_length, code.size())) {
    refuse("its payload lies outside the kernel's code");
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
