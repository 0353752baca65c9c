#include "boot/information.h"

#include <algorithm>
#include <cstring>

#include "boot/elf_image.h"
#include "boot/layout.h"
#include "boot/refusal.h"

namespace quiz::boot {

namespace {

template <typename Section>
void set_address(std::string& headers, std::uint64_t index, std::uint64_t address) {
  Section section;
  char* const place = headers.data() + index * sizeof section;
  std::memcpy(&section, place, sizeof section);
  section.addr = static_cast<std::remove_cvref_t<decltype(+section.addr)>>(address);
  std::memcpy(place, &section, sizeof section);
}

/// Above the kernel if there is room: an image that moved to the top of memory leaves it below.
std::uint64_t place_near(const MemoryLayout& layout, Wish wish, const std::string& name) {
  if (const auto above = layout.lowest(wish)) return *above;
  wish.from = kHighMemory;
  return layout.lowest_or_refuse(wish, name);
}

}  // namespace

BootPlan begin_multiboot(const BootRequest& request, Protocol protocol) {
  if (request.initrd) {
    throw base::Error("multiboot has no initrd", "files for the kernel go with --module");
  }
  BootPlan plan;
  plan.protocol = protocol;
  plan.platform = request.platform;
  plan.command_line = request.command_line;
  return plan;
}

std::vector<PlacedModule> place_modules(BootPlan& plan, MemoryLayout& layout,
                                        const std::vector<Module>& modules,
                                        std::uint64_t kernel_end) {
  std::vector<PlacedModule> placed;
  std::uint64_t from = std::max(kHighMemory, kernel_end);
  for (const Module& module : modules) {
    const std::string name = fmt::format("module {}", placed.size() + 1);
    Wish wish;
    wish.size = std::max<std::uint64_t>(module.bytes.size(), 1);
    wish.from = from;
    Segment segment;
    segment.name = name;
    segment.address = place_near(layout, wish, name);
    segment.borrowed = module.bytes;
    placed.push_back({segment.address, module.bytes.size(), module.text});
    plan.information.push_back(
        {name, fmt::format("{} at 0x{:x}{}{}", size_text(module.bytes.size()), segment.address,
                           module.text.empty() ? "" : ": ", module.text)});
    // An empty one has an address of its own, too.
    from = segment.address + wish.size;
    layout.add(std::move(segment));
  }
  return placed;
}

BasicMemory basic_memory(const Platform& platform) {
  BasicMemory result;
  for (const MemoryRange& range : platform.memory_map) {
    if (range.type != MemoryType::ram) continue;
    const auto kib = static_cast<std::uint32_t>(range.size / 1024);
    if (range.address == 0) result.lower_kib = std::min(kib, 640U);
    if (range.address == kHighMemory) result.upper_kib = kib;
  }
  return result;
}

std::string place_sections(MemoryLayout& layout, const ElfImage& image, std::uint64_t kernel_end) {
  std::string headers(image.section_headers);
  for (std::size_t i = 0; i < image.sections.size(); ++i) {
    const ElfSection& section = image.sections[i];
    if (section.address != 0 || section.bytes.empty()) continue;
    Wish wish;
    wish.size = section.bytes.size();
    wish.alignment = 16;
    wish.from = std::max(kHighMemory, kernel_end);
    Segment segment;
    segment.name = fmt::format("section {}", i);
    segment.address = place_near(layout, wish, segment.name);
    segment.borrowed = section.bytes;
    const std::uint64_t address = segment.address;
    layout.add(std::move(segment));
    if (image.is_64_bit) {
      set_address<SectionHeader>(headers, i, address);
    } else {
      set_address<SectionHeader32>(headers, i, address);
    }
  }
  return headers;
}

}  // namespace quiz::boot
