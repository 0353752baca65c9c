#include "boot/multiboot2_information.h"

#include "boot/layout.h"
#include "boot/layout_multiboot.h"
#include "boot/refusal.h"

namespace quiz::boot {

namespace {

/// Tags one after the other, each padded to a multiple of 8 bytes.
class Tags {
 public:
  /// Returns where the content is, from the beginning of the information.
  std::uint64_t add(InformationType type, const std::string& content) {
    const std::uint64_t at = bytes_.size();
    InformationTag tag{};
    tag.type = static_cast<std::uint32_t>(type);
    tag.size = static_cast<std::uint32_t>(sizeof tag + content.size());
    bytes_ += bytes_of(tag) + content;
    bytes_.resize((bytes_.size() + kMultiboot2Alignment - 1) & ~(kMultiboot2Alignment - 1), '\0');
    return at + sizeof tag;
  }

  std::string finish() {
    add(InformationType::end, {});
    InformationHeader header{};
    header.total_size = static_cast<std::uint32_t>(bytes_.size());
    const std::string start = bytes_of(header);
    return bytes_.replace(0, start.size(), start);
  }

 private:
  std::string bytes_ = std::string(sizeof(InformationHeader), '\0');
};

std::string number(std::uint64_t value) {
  return bytes_of(base::le32(static_cast<std::uint32_t>(value)));
}

std::string memory_map(const Platform& platform) {
  MemoryMapTag head{};
  head.entry_size = static_cast<std::uint32_t>(sizeof(MemoryMapEntry));
  return bytes_of(head) + memory_entries<MemoryMapEntry>(platform);
}

std::string text_screen() {
  FramebufferInformation screen{};
  screen.address = kTextScreenAddress;
  screen.pitch = kTextPitch;
  screen.width = kTextColumns;
  screen.height = kTextRows;
  screen.bits_per_pixel = kTextBits;
  screen.type = kEgaText;
  return bytes_of(screen);
}

std::string elf_sections(const Multiboot2Facts& facts) {
  ElfSectionsTag head{};
  head.count = facts.sections->section_count;
  head.entry_size = facts.sections->section_entry_size;
  head.names = facts.sections->section_names;
  return bytes_of(head) + facts.section_headers;
}

}  // namespace

std::uint64_t add_multiboot2_information(BootPlan& plan, MemoryLayout& layout,
                                         const Multiboot2Facts& facts) {
  Tags tags;
  auto& told = plan.information;
  tags.add(InformationType::command_line, plan.command_line + '\0');
  tags.add(InformationType::loader_name, std::string(kLoaderName, sizeof kLoaderName));
  for (const PlacedModule& module : facts.modules) {
    tags.add(InformationType::module,
             number(module.address) + number(module.address + module.size) + module.text + '\0');
  }
  const BasicMemory memory = basic_memory(plan.platform);
  tags.add(InformationType::basic_memory, number(memory.lower_kib) + number(memory.upper_kib));
  told.push_back(
      {"basic memory", fmt::format("{} KiB and {} KiB", memory.lower_kib, memory.upper_kib)});
  tags.add(InformationType::memory_map, memory_map(plan.platform));
  told.push_back({"memory map", fmt::format("{} entries", plan.platform.memory_map.size())});
  if (plan.platform.has_text_screen()) {
    tags.add(InformationType::framebuffer, text_screen());
    told.push_back({"framebuffer", "EGA text, 80x25 at 0xb8000"});
  }
  if (facts.sections) {
    tags.add(InformationType::elf_sections, elf_sections(facts));
    told.push_back({"ELF sections", std::to_string(facts.sections->section_count)});
  }
  if (facts.load_base) {
    tags.add(InformationType::load_base, number(*facts.load_base));
    told.push_back({"load base", address_text(*facts.load_base)});
  }
  std::optional<std::uint64_t> root_pointer;
  if (plan.platform.has_acpi()) {
    root_pointer = tags.add(InformationType::acpi_old, std::string(kAcpiRootPointerSize, '\0'));
    told.push_back({"ACPI", "a copy of the root pointer that the boot ROM finds"});
  }

  Segment segment;
  segment.name = "boot information";
  segment.owned = tags.finish();
  Wish wish;
  wish.size = segment.owned.size();
  wish.from = kBootInformationAddress;
  segment.address = layout.lowest_or_refuse(wish, "the boot information");
  const std::uint64_t address = segment.address;
  layout.add(std::move(segment));
  if (root_pointer) plan.rsdp_copy_slot = address + *root_pointer;
  told.insert(told.begin(), {"boot information", address_text(address)});
  return address;
}

}  // namespace quiz::boot
