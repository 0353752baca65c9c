// Multiboot, the first version (https://www.gnu.org/software/grub/manual/multiboot): what
// kvm-unit-tests, GNU Mach and many teaching kernels have.
#include <algorithm>
#include <optional>

#include "boot/bytes.h"
#include "boot/cpu_state.h"
#include "boot/elf_image.h"
#include "boot/flat_image.h"
#include "boot/information.h"
#include "boot/layout.h"
#include "boot/layout_multiboot.h"
#include "boot/loader.h"
#include "boot/memory_layout.h"
#include "boot/mp_table.h"
#include "boot/multiboot1_header.h"
#include "boot/refusal.h"

namespace quiz::boot {

namespace {

constexpr std::string_view kMagicRule = "Multiboot 3.1.2, magic fields";
constexpr std::string_view kAddressRule = "Multiboot 3.1.3, address fields";
constexpr std::string_view kVideoRule = "Multiboot 3.1.4, graphics fields";
constexpr std::uint32_t kUnderstood = kAlignModules | kWantMemory | kWantVideo;

struct Kernel {
  std::uint64_t entry = 0;
  std::uint64_t end = 0;
  std::optional<ElfImage> elf;
};

Kernel load_flat(BootPlan& plan, MemoryLayout& layout, std::string_view bytes,
                 std::uint64_t header_offset) {
  const std::uint64_t at = header_offset + sizeof(Multiboot1Header);
  if (!fits(at, sizeof(Multiboot1Addresses), bytes.size())) {
    refuse(kAddressRule, "flag 16 is set, but its address fields at 0x{:x} are cut off", at);
  }
  const auto fields = load<Multiboot1Addresses>(bytes, at, "the address fields");
  const FlatImage image = take_flat_image(
      bytes, header_offset,
      {fields.header_address, fields.load_address, fields.load_end_address, fields.bss_end_address},
      kAddressRule);
  Kernel kernel;
  kernel.entry = fields.entry;
  kernel.end = image.end();
  if (kernel.entry < image.address || kernel.entry >= kernel.end) {
    refuse(kAddressRule, "entry_addr 0x{:x} is outside of what is loaded, 0x{:x}-0x{:x}",
           kernel.entry, image.address, kernel.end - 1);
  }
  plan.recognised.push_back({"format", "flat image by its address fields"});
  plan.recognised.push_back(
      {"loaded to", fmt::format("0x{:x}-0x{:x}", image.address, kernel.end - 1)});
  add_flat_image(layout, image);
  return kernel;
}

Kernel load_elf(BootPlan& plan, MemoryLayout& layout, std::string_view bytes) {
  Kernel kernel;
  kernel.elf = parse_elf_image(bytes);
  const auto entry = kernel.elf->physical_entry();
  if (!entry) {
    refuse("gABI 4, ELF header", "the entry point 0x{:x} lies in none of its segments",
           kernel.elf->entry);
  }
  kernel.entry = *entry;
  kernel.end = kernel.elf->end();
  plan.recognised.push_back({"format", kernel.elf->kind()});
  plan.recognised.push_back(
      {"loaded to", fmt::format("0x{:x}-0x{:x}", kernel.elf->begin(), kernel.end - 1)});
  add_segments(layout, *kernel.elf);
  return kernel;
}

/// The information and behind it all that it points to.
class InformationBlock {
 public:
  explicit InformationBlock(std::uint64_t address) : address_(address) {}

  /// Returns its address.
  std::uint32_t append(const std::string& bytes) {
    const std::uint64_t at = address_ + sizeof(Multiboot1Information) + rest_.size();
    rest_ += bytes;
    rest_.resize((rest_.size() + 7) & ~std::size_t{7}, '\0');
    return static_cast<std::uint32_t>(at);
  }
  std::uint32_t append_text(const std::string& text) { return append(text + '\0'); }

  Multiboot1Information info{};
  std::string finish() const { return bytes_of(info) + rest_; }

 private:
  std::uint64_t address_;
  std::string rest_;
};

void add_modules(InformationBlock& block, const std::vector<PlacedModule>& modules) {
  std::string list;
  for (const PlacedModule& module : modules) {
    Multiboot1Module entry{};
    entry.begin = static_cast<std::uint32_t>(module.address);
    entry.end = static_cast<std::uint32_t>(module.address + module.size);
    entry.text = block.append_text(module.text);
    list += bytes_of(entry);
  }
  block.info.module_count = static_cast<std::uint32_t>(modules.size());
  block.info.module_list = block.append(list);
}

void add_memory(InformationBlock& block, const Platform& platform) {
  const BasicMemory memory = basic_memory(platform);
  block.info.memory_lower = memory.lower_kib;
  block.info.memory_upper = memory.upper_kib;
  std::string map;
  for (const MemoryRange& range : platform.memory_map) {
    Multiboot1Memory entry{};
    entry.size = static_cast<std::uint32_t>(sizeof entry - sizeof entry.size);
    entry.address = range.address;
    entry.length = range.size;
    entry.type = static_cast<std::uint32_t>(range.type);
    map += bytes_of(entry);
  }
  block.info.memory_map_length = static_cast<std::uint32_t>(map.size());
  block.info.memory_map = block.append(map);
}

void add_text_screen(InformationBlock& block) {
  block.info.framebuffer_address = kTextScreenAddress;
  block.info.framebuffer_pitch = kTextPitch;
  block.info.framebuffer_width = kTextColumns;
  block.info.framebuffer_height = kTextRows;
  block.info.framebuffer_bits_per_pixel = kTextBits;
  block.info.framebuffer_type = kEgaText;
}

std::string make_information(BootPlan& plan, std::uint64_t address, const ElfImage* elf,
                             const std::string& section_headers,
                             const std::vector<PlacedModule>& modules) {
  InformationBlock block(address);
  std::uint32_t flags =
      kHaveMemory | kHaveCommandLine | kHaveModules | kHaveMemoryMap | kHaveLoaderName;
  block.info.command_line = block.append_text(plan.command_line);
  block.info.loader_name = block.append_text(kLoaderName);
  add_memory(block, plan.platform);
  add_modules(block, modules);
  if (elf != nullptr && elf->section_count != 0) {
    flags |= kHaveSections;
    block.info.section_count = elf->section_count;
    block.info.section_size = elf->section_entry_size;
    block.info.section_names = elf->section_names;
    block.info.section_table = block.append(section_headers);
  }
  if (plan.platform.has_text_screen()) {
    flags |= kHaveFramebuffer;
    add_text_screen(block);
  }
  block.info.flags = flags;
  return block.finish();
}

void add_information(BootPlan& plan, MemoryLayout& layout, const BootRequest& request,
                     const Kernel& kernel) {
  const std::vector<PlacedModule> modules =
      place_modules(plan, layout, request.modules, kernel.end);
  std::string headers;
  if (kernel.elf) headers = place_sections(layout, *kernel.elf, kernel.end);
  const ElfImage* const elf = kernel.elf ? &*kernel.elf : nullptr;

  Segment segment;
  segment.name = "boot information";
  Wish wish;
  wish.size = make_information(plan, 0, elf, headers, modules).size();
  wish.from = kBootInformationAddress;
  segment.address = layout.lowest_or_refuse(wish, "the boot information");
  segment.owned = make_information(plan, segment.address, elf, headers, modules);
  plan.cpu.rbx = segment.address;
  const BasicMemory memory = basic_memory(plan.platform);
  auto& told = plan.information;
  told.insert(told.begin(), {"boot information", address_text(segment.address)});
  told.push_back(
      {"basic memory", fmt::format("{} KiB and {} KiB", memory.lower_kib, memory.upper_kib)});
  told.push_back({"memory map", fmt::format("{} entries", plan.platform.memory_map.size())});
  if (plan.platform.has_text_screen()) {
    told.push_back({"framebuffer", "EGA text, 80x25 at 0xb8000"});
  }
  if (elf != nullptr && elf->section_count != 0) {
    told.push_back({"ELF sections", std::to_string(elf->section_count)});
  }
  layout.add(std::move(segment));
}

void check_flags(std::uint32_t flags, const Platform& platform) {
  if ((flags & kRequirements & ~kUnderstood) != 0) {
    refuse(kMagicRule, "its flags 0x{:x} require what is not in the specification: bits 0x{:x}",
           flags, flags & kRequirements & ~kUnderstood);
  }
  if ((flags & kWantVideo) != 0 && !platform.has_text_screen()) {
    throw base::Error(fmt::format("it requires a video mode, and {} has no screen ({})",
                                  name_of(platform.board), kVideoRule),
                      "boot it on q35, which has one");
  }
}

}  // namespace

std::optional<std::uint64_t> find_multiboot1_header(std::string_view bytes) {
  return find_header<Multiboot1Header>(bytes, kMultiboot1Header, kMultiboot1Alignment,
                                       kMultiboot1Search);
}

BootPlan plan_multiboot1(const BootRequest& request) {
  BootPlan plan = begin_multiboot(request, Protocol::multiboot1);
  const auto offset = find_multiboot1_header(request.kernel);
  if (!offset) {
    refuse(kMagicRule,
           "it has no multiboot header (0x1badb002 with a right checksum, 4-aligned, in the first "
           "8 KiB)");
  }
  const std::uint32_t flags =
      load<Multiboot1Header>(request.kernel, *offset, "the multiboot header").flags;
  check_flags(flags, plan.platform);

  MemoryLayout layout(plan.platform);
  const Kernel kernel = (flags & kHaveAddresses) != 0
                            ? load_flat(plan, layout, request.kernel, *offset)
                            : load_elf(plan, layout, request.kernel);
  plan.recognised.push_back(
      {"header", fmt::format("at 0x{:x} of the file, flags 0x{:x}", *offset, flags)});
  plan.cpu = protected_mode(layout, kernel.entry);
  plan.cpu.rax = kMultiboot1Magic;
  add_mp_table(layout, plan.platform);
  add_information(plan, layout, request, kernel);
  plan.segments = layout.take();
  return plan;
}

}  // namespace quiz::boot
