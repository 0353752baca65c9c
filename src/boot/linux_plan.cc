// Linux by its 64-bit boot protocol (Documentation/arch/x86/boot.rst, zero-page.rst).
#include <algorithm>
#include <cstring>

#include "boot/bytes.h"
#include "boot/bzimage.h"
#include "boot/cpu_state.h"
#include "boot/elf.h"
#include "boot/elf_image.h"
#include "boot/layout.h"
#include "boot/loader.h"
#include "boot/memory_layout.h"
#include "boot/mp_table.h"
#include "boot/refusal.h"

namespace quiz::boot {

namespace {

/// What of a kernel in either form decides about the rest.
struct LinuxKernel {
  std::uint64_t entry = 0;
  std::uint64_t command_line_size = 0;
  std::uint64_t initrd_address_max = 0;
  BootParams params{};
};

/// `__startup_64` maps the kernel by 2 MiB pages and hangs where it does not begin at one.
constexpr std::uint64_t kVmlinuxAlignment = 0x200000;
/// Linux's own COMMAND_LINE_SIZE, less the NUL, and the initrd limit of every 64-bit kernel since
/// 2.6.23; a vmlinux does not tell.
constexpr std::uint64_t kVmlinuxCommandLine = 2047;
constexpr std::uint64_t kVmlinuxInitrdMax = 0x7FFFFFFF;
constexpr std::uint16_t kOldestProtocol = 0x020C;

void add_bzimage_facts(BootPlan& plan, const BzImage& image) {
  auto& facts = plan.recognised;
  facts.push_back({"format", "bzImage, 64-bit entry point"});
  if (!image.version.empty()) facts.push_back({"version", image.version});
  facts.push_back(
      {"boot protocol", fmt::format("{}.{:02}", image.protocol >> 8, image.protocol & 0xFF)});
  facts.push_back({"setup code", size_text(image.protected_mode_offset)});
  facts.push_back({"protected-mode code", size_text(image.protected_mode_size)});
  facts.push_back({"relocatable", image.relocatable ? "yes" : "no"});
  facts.push_back({"kernel_alignment", address_text(image.kernel_alignment)});
  facts.push_back({"pref_address", address_text(image.preferred_address)});
  facts.push_back({"init_size", size_text(image.init_size)});
  facts.push_back({"cmdline_size", std::to_string(image.command_line_size)});
  facts.push_back({"initrd_addr_max", address_text(image.initrd_address_max)});
}

/// A relocatable kernel that is loaded below its preferred address moves itself there, so that is
/// where it is put; another one is loaded at 1 MiB and moves itself. Either way the memory from
/// there to pref_address + init_size is the kernel's.
LinuxKernel load_bzimage(BootPlan& plan, MemoryLayout& layout, std::string_view bytes) {
  const BzImage image = parse_bzimage(bytes);
  add_bzimage_facts(plan, image);
  const std::uint64_t alignment = image.kernel_alignment;
  if (image.preferred_address > kFourGiB) {
    refuse("boot.rst, pref_address", "pref_address 0x{:x} is above 4 GiB", image.preferred_address);
  }
  const std::uint64_t runtime = image.relocatable
                                    ? (image.preferred_address + alignment - 1) & ~(alignment - 1)
                                    : image.preferred_address;
  Segment kernel;
  kernel.name = "kernel";
  kernel.address = image.relocatable ? runtime : kHighMemory;
  kernel.borrowed = part(bytes, image.protected_mode_offset, image.protected_mode_size,
                         "the protected-mode code");
  if (runtime < kernel.address) {
    refuse("boot.rst, pref_address", "pref_address 0x{:x} is below 1 MiB", runtime);
  }
  const std::uint64_t needed = runtime + image.init_size - kernel.address;
  kernel.room = needed - std::min<std::uint64_t>(needed, kernel.borrowed.size());
  LinuxKernel result;
  result.entry = kernel.address + kEntry64Offset;
  if (kernel.borrowed.size() <= kEntry64Offset) {
    refuse("boot.rst, 64-bit boot protocol",
           "its code of {} bytes ends before the 64-bit entry point at 0x200",
           kernel.borrowed.size());
  }
  layout.add(std::move(kernel));
  result.command_line_size = image.command_line_size;
  result.initrd_address_max = image.initrd_address_max;
  // The page is zero but for the header (zero-page.rst; bootparam_utils.h on what else is lost).
  bytes
      .substr(kSetupHeaderOffset,
              std::min(image.header_end, kSetupHeaderMaxEnd) - kSetupHeaderOffset)
      .copy(reinterpret_cast<char*>(&result.params) + kSetupHeaderOffset, sizeof result.params);
  return result;
}

/// A vmlinux has no setup header: what the kernel reads of it is made up.
LinuxKernel load_vmlinux(BootPlan& plan, MemoryLayout& layout, std::string_view bytes) {
  const ElfImage image = parse_elf_image(bytes);
  if (!image.is_64_bit || image.machine != kElfMachineX86_64) {
    refuse("boot.rst, 64-bit boot protocol", "it is an {}, not ELF64 for x86-64", image.kind());
  }
  if (image.begin() % kVmlinuxAlignment != 0) {
    refuse("arch/x86/kernel/head64.c, __startup_64",
           "it begins at 0x{:x}, which is not a multiple of 2 MiB", image.begin());
  }
  plan.recognised.push_back({"format", "vmlinux, " + image.kind()});
  if (const auto banner = find_linux_banner(bytes)) {
    plan.recognised.push_back({"version", banner->text});
  }
  plan.recognised.push_back(
      {"loaded to", fmt::format("0x{:x}-0x{:x}", image.begin(), image.end() - 1)});
  // Linux's entry is physical already.
  if (!image.contains(image.entry)) {
    refuse("gABI 4, ELF header", "its entry point 0x{:x} lies in none of its segments",
           image.entry);
  }
  add_segments(layout, image);
  LinuxKernel result;
  result.entry = image.entry;
  result.command_line_size = kVmlinuxCommandLine;
  result.initrd_address_max = kVmlinuxInitrdMax;
  SetupHeader& header = result.params.header;
  header.boot_flag = kBootFlag;
  header.header = kHeaderMagic;
  header.version = kOldestProtocol;
  header.loadflags = 1;
  header.kernel_alignment = static_cast<std::uint32_t>(kVmlinuxAlignment);
  header.cmdline_size = static_cast<std::uint32_t>(kVmlinuxCommandLine);
  return result;
}

void add_command_line(BootPlan& plan, MemoryLayout& layout, LinuxKernel& kernel) {
  const std::string& text = plan.command_line;
  const std::uint64_t limit = std::min(kernel.command_line_size, kCommandLineRoom - 1);
  if (text.size() > limit) {
    refuse("boot.rst, cmdline_size", "the command line has {} bytes, the kernel takes {}",
           text.size(), limit);
  }
  Segment segment;
  segment.name = "command line";
  segment.address = kCommandLineAddress;
  segment.owned = text + '\0';
  layout.add(std::move(segment));
  kernel.params.header.cmd_line_ptr = static_cast<std::uint32_t>(kCommandLineAddress);
  plan.information.push_back(
      {"command line", fmt::format("{} bytes at 0x{:x}", text.size(), kCommandLineAddress)});
}

void add_initrd(BootPlan& plan, MemoryLayout& layout, LinuxKernel& kernel,
                std::string_view initrd) {
  Wish wish;
  wish.size = initrd.size();
  wish.below = std::min(kFourGiB, kernel.initrd_address_max + 1);
  const auto address = layout.highest(wish);
  if (!address) {
    throw base::Error(
        fmt::format("there is no room for the initrd ({}) above the kernel and not above "
                    "0x{:x} (boot.rst, initrd_addr_max)",
                    size_text(initrd.size()), wish.below - 1),
        "give the machine more memory with -m");
  }
  Segment segment;
  segment.name = "initrd";
  segment.address = *address;
  segment.borrowed = initrd;
  layout.add(std::move(segment));
  kernel.params.header.ramdisk_image = static_cast<std::uint32_t>(*address);
  kernel.params.header.ramdisk_size = static_cast<std::uint32_t>(initrd.size());
  plan.information.push_back(
      {"initrd", fmt::format("{} at 0x{:x}", size_text(initrd.size()), *address)});
}

void fill_memory_map(BootPlan& plan, BootParams& params) {
  const auto& map = plan.platform.memory_map;
  if (map.size() > kE820Entries) {
    refuse("zero-page.rst, e820_table", "{} memory ranges do not fit into {} entries", map.size(),
           kE820Entries);
  }
  params.e820_entries = static_cast<std::uint8_t>(map.size());
  for (std::size_t i = 0; i < map.size(); ++i) {
    params.e820_table[i] = {map[i].address, map[i].size, static_cast<std::uint32_t>(map[i].type)};
  }
  plan.information.push_back({"e820", fmt::format("{} entries", map.size())});
}

void add_boot_params(BootPlan& plan, MemoryLayout& layout, LinuxKernel& kernel) {
  fill_memory_map(plan, kernel.params);
  if (kernel.params.header.setup_data != 0) {
    refuse("boot.rst, setup_data", "its setup_data is 0x{:x} instead of 0",
           std::uint64_t{kernel.params.header.setup_data});
  }
  kernel.params.header.type_of_loader = kLoaderUndefined;
  kernel.params.header.vid_mode = kVideoNormal;
  Segment segment;
  segment.name = "boot_params";
  segment.address = kBootParamsAddress;
  segment.owned.assign(reinterpret_cast<const char*>(&kernel.params), sizeof kernel.params);
  layout.add(std::move(segment));
  if (plan.platform.has_acpi()) {
    plan.rsdp_address_slot = kBootParamsAddress + offsetof(BootParams, acpi_rsdp_addr);
    plan.information.push_back({"ACPI", "the root pointer that the boot ROM finds"});
  }
  plan.information.push_back({"type_of_loader", "0xff"});
}

}  // namespace

BootPlan plan_linux(const BootRequest& request) {
  if (!request.modules.empty()) {
    throw base::Error("Linux's boot protocol has no modules", "an initrd goes with --initrd");
  }
  BootPlan plan;
  plan.protocol = Protocol::linux64;
  plan.platform = request.platform;
  plan.command_line = request.command_line;
  MemoryLayout layout(plan.platform);
  LinuxKernel kernel = looks_like_elf(request.kernel) ? load_vmlinux(plan, layout, request.kernel)
                                                      : load_bzimage(plan, layout, request.kernel);
  plan.cpu = long_mode(layout, kernel.entry);
  plan.cpu.rsi = kBootParamsAddress;
  add_mp_table(layout, plan.platform);
  add_command_line(plan, layout, kernel);
  if (request.initrd && !request.initrd->empty()) {
    add_initrd(plan, layout, kernel, *request.initrd);
  }
  add_boot_params(plan, layout, kernel);
  plan.segments = layout.take();
  return plan;
}

}  // namespace quiz::boot
