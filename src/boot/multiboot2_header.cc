#include "boot/multiboot2_header.h"

#include <algorithm>
#include <bit>

#include "boot/bytes.h"
#include "boot/information.h"
#include "boot/refusal.h"

namespace quiz::boot {

namespace {

constexpr std::string_view kLayoutRule = "Multiboot2 3.1.1, header layout";
constexpr std::string_view kMagicRule = "Multiboot2 3.1.2, magic fields";
constexpr std::string_view kTagRule = "Multiboot2 3.1.3, general tag structure";
constexpr std::string_view kRequestRule = "Multiboot2 3.1.4, information request";
constexpr std::string_view kRelocatableRule = "Multiboot2 3.1.14, relocatable header tag";
constexpr std::uint16_t kOptional = 1;
constexpr auto kLastInformation = static_cast<std::uint32_t>(InformationType::load_base);

struct Tag {
  HeaderTagType type;
  bool optional;
  std::string_view bytes;  ///< with its own header
};

template <typename Layout>
Layout content(const Tag& tag) {
  if (tag.bytes.size() != sizeof(Layout)) {
    refuse(kTagRule, "the header tag of type {} has {} bytes instead of {}",
           static_cast<unsigned>(tag.type), tag.bytes.size(), sizeof(Layout));
  }
  return load<Layout>(tag.bytes, 0, "a header tag");
}

void take_requests(Multiboot2Image& image, const Tag& tag) {
  const std::string_view list = tag.bytes.substr(sizeof(HeaderTag));
  if (list.size() % sizeof(base::le32) != 0) {
    refuse(kRequestRule, "its list of {} bytes is not made of 32-bit numbers", list.size());
  }
  for (std::uint64_t at = 0; at < list.size(); at += sizeof(base::le32)) {
    const std::uint32_t type = load<base::le32>(list, at, "a request");
    const bool known = type != 0 && type <= kLastInformation;
    // What is known may still be absent (3.1.4); what is not known must not be ignored.
    if (!known && !tag.optional) {
      refuse(kRequestRule, "it needs information of type {}, which is unknown", type);
    }
    if (known) image.requests.push_back(type);
  }
}

RelocatableTag checked_relocatable(const Tag& tag) {
  const auto content_of = content<RelocatableTag>(tag);
  const std::uint32_t alignment = content_of.alignment;
  if (!std::has_single_bit(alignment)) {
    refuse(kRelocatableRule, "its alignment 0x{:x} is not a power of two", alignment);
  }
  if (content_of.minimum > content_of.maximum) {
    refuse(kRelocatableRule, "its lowest address 0x{:x} is above the highest 0x{:x}",
           std::uint32_t{content_of.minimum}, std::uint32_t{content_of.maximum});
  }
  if (content_of.preference > 2) {
    refuse(kRelocatableRule, "its preference {} is none of 0, 1 and 2",
           std::uint32_t{content_of.preference});
  }
  return content_of;
}

void take_tag(Multiboot2Image& image, const Tag& tag) {
  switch (tag.type) {
    case HeaderTagType::end:
      return;
    case HeaderTagType::information_request:
      return take_requests(image, tag);
    case HeaderTagType::address:
      image.addresses = content<AddressTag>(tag);
      return;
    case HeaderTagType::entry:
      image.entry = std::uint32_t{content<EntryTag>(tag).entry};
      return;
    case HeaderTagType::console: {
      const std::uint32_t flags = content<ConsoleTag>(tag).flags;
      image.console_required = (flags & 1) != 0;
      image.text_supported = (flags & 2) != 0;
      return;
    }
    case HeaderTagType::framebuffer:
      image.framebuffer = content<FramebufferTag>(tag);
      return;
    case HeaderTagType::module_alignment:
      content<HeaderTag>(tag);
      image.modules_aligned = true;
      return;
    case HeaderTagType::efi_boot_services:  // these matter only where the loader is an EFI program
      content<HeaderTag>(tag);
      return;
    case HeaderTagType::efi_i386_entry:
    case HeaderTagType::efi_amd64_entry:
      content<EntryTag>(tag);
      return;
    case HeaderTagType::relocatable:
      image.relocatable = checked_relocatable(tag);
      return;
  }
  if (!tag.optional) {
    refuse(kTagRule, "it has a header tag of the unknown type {} that is not optional",
           static_cast<unsigned>(tag.type));
  }
}

Tag tag_at(std::string_view header, std::uint64_t offset) {
  if (!fits(offset, sizeof(HeaderTag), header.size())) {
    refuse(kLayoutRule, "its tags reach the header's end 0x{:x} without an end tag", header.size());
  }
  const auto tag = load<HeaderTag>(header, offset, "a header tag");
  if (tag.size < sizeof tag || !fits(offset, tag.size, header.size())) {
    refuse(kTagRule, "the header tag of type {} at 0x{:x} has the size {}, the header has 0x{:x}",
           std::uint16_t{tag.type}, offset, std::uint32_t{tag.size}, header.size());
  }
  return {static_cast<HeaderTagType>(std::uint16_t{tag.type}), (tag.flags & kOptional) != 0,
          header.substr(static_cast<std::size_t>(offset), tag.size)};
}

void take_tags(Multiboot2Image& image, std::string_view header) {
  std::uint64_t offset = sizeof(Multiboot2Header);
  for (;;) {
    const Tag tag = tag_at(header, offset);
    if (tag.type == HeaderTagType::end) {
      if (tag.bytes.size() != sizeof(HeaderTag)) {
        refuse(kTagRule, "its end tag has {} bytes instead of 8", tag.bytes.size());
      }
      return;
    }
    take_tag(image, tag);
    offset += (tag.bytes.size() + kMultiboot2Alignment - 1) & ~(kMultiboot2Alignment - 1);
  }
}

}  // namespace

std::optional<std::uint64_t> find_multiboot2_header(std::string_view bytes) {
  return find_header<Multiboot2Header>(bytes, kMultiboot2Header, kMultiboot2Alignment,
                                       kMultiboot2Search);
}

Multiboot2Image parse_multiboot2_header(std::string_view bytes) {
  const auto found = find_multiboot2_header(bytes);
  if (!found) {
    refuse(kMagicRule,
           "it has no multiboot2 header (0xe85250d6 with a right checksum, 8-aligned, in the first "
           "32 KiB)");
  }
  Multiboot2Image image;
  image.header_offset = *found;
  const auto header = load<Multiboot2Header>(bytes, *found, "the multiboot2 header");
  if (header.architecture != 0) {
    refuse(kMagicRule, "its architecture is {}, not i386 (0)", std::uint32_t{header.architecture});
  }
  const std::uint64_t room = std::min<std::uint64_t>(bytes.size(), kMultiboot2Search);
  if (header.length < sizeof header || !fits(*found, header.length, room)) {
    refuse(kLayoutRule, "its header of {} bytes at 0x{:x} does not lie in the first 0x{:x} bytes",
           std::uint32_t{header.length}, *found, room);
  }
  take_tags(image, bytes.substr(static_cast<std::size_t>(*found), header.length));
  return image;
}

}  // namespace quiz::boot
