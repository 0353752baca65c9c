// What it takes to start a kernel, as a value: what to put where into memory, the state of the boot
// CPU at the kernel's first instruction, and what was recognised on the way. The loaders of this
// folder make it, loader.h chooses among them; handoff.h turns it into what quiz's boot ROMs
// understand, and a monitor of our own would set the registers itself. Nothing here does I/O.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "boot/platform.h"

namespace quiz::boot {

enum class Protocol { linux64, freebsd, pvh, multiboot2, multiboot1 };

/// "linux", "pvh" …: what --loader takes.
std::string_view name_of(Protocol protocol);

/// The board for kernels of this protocol where nobody names one: Linux and the kernels with a PVH
/// entry point bring what they need; others expect a PC.
Board usual_board(Protocol protocol);

/// A range of the guest's memory: some bytes, then zeros, then room that belongs to it but whose
/// content does not matter.
struct Segment {
  std::string name;
  std::uint64_t address = 0;
  std::string_view borrowed;  ///< of an image, which must outlive the plan
  std::string owned;          ///< made by the loader; one of the two is empty
  std::uint64_t zeros = 0;
  std::uint64_t room = 0;

  std::string_view bytes() const { return owned.empty() ? borrowed : std::string_view(owned); }
  std::uint64_t size() const { return bytes().size() + zeros + room; }
  std::uint64_t end() const { return address + size(); }
};

enum class CpuMode {
  protected32,  ///< 32-bit code, no paging
  long64,       ///< 64-bit code; the page tables are among the segments
};

/// The boot CPU at the kernel's first instruction. Code and data segments are flat.
struct CpuState {
  CpuMode mode = CpuMode::protected32;
  std::uint64_t entry = 0;  ///< virtual, where the page tables say so
  std::uint64_t cr0 = 0, cr3 = 0, cr4 = 0, efer = 0, rflags = 0;
  std::uint64_t gdt_address = 0, idt_address = 0;
  std::uint16_t gdt_limit = 0, idt_limit = 0;
  std::uint16_t code_selector = 0, data_selector = 0, task_selector = 0;
  std::uint64_t task_address = 0;  ///< of the task state segment, as its descriptor has it
  std::uint64_t rax = 0, rbx = 0, rcx = 0, rdx = 0, rsi = 0, rdi = 0, rbp = 0, rsp = 0;
};

/// A line for a person: "init_size", "0x3f98000 (63.6 MiB)".
struct Fact {
  std::string name;
  std::string value;
};

struct BootPlan {
  Protocol protocol = Protocol::linux64;
  Platform platform;
  std::string command_line;       ///< what the kernel gets
  std::vector<Segment> segments;  ///< by address, without overlap
  CpuState cpu;
  std::vector<Fact> recognised;   ///< what the image says of itself
  std::vector<Fact> information;  ///< what the kernel is told
  /// Where the boot ROM stores the address of ACPI's root pointer (8 bytes), where it finds one.
  std::optional<std::uint64_t> rsdp_address_slot;
  /// Where the boot ROM copies ACPI's root pointer to (20 bytes). Where it finds none it makes the
  /// multiboot2 tag before it, of which this is the content, an end tag.
  std::optional<std::uint64_t> rsdp_copy_slot;
};

/// "0x3f98000 (63.6 MiB)": the number as a size.
std::string size_text(std::uint64_t bytes);
/// "0x1000000".
std::string address_text(std::uint64_t address);

}  // namespace quiz::boot
