// What FreeBSD's kernel is given, record by record, and which images and words are refused.
#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <map>

#include "base/error.h"
#include "boot/freebsd_environment.h"
#include "boot/freebsd_kernel.h"
#include "boot/layout_freebsd.h"
#include "boot/loader.h"
#include "images.h"

namespace quiz::boot {
namespace {

using namespace test;

constexpr std::uint64_t kMiB = 1 << 20;

BootRequest request_for(std::string_view image, std::uint64_t memory = 64 * kMiB,
                        Board board = Board::microvm) {
  BootRequest request;
  request.kernel = image;
  request.platform = make_platform(board, memory, 1);
  return request;
}

/// What is said, and what helps.
std::string refusal(const BootRequest& request) {
  try {
    make_plan(Protocol::freebsd, request);
  } catch (const base::Error& error) {
    return error.message() + " | " + error.hint();
  }
  return "accepted";
}

void expect_refusal(const BootRequest& request, const std::string& part) {
  const std::string message = refusal(request);
  EXPECT_NE(message.find(part), std::string::npos) << message << " lacks: " << part;
}

const Segment& segment(const BootPlan& plan, const std::string& name) {
  for (const Segment& each : plan.segments) {
    if (each.name == name) return each;
  }
  throw base::Error("there is no segment " + name);
}

template <typename Layout>
Layout at(std::string_view bytes, std::size_t offset) {
  Layout layout;
  std::memcpy(&layout, bytes.data() + offset, sizeof layout);
  return layout;
}

/// The content of the records of each file, by type; the kernel's are the first.
std::vector<std::map<std::uint32_t, std::string>> files_in(std::string_view bytes) {
  std::vector<std::map<std::uint32_t, std::string>> files;
  for (std::size_t offset = 0;;) {
    const auto record = at<FreebsdRecord>(bytes, offset);
    if (record.type == 0) break;
    if (record.type == 1) files.emplace_back();
    offset += sizeof record;
    files.back()[record.type] = std::string(bytes.substr(offset, record.size));
    offset += (record.size + 7U) & ~7U;
  }
  return files;
}

std::uint64_t number(const std::string& bytes) {
  EXPECT_EQ(bytes.size(), 8U);
  return at<le64>(bytes, 0);
}

TEST(FreebsdPlan, HasAllThatTheKernelReads) {
  const std::string image = make_freebsd_kernel();
  BootRequest request = request_for(image);
  request.command_line = "-v a=b";
  const std::string disk(5000, 'd');
  request.modules = {{disk, "md_image", "root.iso"}, {"u", "cpu_microcode", "ucode.bin"}};
  const BootPlan plan = make_plan(Protocol::freebsd, request);
  EXPECT_EQ(plan.cpu.entry, kFreebsdBase + kFreebsdLoad + 0x40);
  EXPECT_EQ(plan.cpu.mode, CpuMode::long64);

  const Segment& stack = segment(plan, "stack words");
  EXPECT_EQ(plan.cpu.rsp, stack.address);
  const auto words = at<FreebsdStack>(stack.bytes(), 0);
  const Segment& metadata = segment(plan, "metadata");
  EXPECT_EQ(words.metadata, metadata.address);
  EXPECT_EQ(words.end, segment(plan, "the kernel's first memory").address);

  auto files = files_in(metadata.bytes());
  ASSERT_EQ(files.size(), 3U);
  EXPECT_EQ(files[0][1], std::string("kernel\0", 7));
  EXPECT_EQ(files[0][2], std::string("elf kernel\0", 11));
  EXPECT_EQ(number(files[0][3]), kFreebsdLoad);
  EXPECT_EQ(at<le32>(files[0][0x8007], 0), 0x1800U);
  const Segment& environment = segment(plan, "environment");
  EXPECT_EQ(number(files[0][0x8006]), environment.address);
  EXPECT_EQ(number(files[0][0x8008]), words.end);
  EXPECT_EQ(number(files[0][0x9006]), metadata.address);
  EXPECT_EQ(files[0][0x9001].size(), plan.platform.memory_map.size() * sizeof(E820Entry));
  EXPECT_NE(environment.bytes().find(std::string("\0a=b\0\0", 6)), std::string::npos);

  const Segment& symbols = segment(plan, "symbols");
  EXPECT_EQ(number(files[0][0x8003]), symbols.address);
  EXPECT_EQ(number(files[0][0x8004]), symbols.end());
  EXPECT_EQ(number(files[0][4]), symbols.end() - kFreebsdLoad);
  EXPECT_EQ(number(std::string(symbols.bytes().substr(0, 8))), 48U);
  EXPECT_EQ(number(std::string(symbols.bytes().substr(56, 8))), 7U);

  EXPECT_EQ(files[1][1], std::string("root.iso\0", 9));
  EXPECT_EQ(files[1][2], std::string("md_image\0", 9));
  EXPECT_EQ(number(files[1][3]), segment(plan, "module 1").address);
  EXPECT_EQ(number(files[1][4]), disk.size());
  EXPECT_EQ(number(files[2][4]), 1U);
}

TEST(FreebsdPlan, LiesBehindTheKernelAPageEach) {
  const std::string image = make_freebsd_kernel();
  BootRequest request = request_for(image);
  request.modules = {{"d", "md_image", "d"}};
  const BootPlan plan = make_plan(Protocol::freebsd, request);
  std::uint64_t end = kFreebsdLoad + kFreebsdMemory;
  for (const char* name : {"symbols", "module 1", "metadata", "environment"}) {
    const Segment& each = segment(plan, name);
    EXPECT_GE(each.address, end) << name;
    EXPECT_EQ(each.address % (std::string(name) == "symbols" ? 8 : kPageSize), 0U) << name;
    end = each.end();
  }
}

TEST(FreebsdPlan, GoesByVirtualAddresses) {
  std::string image = make_freebsd_kernel();
  auto load = at<ProgramHeader>(image, sizeof(ElfHeader));
  load.paddr = std::uint64_t{0x12345678};
  put(image, sizeof(ElfHeader), load);
  const BootPlan plan = make_plan(Protocol::freebsd, request_for(image));
  EXPECT_EQ(segment(plan, "kernel").address, kFreebsdLoad);
}

TEST(FreebsdPlan, OfAKernelWithoutSymbolsHasNone) {
  std::string image = make_freebsd_kernel();
  auto header = at<ElfHeader>(image, 0);
  header.shnum = std::uint16_t{0};
  put(image, 0, header);
  const BootPlan plan = make_plan(Protocol::freebsd, request_for(image));
  EXPECT_THROW(segment(plan, "symbols"), base::Error);
  EXPECT_EQ(files_in(segment(plan, "metadata").bytes())[0].count(0x8003), 0U);
}

TEST(FreebsdKernel, IsKnownByItsOwnMarks) {
  const std::string image = make_freebsd_kernel();
  EXPECT_EQ(recognise(image), Protocol::freebsd);
  EXPECT_EQ(usual_board(Protocol::freebsd), Board::q35);
  EXPECT_EQ(parse_freebsd_kernel(image).version, "15.1-RELEASE test GENERIC");

  // Without the mark in its header it is one only where somebody insists.
  std::string unmarked = image;
  unmarked[7] = 0;
  EXPECT_THROW(recognise(unmarked), base::Error);
  EXPECT_EQ(refusal(request_for(unmarked)), "accepted");

  // The note is a mark, too.
  std::string noted = unmarked;
  auto header = at<ElfHeader>(noted, 0);
  header.phnum = std::uint16_t{3};
  const std::string note = make_note("FreeBSD", kNoteFreebsdAbi, little_endian_bytes(1501000));
  ProgramHeader notes{};
  notes.type = kSegmentNote;
  notes.offset = noted.size();
  notes.filesz = note.size();
  notes.align = std::uint64_t{4};
  noted += note;
  put(noted, 0, header);
  put(noted, sizeof header + 2 * sizeof notes, notes);
  EXPECT_EQ(recognise(noted), Protocol::freebsd);

  // A program of FreeBSD's is no kernel.
  std::string program = image;
  header = at<ElfHeader>(program, 0);
  header.entry = std::uint64_t{0x200040};
  put(program, 0, header);
  EXPECT_FALSE(looks_like_freebsd(program));
  EXPECT_FALSE(looks_like_freebsd(image.substr(0, 40)));
  EXPECT_FALSE(looks_like_freebsd("FreeBSD"));
}

std::string with_header(const std::function<void(ElfHeader&)>& change) {
  std::string image = make_freebsd_kernel();
  auto header = at<ElfHeader>(image, 0);
  change(header);
  put(image, 0, header);
  return image;
}

std::string with_segment(const std::function<void(ProgramHeader&)>& change) {
  std::string image = make_freebsd_kernel();
  auto load = at<ProgramHeader>(image, sizeof(ElfHeader));
  change(load);
  put(image, sizeof(ElfHeader), load);
  return image;
}

TEST(FreebsdKernel, OfAnotherMachineIsRefused) {
  const std::string arm = with_header([](ElfHeader& h) { h.machine = std::uint16_t{183}; });
  expect_refusal(request_for(arm), "it is an ELF64 for aarch64");
  const std::string i386 = with_header([](ElfHeader& h) {
    h.ident[4] = 1;
    h.machine = kElfMachine386;
  });
  expect_refusal(request_for(i386), "it is an ELF32 for i386");
  expect_refusal(request_for(i386), "--loader pvh");
  expect_refusal(request_for("a text that is longer than a header"), "not an ELF file");
}

TEST(FreebsdKernel, BeforeFreebsd12IsRefused) {
  for (const char* version : {"11.4-RELEASE-p13", "9.3-RELEASE"}) {
    const std::string image = make_freebsd_kernel(version);
    expect_refusal(request_for(image), std::string("it is FreeBSD ") + version);
  }
  for (const char* version : {"12.0-RELEASE", "16.0-CURRENT", "unknown", ""}) {
    const std::string image = make_freebsd_kernel(version);
    EXPECT_EQ(refusal(request_for(image)), "accepted") << version;
  }
  const std::string old = with_segment([](ProgramHeader& p) { p.vaddr = kFreebsdBase + kMiB; });
  expect_refusal(request_for(old), "it begins at 0xffffffff80100000");
}

TEST(FreebsdKernel, ThatIsForAnotherLoaderIsRefused) {
  const std::string linux_kernel = make_vmlinux("Linux version 6.1.0 (me@here) #1\n");
  expect_refusal(request_for(linux_kernel), "its entry point 0x1000000 is below KERNBASE");
  expect_refusal(request_for(linux_kernel), "it has a PVH entry point: --loader pvh");
  const std::string other = make_vmlinux("x", false);
  expect_refusal(request_for(other), "--loader auto says what it is");
}

TEST(FreebsdKernel, WithImpossibleAddressesIsRefused) {
  const std::string low = with_segment([](ProgramHeader& p) { p.vaddr = 0x200000U; });
  expect_refusal(request_for(low), "is not in the 0x40000000 (1024.0 MiB) from 0xffffffff80000000");
  const std::string wraps = with_segment([](ProgramHeader& p) { p.memsz = UINT64_MAX; });
  expect_refusal(request_for(wraps), "is not in the 0x40000000");
  const std::string high =
      with_segment([](ProgramHeader& p) { p.vaddr = kFreebsdBase + kFreebsdMapped - 0x80; });
  expect_refusal(request_for(high), "is not in the 0x40000000");
  const std::string nowhere = with_header([](ElfHeader& h) { h.entry = kFreebsdBase + 0x900000; });
  expect_refusal(request_for(nowhere), "lies in none of its segments");
  const std::string names = [] {
    std::string image = make_freebsd_kernel();
    const auto header = at<ElfHeader>(image, 0);
    auto section = at<SectionHeader>(image, header.shoff + sizeof(SectionHeader));
    section.link = 99U;
    put(image, header.shoff + sizeof section, section);
    return image;
  }();
  expect_refusal(request_for(names), "names in section 99 of 3");
}

TEST(FreebsdKernel, IsCutOffAnywhere) {
  const std::string image = make_freebsd_kernel();
  for (std::size_t length = 0; length < image.size(); length += 7) {
    const std::string part = image.substr(0, length);
    EXPECT_NE(refusal(request_for(part)), "accepted") << length;
  }
}

TEST(FreebsdModule, ThatTheKernelWouldNotTakeIsRefused) {
  const std::string image = make_freebsd_kernel();
  BootRequest request = request_for(image);
  request.modules = {{"x", "", "root.iso"}};
  expect_refusal(request, "module 1 has no type");
  request.modules = {{"x", "md_image", "a"}, {"", "md_image", "b"}};
  expect_refusal(request, "module 2 is empty");
  for (const char* type : {"elf module", "elf obj module", "elf kernel"}) {
    request.modules = {{"x", type, "zfs.ko"}};
    expect_refusal(request, "kldload");
  }
}

TEST(FreebsdModule, ThatIsTooLargeIsRefused) {
  const std::string image = make_freebsd_kernel();
  const std::string large(60 * kMiB, 'm');
  BootRequest request = request_for(image);
  request.modules = {{large, "md_image", "large"}};
  expect_refusal(request, "no room for the kernel's first memory (0x800000");
  request.modules = {{large, "md_image", "large"}, {large, "md_image", "large"}};
  expect_refusal(request, "no room for module 2 (0x3c00000 (60.0 MiB))");
  expect_refusal(request, "give the machine more memory with -m");
  // More memory does not help beyond the first GiB.
  request = request_for(image, 4096 * kMiB);
  for (int i = 0; i < 18; ++i) request.modules.push_back({large, "md_image", "large"});
  expect_refusal(request, "no room for module 18");
  expect_refusal(request, "1 GiB, which is as far as");
}

TEST(FreebsdModule, InitrdsAndOthersEnvironmentsAreRefused) {
  const std::string image = make_freebsd_kernel();
  BootRequest request = request_for(image);
  request.initrd = "i";
  expect_refusal(request, "FreeBSD has no initrd");
  const std::string vmlinux = make_vmlinux("Linux version 6.1.0 (me@here) #1\n");
  request = request_for(vmlinux);
  request.environment = {"a=b"};
  EXPECT_THROW(make_plan(Protocol::pvh, request), base::Error);
}

using Strings = std::vector<std::string>;

TEST(FreebsdBoot, TakesFlagsAndVariables) {
  const FreebsdBoot boot = read_freebsd_boot(" -s  -vD one two=3 console=vidconsole", {"two=4 5"});
  EXPECT_EQ(boot.how, 0x20001802U);
  EXPECT_EQ(boot.variables,
            (Strings{"console=vidconsole", "boot_serial=YES", "hint.uart.0.at=isa",
                     "hint.uart.0.port=0x3F8", "hint.uart.0.flags=0x10", "hint.uart.0.irq=4",
                     "kern.panic_reboot_wait_time=0", "one=1", "two=4 5"}));
  EXPECT_TRUE(boot.environment().starts_with(std::string_view("console=vidconsole\0boot", 23)));
  EXPECT_TRUE(boot.environment().ends_with(std::string_view("two=4 5\0\0", 9)));
}

std::string refused(const std::string& line, const Strings& environment) {
  try {
    read_freebsd_boot(line, environment);
  } catch (const base::Error& error) {
    return error.message();
  }
  return "accepted";
}

TEST(FreebsdBoot, RefusesWhatTheKernelWouldDrop) {
  EXPECT_EQ(refused("-x", {}), "FreeBSD has no flag 'x' (-x)");
  EXPECT_EQ(refused("=3", {}), "'=3' is no NAME=VALUE of an environment");
  for (const char* bad : {"name", "", "=", "a b=c", "a=b\nc=d", "a\x7f=b"}) {
    EXPECT_NE(refused("", {bad}).find("is no NAME=VALUE"), std::string::npos) << bad;
  }
  EXPECT_EQ(refused("", {"a="}), "accepted");
  EXPECT_EQ(refused("", {"a=" + std::string(255, 'v')}), "accepted");
  EXPECT_NE(refused("", {"a=" + std::string(256, 'v')}).find("has 258 bytes"), std::string::npos);
  Strings many;
  for (int i = 0; i < 505; ++i) many.push_back("v" + std::to_string(i) + "=1");
  EXPECT_EQ(refused("", many), "accepted");
  many.push_back("w=1");
  EXPECT_NE(refused("", many).find("more than 512 variables"), std::string::npos);
}

}  // namespace
}  // namespace quiz::boot
