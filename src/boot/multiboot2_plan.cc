// Multiboot2 by its i386 entry (https://www.gnu.org/software/grub/manual/multiboot2).
#include <algorithm>

#include "boot/cpu_state.h"
#include "boot/elf_image.h"
#include "boot/flat_image.h"
#include "boot/information.h"
#include "boot/layout.h"
#include "boot/layout_multiboot.h"
#include "boot/loader.h"
#include "boot/memory_layout.h"
#include "boot/mp_table.h"
#include "boot/multiboot2_header.h"
#include "boot/multiboot2_information.h"
#include "boot/refusal.h"

namespace quiz::boot {

namespace {

constexpr std::string_view kAddressRule = "Multiboot2 3.1.5, address header tag";
constexpr std::string_view kEntryRule = "Multiboot2 3.1.6, entry address header tag";
constexpr std::string_view kConsoleRule = "Multiboot2 3.1.8, flags header tag";
constexpr std::string_view kRelocatableRule = "Multiboot2 3.1.14, relocatable header tag";

/// The image in whichever form, as it is linked.
struct Kernel {
  std::optional<ElfImage> elf;
  std::optional<FlatImage> flat;
  std::uint64_t entry = 0;

  std::uint64_t begin() const { return elf ? elf->begin() : flat->address; }
  std::uint64_t end() const { return elf ? elf->end() : flat->end(); }
  bool contains(std::uint64_t address) const {
    return elf ? elf->contains(address) : address >= flat->address && address < flat->end();
  }
};

Kernel take_kernel(BootPlan& plan, const Multiboot2Image& image, std::string_view bytes) {
  Kernel kernel;
  if (image.addresses) {
    if (!image.entry) {
      refuse(kAddressRule, "it has an address tag, but no entry address tag (type 3)");
    }
    const AddressTag& tag = *image.addresses;
    kernel.flat = take_flat_image(
        bytes, image.header_offset,
        {tag.header_address, tag.load_address, tag.load_end_address, tag.bss_end_address},
        kAddressRule);
    plan.recognised.push_back({"format", "flat image by its address tag"});
  } else {
    kernel.elf = parse_elf_image(bytes);
    plan.recognised.push_back({"format", kernel.elf->kind()});
  }
  if (image.entry) {
    kernel.entry = *image.entry;
  } else if (const auto entry = kernel.elf->physical_entry()) {
    kernel.entry = *entry;
  } else {
    refuse(kEntryRule, "the entry point 0x{:x} lies in none of its segments", kernel.elf->entry);
  }
  if (!kernel.contains(kernel.entry)) {
    refuse(kEntryRule, "the entry point 0x{:x} is outside of what is loaded, 0x{:x}-0x{:x}",
           kernel.entry, kernel.begin(), kernel.end() - 1);
  }
  return kernel;
}

/// By how much the image moves, modulo 2^64. Without a preference it stays where it was linked to,
/// if that is allowed and free.
std::uint64_t relocation(const MemoryLayout& layout, const Kernel& kernel,
                         const RelocatableTag& tag) {
  Wish wish;
  wish.size = kernel.end() - kernel.begin();
  wish.alignment = tag.alignment;
  wish.from = tag.minimum;
  wish.below = std::uint64_t{tag.maximum} + 1;
  if (tag.preference == 0) {
    Wish same = wish;
    same.from = std::max(wish.from, kernel.begin());
    if (layout.lowest(same) == kernel.begin()) return 0;
  }
  // Low memory only where nothing else is allowed: the tables of the hand-over are there.
  Wish high = wish;
  high.from = std::max(wish.from, kHighMemory);
  const auto place = tag.preference == 2 ? layout.highest(high) : layout.lowest(high);
  if (const auto any = place ? place : layout.lowest(wish)) return *any - kernel.begin();
  throw base::Error(
      fmt::format("there is no place for its {} at a multiple of 0x{:x} from 0x{:x} to 0x{:x} ({})",
                  size_text(wish.size), wish.alignment, wish.from, wish.below - 1,
                  kRelocatableRule),
      "give the machine more memory with -m");
}

void check_console(const Multiboot2Image& image, const Platform& platform) {
  if (!image.console_required || platform.has_text_screen()) return;
  throw base::Error(fmt::format("it requires a console, and {} has no screen ({})",
                                name_of(platform.board), kConsoleRule),
                    "boot it on q35, which has one");
}

void add_facts(BootPlan& plan, const Multiboot2Image& image, const Kernel& kernel) {
  auto& facts = plan.recognised;
  facts.push_back({"header", fmt::format("at 0x{:x} of the file", image.header_offset)});
  facts.push_back({"linked to", fmt::format("0x{:x}-0x{:x}, entry point 0x{:x}", kernel.begin(),
                                            kernel.end() - 1, kernel.entry)});
  if (const auto& tag = image.relocatable) {
    constexpr const char* kPreferences[] = {"no preference", "lowest", "highest"};
    facts.push_back(
        {"relocatable", fmt::format("0x{:x}-0x{:x}, alignment 0x{:x}, {}",
                                    std::uint32_t{tag->minimum}, std::uint32_t{tag->maximum},
                                    std::uint32_t{tag->alignment}, kPreferences[tag->preference])});
  }
  if (image.console_required || image.text_supported) {
    facts.push_back({"console", fmt::format("{}, EGA text {}",
                                            image.console_required ? "required" : "not required",
                                            image.text_supported ? "supported" : "unknown")});
  }
  if (const auto& tag = image.framebuffer) {
    facts.push_back(
        {"framebuffer", fmt::format("{}x{}, {} bits preferred (0: any)", std::uint32_t{tag->width},
                                    std::uint32_t{tag->height}, std::uint32_t{tag->depth})});
  }
  if (image.modules_aligned) facts.push_back({"modules", "at page boundaries"});
  if (!image.requests.empty()) {
    facts.push_back(
        {"requests", fmt::format("information of types {}", fmt::join(image.requests, ", "))});
  }
}

}  // namespace

BootPlan plan_multiboot2(const BootRequest& request) {
  BootPlan plan = begin_multiboot(request, Protocol::multiboot2);
  const Multiboot2Image image = parse_multiboot2_header(request.kernel);
  check_console(image, plan.platform);
  const Kernel kernel = take_kernel(plan, image, request.kernel);
  add_facts(plan, image, kernel);

  MemoryLayout layout(plan.platform);
  CpuState cpu = protected_mode(layout, kernel.entry);
  add_mp_table(layout, plan.platform);
  const std::uint64_t delta =
      image.relocatable ? relocation(layout, kernel, *image.relocatable) : 0;
  if (kernel.elf) add_segments(layout, *kernel.elf, delta);
  if (kernel.flat) add_flat_image(layout, *kernel.flat, delta);
  cpu.entry = kernel.entry + delta;
  cpu.rax = kMultiboot2Magic;

  Multiboot2Facts facts;
  const std::uint64_t end = kernel.end() + delta;
  facts.modules = place_modules(plan, layout, request.modules, end);
  if (kernel.elf && kernel.elf->section_count != 0) {
    facts.sections = kernel.elf;
    facts.section_headers = place_sections(layout, *kernel.elf, end);
  }
  if (image.relocatable) facts.load_base = kernel.begin() + delta;
  cpu.rbx = add_multiboot2_information(plan, layout, facts);
  plan.cpu = cpu;
  plan.segments = layout.take();
  return plan;
}

}  // namespace quiz::boot
