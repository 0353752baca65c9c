#include "boot/freebsd_kernel.h"

#include <algorithm>
#include <charconv>

#include "boot/bytes.h"
#include "boot/elf.h"
#include "boot/information.h"
#include "boot/layout_freebsd.h"
#include "boot/pvh_note.h"
#include "boot/refusal.h"

namespace quiz::boot {

namespace {

constexpr std::string_view kEntryRule = "sys/amd64/amd64/locore.S, btext";
constexpr std::string_view kLoadRule = "sys/amd64/amd64/machdep.c, amd64_loadaddr";
constexpr VirtualWindow kWindow{kFreebsdBase, kFreebsdMapped};
constexpr unsigned kOldest = 12;
/// What sys/conf/newvers.sh puts into every kernel, before its version.
constexpr std::string_view kBanner = "@(#)FreeBSD ";
constexpr std::size_t kLongestVersion = 120;

std::string machine_text(std::uint16_t machine) {
  switch (machine) {
    case kElfMachine386:
      return "i386";
    case 21:
      return "powerpc64";
    case 40:
      return "armv7";
    case 183:
      return "aarch64";
    case 243:
      return "riscv64";
    default:
      return fmt::format("the machine {}", machine);
  }
}

/// Class and machine are at the same place in all ELF files.
void check_machine(std::string_view bytes) {
  if (!looks_like_elf(bytes)) refuse(kEntryRule, "it is not an ELF file");
  const auto ident = part(bytes, 0, sizeof ElfHeader{}.ident, "the ELF header");
  const std::uint16_t machine = load<le16>(bytes, offsetof(ElfHeader, machine), "the ELF header");
  if (ident[4] == static_cast<char>(kElfClass64) && machine == kElfMachineX86_64) return;
  throw base::Error(
      fmt::format("it is an ELF{} for {}: FreeBSD's native entry is that of ELF64 for "
                  "amd64 ({})",
                  ident[4] == static_cast<char>(kElfClass64) ? 64 : 32, machine_text(machine),
                  kEntryRule),
      machine == kElfMachine386 ? "a kernel for i386 may start with --loader pvh"
                                : "take the kernel for amd64");
}

void check_entry(std::string_view bytes) {
  const std::uint64_t entry = load<ElfHeader>(bytes, 0, "the ELF header").entry;
  if (entry >= kFreebsdBase) return;
  bool pvh = false;
  try {
    pvh = pvh_entry(parse_elf_image(bytes)).has_value();
  } catch (const base::Error&) {
    // Then it is none of PVH's either.
  }
  throw base::Error(
      fmt::format("its entry point 0x{:x} is below KERNBASE, 0x{:x}: that is no kernel of FreeBSD "
                  "({})",
                  entry, kFreebsdBase, kEntryRule),
      pvh ? "it has a PVH entry point: --loader pvh" : "--loader auto says what it is");
}

std::string find_version(std::string_view bytes) {
  const std::size_t at = bytes.find(kBanner);
  if (at == bytes.npos) return {};
  std::string_view text = bytes.substr(at + kBanner.size(), kLongestVersion);
  const auto* const end = std::find_if(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < ' ' || byte >= 0x7F;
  });
  return std::string(text.begin(), end);
}

void check_version(const std::string& version) {
  unsigned number = 0;
  const char* const end = version.data() + version.size();
  const auto [rest, error] = std::from_chars(version.data(), end, number);
  if (error != std::errc{} || rest == end || *rest != '.' || number >= kOldest) return;
  throw base::Error(
      fmt::format("it is FreeBSD {}, and quiz starts kernels from FreeBSD {} on", version, kOldest),
      "--loader pvh may start a FreeBSD 11");
}

/// As a number of 64 bits for the size, then the bytes, filled up to a multiple of 8.
std::string sized(std::string_view bytes) {
  std::string result = bytes_of(le64(bytes.size()));
  result += bytes;
  result.resize((result.size() + 7) & ~std::size_t{7}, '\0');
  return result;
}

/// As stand/common/load_elf.c leaves them: the last table of symbols and its names.
std::string symbols_of(const ElfImage& image) {
  for (auto section = image.sections.rbegin(); section != image.sections.rend(); ++section) {
    if (section->type != kSectionSymbols || section->bytes.empty()) continue;
    if (section->link >= image.sections.size()) {
      refuse("gABI 4, sections", "its symbols have their names in section {} of {}", section->link,
             image.sections.size());
    }
    return sized(section->bytes) + sized(image.sections[section->link].bytes);
  }
  return {};
}

}  // namespace

bool looks_like_freebsd(std::string_view bytes) {
  if (!looks_like_elf(bytes) || bytes.size() < sizeof(ElfHeader)) return false;
  const auto header = load<ElfHeader>(bytes, 0, "the ELF header");
  if (header.ident[4] != kElfClass64 || header.machine != kElfMachineX86_64 ||
      header.entry < kFreebsdBase) {
    return false;
  }
  if (header.ident[7] == kElfAbiFreebsd) return true;
  try {
    const ElfImage image = parse_elf_image(bytes, kWindow);
    return std::any_of(image.notes.begin(), image.notes.end(), [](const ElfNote& note) {
      return note.name == "FreeBSD" && note.type == kNoteFreebsdAbi;
    });
  } catch (const base::Error&) {
    return false;
  }
}

FreebsdKernel parse_freebsd_kernel(std::string_view bytes) {
  check_machine(bytes);
  check_entry(bytes);
  FreebsdKernel kernel;
  kernel.version = find_version(bytes);
  check_version(kernel.version);
  kernel.image = parse_elf_image(bytes, kWindow);
  const ElfImage& image = kernel.image;
  if (image.begin() < kFreebsdLoad) {
    refuse(kLoadRule, "it begins at 0x{:x}, and kernels from FreeBSD {} on begin at 2 MiB or above",
           kFreebsdBase + image.begin(), kOldest);
  }
  if (!image.contains(image.entry - kFreebsdBase)) {
    refuse("gABI 4, ELF header", "its entry point 0x{:x} lies in none of its segments",
           image.entry);
  }
  kernel.symbols = symbols_of(image);
  return kernel;
}

}  // namespace quiz::boot
