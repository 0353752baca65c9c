#include "kernel/extract.h"

#include <cstring>

#include "base/error.h"
#include "base/little_endian.h"
#include "boot/bzimage.h"
#include "boot/elf.h"
#include "build/archive.h"

namespace quiz::kernel {

namespace {

constexpr std::string_view kGzipMagic("\x1f\x8b", 2);
/// No kernel is near this; a damaged size field must not make us reserve memory without end.
constexpr std::uint64_t kMaxVmlinux = std::uint64_t{1} << 30;

}  // namespace

std::string extract_vmlinux(std::string_view bzimage) {
  const boot::BzImage image = boot::parse_bzimage(bzimage);
  std::string_view payload = bzimage.substr(static_cast<std::size_t>(image.payload_offset),
                                            static_cast<std::size_t>(image.payload_size));
  if (boot::looks_like_elf(payload)) return std::string(payload);

  // The last four bytes are the uncompressed size: gzip's own trailer, or appended by the kernel's
  // build (scripts/Makefile.lib, size_append), where a decompressor would take them for a second
  // stream.
  base::le32 size_field;
  if (payload.size() <= sizeof size_field) throw base::Error("its payload is too short");
  std::memcpy(&size_field, payload.data() + payload.size() - sizeof size_field, sizeof size_field);
  const std::uint32_t size = size_field;
  if (size > kMaxVmlinux) throw base::Error("its payload claims an impossible size");
  if (!payload.starts_with(kGzipMagic)) payload.remove_suffix(sizeof size_field);

  std::string vmlinux = build::decompress(payload, "its payload", size);
  if (vmlinux.size() != size) throw base::Error("its payload ends before the kernel is complete");
  if (!boot::looks_like_elf(vmlinux)) throw base::Error("its payload contains no ELF kernel");
  return vmlinux;
}

}  // namespace quiz::kernel
