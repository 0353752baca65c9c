// PVH, the direct boot of Xen that Linux, FreeBSD, NetBSD and Xen itself have an entry point for
// (xen/docs/misc/pvh.pandoc; the note is XEN_ELFNOTE_PHYS32_ENTRY of
// xen/include/public/elfnote.h).
#include <algorithm>

#include "boot/bytes.h"
#include "boot/cpu_state.h"
#include "boot/elf.h"
#include "boot/elf_image.h"
#include "boot/information.h"
#include "boot/layout.h"
#include "boot/layout_pvh.h"
#include "boot/loader.h"
#include "boot/memory_layout.h"
#include "boot/mp_table.h"
#include "boot/pvh_note.h"
#include "boot/refusal.h"

namespace quiz::boot {

namespace {

constexpr std::string_view kNoteRule = "xen elfnote.h, XEN_ELFNOTE_PHYS32_ENTRY";
constexpr std::string_view kBootRule = "xen pvh.pandoc, boot";

/// The entry point, which must be where something is loaded.
std::uint64_t entry_of(const ElfImage& image) {
  const auto entry = pvh_entry(image);
  if (!entry) refuse(kNoteRule, "it has no PVH entry point (ELF note \"Xen\" of type 18)");
  if (!image.contains(*entry)) {
    refuse(kNoteRule, "its PVH entry point 0x{:x} lies in none of its segments", *entry);
  }
  if (*entry > UINT32_MAX) {
    refuse(kNoteRule, "its PVH entry point 0x{:x} is above 4 GiB", *entry);
  }
  return *entry;
}

/// The start info, what it points to behind it, and the texts behind that: all of it low, since
/// FreeBSD takes what lies above the last of it as free memory.
class StartInfoBlock {
 public:
  StartInfoBlock(BootPlan& plan, const std::vector<PlacedModule>& modules)
      : plan_(plan), modules_(modules) {}

  Segment make() {
    const auto& map = plan_.platform.memory_map;
    const std::uint64_t modules_at = kBootInformationAddress + sizeof(StartInfo);
    const std::uint64_t map_at = modules_at + modules_.size() * sizeof(StartInfoModule);
    texts_at_ = map_at + map.size() * sizeof(StartInfoMemory);

    StartInfo info{};
    info.magic = kStartInfoMagic;
    info.version = kStartInfoVersion;
    info.command_line = add_text(plan_.command_line);
    info.module_count = static_cast<std::uint32_t>(modules_.size());
    // FreeBSD halts when there is a list of no modules.
    info.module_list = modules_.empty() ? 0 : modules_at;
    info.memory_map = map_at;
    info.memory_map_entries = static_cast<std::uint32_t>(map.size());
    std::string bytes = bytes_of(info);
    for (const PlacedModule& module : modules_) {
      StartInfoModule entry{};
      entry.address = module.address;
      entry.size = module.size;
      entry.command_line = module.text.empty() ? 0 : add_text(module.text);
      bytes += bytes_of(entry);
    }
    for (const MemoryRange& range : map) {
      StartInfoMemory entry{};
      entry.address = range.address;
      entry.size = range.size;
      entry.type = static_cast<std::uint32_t>(range.type);
      bytes += bytes_of(entry);
    }
    Segment segment;
    segment.name = "start info";
    segment.address = kBootInformationAddress;
    segment.owned = bytes + texts_;
    if (segment.end() > kBootInformationEnd) {
      refuse(kBootRule, "the start info of {} does not fit below 0x{:x}", size_text(segment.size()),
             kBootInformationEnd);
    }
    return segment;
  }

 private:
  std::uint64_t add_text(const std::string& text) {
    const std::uint64_t address = texts_at_ + texts_.size();
    texts_ += text + '\0';
    return address;
  }

  BootPlan& plan_;
  const std::vector<PlacedModule>& modules_;
  std::uint64_t texts_at_ = 0;
  std::string texts_;
};

}  // namespace

std::optional<std::uint64_t> pvh_entry(const ElfImage& image) {
  for (const ElfNote& note : image.notes) {
    if (note.name != "Xen" || note.type != kNotePvhEntry) continue;
    // elfnote.h: "4 or 8 bytes", by the class of the file or not.
    if (note.data.size() == 4) return std::uint32_t{load<le32>(note.data, 0, "the PVH note")};
    if (note.data.size() == 8) return std::uint64_t{load<le64>(note.data, 0, "the PVH note")};
    refuse(kNoteRule, "its PVH note has {} bytes instead of 4 or 8", note.data.size());
  }
  return std::nullopt;
}

BootPlan plan_pvh(const BootRequest& request) {
  BootPlan plan;
  plan.protocol = Protocol::pvh;
  plan.platform = request.platform;
  plan.command_line = request.command_line;
  const ElfImage image = parse_elf_image(request.kernel);
  const std::uint64_t entry = entry_of(image);
  plan.recognised.push_back({"format", image.kind() + " with a PVH entry point"});
  if (const auto banner = find_linux_banner(request.kernel)) {
    plan.recognised.push_back({"version", banner->text});
  }
  plan.recognised.push_back({"PVH entry point", address_text(entry)});

  MemoryLayout layout(plan.platform);
  add_segments(layout, image);
  plan.cpu = protected_mode(layout, entry);
  plan.cpu.rbx = kBootInformationAddress;
  add_mp_table(layout, plan.platform);
  // Linux takes the first module as its initrd.
  std::vector<Module> wanted = request.modules;
  if (request.initrd) wanted.insert(wanted.begin(), {*request.initrd, {}});
  const std::vector<PlacedModule> modules = place_modules(plan, layout, wanted, image.end());
  layout.add(StartInfoBlock(plan, modules).make());
  plan.information.insert(
      plan.information.begin(),
      {{"start info", address_text(kBootInformationAddress)},
       {"memory map", fmt::format("{} entries", plan.platform.memory_map.size())}});
  if (plan.platform.has_acpi()) {
    plan.rsdp_address_slot = kBootInformationAddress + offsetof(StartInfo, rsdp);
    plan.information.push_back({"ACPI", "the root pointer that the boot ROM finds"});
  }
  plan.segments = layout.take();
  return plan;
}

}  // namespace quiz::boot
