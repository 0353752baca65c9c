// FreeBSD's amd64 kernel by its own entry point, as FreeBSD's BIOS loader enters it: behind the
// kernel lie symbols, files, metadata and the environment, in this order, since the kernel takes
// all memory up to the end of them as its own and all else as free.
#include <algorithm>

#include "boot/cpu_state.h"
#include "boot/freebsd_environment.h"
#include "boot/freebsd_kernel.h"
#include "boot/information.h"
#include "boot/layout_freebsd.h"
#include "boot/loader.h"
#include "boot/memory_layout.h"
#include "boot/mp_table.h"
#include "boot/refusal.h"

namespace quiz::boot {

namespace {

using Type = FreebsdRecordType;

constexpr std::string_view kFilesRule = "stand/common/modinfo.c";

/// What the kernel itself has to link, section by section, when it is asked to.
constexpr auto kNotForFiles = std::to_array<std::string_view>(
    {"elf module", "elf64 module", "elf obj module", "elf64 obj module", "elf kernel",
     "elf64 kernel", "elf multiboot kernel"});

std::uint64_t page_end(std::uint64_t address) {
  return (address + kPageSize - 1) & ~(kPageSize - 1);
}

/// The memory behind the kernel, from its end upwards.
class Behind {
 public:
  Behind(MemoryLayout& layout, std::uint64_t end) : layout_(layout), end_(end) {}

  /// Returns the segment's address.
  std::uint64_t add(Segment segment, std::uint64_t alignment = kPageSize) {
    Wish wish;
    wish.size = segment.size();
    wish.alignment = alignment;
    wish.from = end_;
    wish.below = kFreebsdMapped;
    const auto place = layout_.lowest(wish);
    if (!place) refuse_room(segment);
    segment.address = *place;
    end_ = segment.end();
    layout_.add(std::move(segment));
    return *place;
  }
  std::uint64_t end() const { return end_; }

 private:
  [[noreturn]] void refuse_room(const Segment& segment) const {
    Wish anywhere;
    anywhere.size = segment.size();
    anywhere.from = end_;
    const bool elsewhere = layout_.lowest(anywhere).has_value();
    throw base::Error(
        fmt::format("there is no room for {} ({}) between 0x{:x} and {}", segment.name,
                    size_text(segment.size()), end_,
                    elsewhere ? "1 GiB, which is as far as FreeBSD's first page tables reach"
                              : "the end of memory"),
        elsewhere ? "give it a smaller file; a large root file system belongs on a disk"
                  : "give the machine more memory with -m");
  }

  MemoryLayout& layout_;
  std::uint64_t end_;
};

/// Records one after the other.
class Records {
 public:
  void add(Type type, const std::string& content) {
    FreebsdRecord record{};
    record.type = static_cast<std::uint32_t>(type);
    record.size = static_cast<std::uint32_t>(content.size());
    bytes_ += bytes_of(record) + content;
    bytes_.resize((bytes_.size() + kFreebsdRecordAlignment - 1) & ~(kFreebsdRecordAlignment - 1),
                  '\0');
  }
  void add_text(Type type, const std::string& text) { add(type, text + '\0'); }
  void add_number(Type type, std::uint64_t number) { add(type, bytes_of(le64(number))); }
  void add_file(const std::string& name, const std::string& type, std::uint64_t address,
                std::uint64_t size) {
    add_text(Type::name, name);
    add_text(Type::type, type);
    add_number(Type::address, address);
    add_number(Type::size, size);
  }
  std::string finish() {
    add(Type::end, {});
    return bytes_;
  }

 private:
  std::string bytes_;
};

struct PlacedFile {
  std::string name;
  std::string type;
  std::uint64_t address = 0;
  std::uint64_t size = 0;
};

/// All that the metadata says.
struct Metadata {
  std::uint64_t kernel_address = 0;
  std::uint64_t kernel_size = 0;
  std::uint64_t symbols_address = 0;
  std::uint64_t symbols_size = 0;
  std::uint32_t how = 0;
  std::uint64_t environment = 0;
  std::uint64_t end = 0;
  std::uint64_t address = 0;  ///< its own
  std::vector<PlacedFile> files;
};

std::string encode(const Metadata& metadata, const Platform& platform) {
  Records records;
  records.add_file("kernel", "elf kernel", metadata.kernel_address, metadata.kernel_size);
  if (metadata.symbols_size != 0) {
    records.add_number(Type::symbols_begin, metadata.symbols_address);
    records.add_number(Type::symbols_end, metadata.symbols_address + metadata.symbols_size);
  }
  records.add(Type::how_to_boot, bytes_of(le32(metadata.how)));
  records.add_number(Type::environment, metadata.environment);
  records.add_number(Type::kernel_end, metadata.end);
  records.add_number(Type::metadata, metadata.address);
  records.add(Type::memory_map, memory_entries<E820Entry>(platform));
  for (const PlacedFile& file : metadata.files) {
    records.add_file(file.name, file.type, file.address, file.size);
  }
  return records.finish();
}

void check_file(const Module& module, std::size_t number) {
  if (module.text.empty()) {
    throw base::Error(fmt::format("module {} has no type ({})", number, kFilesRule),
                      "--module FILE:md_image makes it the memory disk /dev/md0");
  }
  if (std::find(kNotForFiles.begin(), kNotForFiles.end(), module.text) != kNotForFiles.end()) {
    throw base::Error(
        fmt::format("module {}: an '{}' is not to be had by this loader ({})", number, module.text,
                    kFilesRule),
        "put it into a memory disk (--module FILE:md_image) and load it there with kldload");
  }
  if (module.bytes.empty()) {
    refuse(kFilesRule, "module {} is empty: FreeBSD takes no notice of it", number);
  }
}

std::vector<PlacedFile> place_files(BootPlan& plan, Behind& behind,
                                    const std::vector<Module>& modules) {
  std::vector<PlacedFile> files;
  for (const Module& module : modules) {
    check_file(module, files.size() + 1);
    PlacedFile file{module.name, module.text, 0, module.bytes.size()};
    Segment segment;
    segment.name = fmt::format("module {}", files.size() + 1);
    segment.borrowed = module.bytes;
    const std::string what = segment.name;
    file.address = behind.add(std::move(segment));
    plan.information.push_back({what, fmt::format("{} at 0x{:x}: {} '{}'", size_text(file.size),
                                                  file.address, file.type, file.name)});
    files.push_back(std::move(file));
  }
  return files;
}

Segment made(std::string name, std::string bytes) {
  Segment segment;
  segment.name = std::move(name);
  segment.owned = std::move(bytes);
  return segment;
}

void add_facts(BootPlan& plan, const FreebsdKernel& kernel) {
  const ElfImage& image = kernel.image;
  auto& facts = plan.recognised;
  facts.push_back({"format", image.kind() + ", FreeBSD's native entry point"});
  facts.push_back({"version", kernel.version.empty() ? "it does not say" : kernel.version});
  facts.push_back(
      {"linked to", fmt::format("0x{:x}-0x{:x}, entry point 0x{:x}", kFreebsdBase + image.begin(),
                                kFreebsdBase + image.end() - 1, image.entry)});
  facts.push_back({"symbols", size_text(kernel.symbols.size())});
}

/// Everything that lies behind the kernel; returns what the words on the stack say.
FreebsdStack add_behind(BootPlan& plan, MemoryLayout& layout, const FreebsdKernel& kernel,
                        const BootRequest& request) {
  const FreebsdBoot boot = read_freebsd_boot(request.command_line, request.environment);
  Metadata metadata;
  metadata.how = boot.how;
  metadata.kernel_address = kernel.image.begin();
  Behind behind(layout, kernel.image.end());
  if (!kernel.symbols.empty()) {
    metadata.symbols_size = kernel.symbols.size();
    metadata.symbols_address = behind.add(made("symbols", kernel.symbols), kFreebsdRecordAlignment);
  }
  metadata.kernel_size = behind.end() - metadata.kernel_address;
  metadata.files = place_files(plan, behind, request.modules);

  // Its size is the same whatever the numbers in it are.
  Segment records = made("metadata", encode(metadata, plan.platform));
  const std::uint64_t records_size = records.size();
  Segment text = made("environment", boot.environment());
  metadata.address = page_end(behind.end());
  metadata.environment = page_end(metadata.address + records_size);
  metadata.end = page_end(metadata.environment + text.size());
  records.owned = encode(metadata, plan.platform);
  behind.add(std::move(records));
  plan.information.push_back(
      {"environment", fmt::format("{} bytes at 0x{:x}: {}", text.size(), metadata.environment,
                                  fmt::join(boot.variables, " "))});
  behind.add(std::move(text));
  Segment own;
  own.name = "the kernel's first memory";
  own.room = kFreebsdFirstMemory;
  behind.add(std::move(own));

  FreebsdStack stack{};
  stack.metadata = static_cast<std::uint32_t>(metadata.address);
  stack.end = static_cast<std::uint32_t>(metadata.end);
  plan.information.insert(
      plan.information.begin(),
      {{"metadata (modulep)", address_text(metadata.address)},
       {"end (kernend)", address_text(metadata.end)},
       {"how to boot", fmt::format("0x{:x}", metadata.how)},
       {"memory map", fmt::format("{} entries", plan.platform.memory_map.size())}});
  return stack;
}

}  // namespace

BootPlan plan_freebsd(const BootRequest& request) {
  if (request.initrd) {
    throw base::Error("FreeBSD has no initrd", "a memory disk goes with --module FILE:md_image");
  }
  BootPlan plan;
  plan.protocol = Protocol::freebsd;
  plan.platform = request.platform;
  plan.command_line = request.command_line;
  const FreebsdKernel kernel = parse_freebsd_kernel(request.kernel);
  add_facts(plan, kernel);

  MemoryLayout layout(plan.platform);
  add_segments(layout, kernel.image);
  plan.cpu = freebsd_mode(layout, kernel.image.entry);
  add_mp_table(layout, plan.platform);
  Segment stack = made("stack words", bytes_of(add_behind(plan, layout, kernel, request)));
  stack.address = kFreebsdStackAddress;
  layout.add(std::move(stack));
  plan.cpu.rsp = kFreebsdStackAddress;
  plan.segments = layout.take();
  return plan;
}

}  // namespace quiz::boot
