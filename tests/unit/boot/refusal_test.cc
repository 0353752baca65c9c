// What the loaders must refuse, each with the rule that is broken and the values.
#include <gtest/gtest.h>

#include <functional>

#include "base/error.h"
#include "boot/flat_image.h"
#include "boot/handoff.h"
#include "boot/layout_multiboot.h"
#include "boot/layout_pvh.h"
#include "boot/loader.h"
#include "boot/memory_layout.h"
#include "images.h"

namespace quiz::boot {
namespace {

using namespace test;

constexpr std::uint64_t kMiB = 1 << 20;

BootRequest request_for(std::string_view image, std::uint64_t memory = 512 * kMiB,
                        Board board = Board::microvm) {
  BootRequest request;
  request.kernel = image;
  request.platform = make_platform(board, memory, 1);
  return request;
}

std::string refusal(Protocol protocol, const BootRequest& request) {
  try {
    make_plan(protocol, request);
  } catch (const base::Error& error) {
    return error.message();
  }
  return "accepted";
}

void expect_refusal(Protocol protocol, const BootRequest& request, const std::string& part) {
  const std::string message = refusal(protocol, request);
  EXPECT_NE(message.find(part), std::string::npos) << message << " lacks: " << part;
}

// --- Linux ---------------------------------------------------------------------------------------

class Bzimage : public testing::Test {
 protected:
  /// A bzImage of 16 KiB with a field of its header changed.
  static std::string with(const std::function<void(SetupHeader&)>& change) {
    std::string bytes = make_bzimage(std::string(16384, 'p'));
    SetupHeader header;
    std::memcpy(&header, bytes.data() + kSetupHeaderOffset, sizeof header);
    change(header);
    put(bytes, kSetupHeaderOffset, header);
    return bytes;
  }
  static void expect(const std::function<void(SetupHeader&)>& change, const std::string& part) {
    const std::string image = with(change);
    expect_refusal(Protocol::linux64, request_for(image), part);
  }
};

TEST_F(Bzimage, IsAcceptedAsItIs) {
  const std::string image = with([](SetupHeader&) {});
  EXPECT_EQ(refusal(Protocol::linux64, request_for(image)), "accepted");
}

TEST_F(Bzimage, NeedsMoreMemoryThanThereIs) {
  const std::string image = with([](SetupHeader&) {});
  expect_refusal(Protocol::linux64, request_for(image, 64 * kMiB),
                 "where this machine has no free");
  EXPECT_EQ(refusal(Protocol::linux64, request_for(image, 80 * kMiB)), "accepted");
}

TEST_F(Bzimage, HasSizesThatWrap) {
  expect([](SetupHeader& h) { h.init_size = UINT32_MAX; }, "where this machine has no free memory");
  expect([](SetupHeader& h) { h.pref_address = UINT64_MAX; }, "pref_address");
  expect([](SetupHeader& h) { h.pref_address = UINT64_MAX - 0xFFFFFFFF; }, "pref_address");
  expect(
      [](SetupHeader& h) {
        h.kernel_alignment = 0x80000000U;
        h.min_alignment = 31;
        h.pref_address = kFourGiB;
      },
      "where this machine has no free memory");
  expect([](SetupHeader& h) { h.syssize = UINT32_MAX; }, "cut off");
  expect([](SetupHeader& h) { h.payload_offset = UINT32_MAX; }, "payload_offset");
}

TEST_F(Bzimage, HasAnImpossibleAlignment) {
  expect([](SetupHeader& h) { h.kernel_alignment = 0U; }, "kernel_alignment 0x0");
  expect([](SetupHeader& h) { h.kernel_alignment = 0x300000U; }, "kernel_alignment 0x300000");
  expect([](SetupHeader& h) { h.min_alignment = 64; }, "min_alignment 2^64");
  expect([](SetupHeader& h) { h.min_alignment = 22; }, "min_alignment 2^22");
}

TEST_F(Bzimage, IsForAnotherCpuOrProtocol) {
  expect([](SetupHeader& h) { h.xloadflags = 0; }, "no 64-bit entry point: xloadflags 0x0");
  expect([](SetupHeader& h) { h.version = 0x020B; }, "0x20b is older than 2.12");
  expect([](SetupHeader& h) { h.loadflags = 0; }, "zImage");
  expect([](SetupHeader& h) { h.header = 0; }, "no Linux setup header");
  expect([](SetupHeader& h) { h.setup_sects = 65; }, "65 sectors");
}

TEST_F(Bzimage, WithoutSetupSectsHasFour) {
  std::string image = with([](SetupHeader& h) { h.setup_sects = 0; });
  image.insert(kSetupSize, 512, '\0');
  const BootRequest request = request_for(image);
  const BootPlan plan = make_plan(Protocol::linux64, request);
  EXPECT_EQ(plan.segments.back().bytes().substr(kPayloadOffset, 4), "pppp");
}

TEST_F(Bzimage, IsCutOffAnywhere) {
  const std::string image = with([](SetupHeader&) {});
  for (std::size_t length = 0; length + 16 < image.size(); length += 97) {
    const std::string part = image.substr(0, length);
    EXPECT_NE(refusal(Protocol::linux64, request_for(part)), "accepted") << length;
  }
}

// memtest86+ does not pad its file to the 16 bytes that syssize counts in.
TEST_F(Bzimage, MayLackTheLastBytesOfItsLastUnit) {
  std::string image = with([](SetupHeader&) {});
  image.resize(image.size() - 8);
  SetupHeader header;
  std::memcpy(&header, image.data() + kSetupHeaderOffset, sizeof header);
  header.payload_length = 16;
  put(image, kSetupHeaderOffset, header);
  EXPECT_EQ(refusal(Protocol::linux64, request_for(image)), "accepted");
  image.resize(image.size() - 9);
  EXPECT_NE(refusal(Protocol::linux64, request_for(image)), "accepted");
}

TEST_F(Bzimage, HasCodeThatEndsBeforeTheEntryPoint) {
  const std::string image = make_bzimage(std::string(16, 'p'));
  expect_refusal(Protocol::linux64, request_for(image), "before the 64-bit entry point");
}

TEST_F(Bzimage, TakesAShorterCommandLine) {
  const std::string image = with([](SetupHeader&) {});
  BootRequest request = request_for(image);
  request.command_line.assign(2047, 'x');
  EXPECT_EQ(refusal(Protocol::linux64, request), "accepted");
  request.command_line += 'x';
  expect_refusal(Protocol::linux64, request, "2048 bytes, the kernel takes 2047");
  request.command_line = std::string("a\0b", 3);
  expect_refusal(Protocol::linux64, request, "NUL");
}

TEST_F(Bzimage, HasNoRoomForTheInitrd) {
  const std::string large(100 * kMiB, 'i');
  const std::string image = with([](SetupHeader&) {});
  BootRequest request = request_for(image, 128 * kMiB);
  request.initrd = large;
  expect_refusal(Protocol::linux64, request, "no room for the initrd");
  // Below its limit there is nothing that could be had.
  const std::string limited = with([](SetupHeader& h) { h.initrd_addr_max = 0xFFFFF; });
  request = request_for(limited);
  request.initrd = "i";
  expect_refusal(Protocol::linux64, request, "boot.rst, initrd_addr_max");
}

TEST_F(Bzimage, PutsTheInitrdOutsideOfInitSizeAndBelowItsLimit) {
  const std::string image = with([](SetupHeader& h) { h.initrd_addr_max = 0x5000FFF; });
  BootRequest request = request_for(image);
  request.initrd = "i";
  const BootPlan plan = make_plan(Protocol::linux64, request);
  EXPECT_EQ(plan.segments.back().name, "initrd");
  EXPECT_EQ(plan.segments.back().address, 0x5000000U);
}

TEST_F(Bzimage, TakesNoModules) {
  const std::string image = with([](SetupHeader&) {});
  BootRequest request = request_for(image);
  request.modules = {{"m", ""}};
  expect_refusal(Protocol::linux64, request, "no modules");
}

TEST_F(Bzimage, WithTooManyMemoryRangesIsRefused) {
  const std::string image = with([](SetupHeader&) {});
  BootRequest request = request_for(image);
  for (std::uint64_t i = 0; i < 128; ++i) {
    request.platform.memory_map.push_back({kFourGiB + i * 2 * kMiB, kMiB, MemoryType::reserved});
  }
  expect_refusal(Protocol::linux64, request, "132 memory ranges do not fit into 128");
}

TEST(Vmlinux, IsRefusedWhereItWouldHang) {
  std::string image = make_vmlinux("Linux version 6.1.0 (me@here) #1\n");
  EXPECT_EQ(refusal(Protocol::linux64, request_for(image)), "accepted");
  ProgramHeader load;
  std::memcpy(&load, image.data() + sizeof(ElfHeader), sizeof load);
  load.paddr = kVmlinuxAddress + 0x1000;
  put(image, sizeof(ElfHeader), load);
  expect_refusal(Protocol::linux64, request_for(image), "not a multiple of 2 MiB");
}

TEST(Vmlinux, WithSegmentsThatWrapOrOverlapIsRefused) {
  const std::string good = make_vmlinux("Linux version 6.1.0 (me@here) #1\n");
  const auto with = [&](const std::function<void(ProgramHeader&)>& change) {
    std::string image = good;
    ProgramHeader load;
    std::memcpy(&load, image.data() + sizeof(ElfHeader), sizeof load);
    change(load);
    put(image, sizeof(ElfHeader), load);
    return image;
  };
  const std::string wraps = with([](ProgramHeader& p) { p.paddr = UINT64_MAX - 0xFFF; });
  expect_refusal(Protocol::linux64, request_for(wraps), "beyond the address space");
  const std::string beyond = with([](ProgramHeader& p) { p.offset = UINT64_MAX; });
  expect_refusal(Protocol::linux64, request_for(beyond), "reaches beyond the file");
  const std::string shrinks = with([](ProgramHeader& p) { p.memsz = 1U; });
  expect_refusal(Protocol::linux64, request_for(shrinks), "but only 0x1 in memory");
  std::string overlaps = good;
  ProgramHeader load;
  std::memcpy(&load, overlaps.data() + sizeof(ElfHeader), sizeof load);
  put(overlaps, sizeof(ElfHeader) + sizeof(ProgramHeader), load);
  expect_refusal(Protocol::linux64, request_for(overlaps), "overlaps kernel");
}

TEST(Image, OfAnotherArchitectureIsRefused) {
  std::string image = make_vmlinux("Linux version 6.1.0 (me@here) #1\n");
  ElfHeader header;
  std::memcpy(&header, image.data(), sizeof header);
  header.machine = std::uint16_t{183};  // AArch64
  put(image, 0, header);
  expect_refusal(Protocol::linux64, request_for(image), "e_machine is 183");
  expect_refusal(Protocol::pvh, request_for(image), "e_machine is 183");
  EXPECT_THROW(recognise(image), base::Error);
  EXPECT_THROW(recognise("a text"), base::Error);
}

// --- PVH -----------------------------------------------------------------------------------------

TEST(PvhImage, WithDamagedNotesIsRefused) {
  const std::string good = make_vmlinux("x");
  EXPECT_EQ(refusal(Protocol::pvh, request_for(good)), "accepted");
  expect_refusal(Protocol::pvh, request_for(make_vmlinux("x", false)), "no PVH entry point");

  std::string alignment = good;
  ProgramHeader note;
  constexpr std::size_t kNote = sizeof(ElfHeader) + sizeof(ProgramHeader);
  std::memcpy(&note, alignment.data() + kNote, sizeof note);
  note.align = std::uint64_t{6};
  put(alignment, kNote, note);
  expect_refusal(Protocol::pvh, request_for(alignment), "the alignment 6");

  std::string length = good;
  NoteHeader first;
  std::memcpy(&first, length.data() + kVmlinuxNotes, sizeof first);
  first.descsz = 0xFFFFFFFFU;
  put(length, kVmlinuxNotes, first);
  expect_refusal(Protocol::pvh, request_for(length), "leaves its segment");

  std::string entry = good;
  const std::string address = little_endian_bytes(kVmlinuxAddress + 0x100);
  entry.replace(entry.find(address), 4, little_endian_bytes(0x10));
  expect_refusal(Protocol::pvh, request_for(entry), "0x10 lies in none of its segments");
}

// --- multiboot 2 ---------------------------------------------------------------------------------

std::string tag(std::uint16_t type, std::uint16_t flags, const std::vector<std::uint32_t>& words) {
  HeaderTag head{};
  head.type = type;
  head.flags = flags;
  head.size = static_cast<std::uint32_t>(sizeof head + words.size() * 4);
  std::string bytes(sizeof head, '\0');
  put(bytes, 0, head);
  for (const std::uint32_t word : words) bytes += little_endian_bytes(word);
  bytes.resize((bytes.size() + 7) & ~std::size_t{7}, '\0');
  return bytes;
}

/// A flat image: the header at its beginning, 8 KiB in all, at 2 MiB.
std::string multiboot2(const std::string& tags, std::uint32_t architecture = 0) {
  Multiboot2Header header{};
  header.magic = kMultiboot2Header;
  header.architecture = architecture;
  header.length = static_cast<std::uint32_t>(sizeof header + tags.size());
  header.checksum = 0U - (header.magic + header.architecture + header.length);
  std::string bytes(sizeof header, '\0');
  put(bytes, 0, header);
  bytes += tags;
  bytes.resize(8192, '\0');
  return bytes;
}

const std::string kEnd = tag(0, 0, {});
const std::string kAddresses = tag(2, 0, {0x200000, 0x200000, 0, 0x204000});
const std::string kEntry = tag(3, 0, {0x201000});

void expect_multiboot2(const std::string& tags, const std::string& part,
                       Board board = Board::microvm) {
  const std::string image = multiboot2(tags);
  expect_refusal(Protocol::multiboot2, request_for(image, 512 * kMiB, board), part);
}

TEST(Multiboot2, IsAcceptedAsItIs) { expect_multiboot2(kAddresses + kEntry + kEnd, "accepted"); }

TEST(Multiboot2, WithTagsOfTheWrongShapeIsRefused) {
  expect_multiboot2(kAddresses + kEntry, "without an end tag");
  std::string endless = tag(6, 0, {});
  endless.replace(4, 4, little_endian_bytes(0));
  expect_multiboot2(endless + kEnd, "has the size 0");
  endless.replace(4, 4, little_endian_bytes(0xFFFFFFF8));
  expect_multiboot2(endless + kEnd, "has the size 4294967288");
  expect_multiboot2(tag(3, 0, {1, 2, 3}) + kEnd, "20 bytes instead of 12");
  expect_multiboot2(tag(0, 0, {1, 2}), "end tag has 16 bytes");
}

TEST(Multiboot2, WithWhatIsUnknownButNotOptionalIsRefused) {
  expect_multiboot2(tag(99, 0, {}) + kAddresses + kEntry + kEnd, "unknown type 99");
  expect_multiboot2(tag(99, 1, {}) + kAddresses + kEntry + kEnd, "accepted");
  expect_multiboot2(tag(1, 0, {1, 77}) + kAddresses + kEntry + kEnd, "type 77, which is unknown");
  expect_multiboot2(tag(1, 1, {1, 77}) + kAddresses + kEntry + kEnd, "accepted");
  // Known, but this machine has none: that is allowed.
  expect_multiboot2(tag(1, 0, {7, 16}) + kAddresses + kEntry + kEnd, "accepted");
}

TEST(Multiboot2, WithContradictingAddressesIsRefused) {
  expect_multiboot2(kAddresses + kEnd, "no entry address tag");
  const auto expect = [](const std::vector<std::uint32_t>& addresses, const std::string& part) {
    expect_multiboot2(tag(2, 0, addresses) + kEntry + kEnd, part);
  };
  expect({0x200000, 0x200001, 0, 0}, "load_addr 0x200001 is above header_addr");
  expect({0x200000, 0x100000, 0, 0}, "before the file's beginning");
  expect({0x200000, 0x200000, 0x1000, 0}, "load_end_addr 0x1000 is below load_addr");
  expect({0x200000, 0x200000, 0x300000, 0}, "are more than the file's");
  // CVE-2018-7550: mh_load_end_addr above mh_bss_end_addr.
  expect({0x200000, 0x200000, 0x202000, 0x201000}, "bss_end_addr 0x201000 is below the end");
  expect({0x200000, 0xFFFFFFFF, 0, 0}, "accepted");
  expect({0x200000, 0x200000, 0, 0xFFFFFFFF}, "where this machine has no free memory");
  expect_multiboot2(kAddresses + tag(3, 0, {0x100}) + kEnd, "outside of what is loaded");
}

TEST(Multiboot2, WithAnImpossibleRelocationIsRefused) {
  const auto expect = [](const std::vector<std::uint32_t>& words, const std::string& part) {
    expect_multiboot2(tag(10, 0, words) + kAddresses + kEntry + kEnd, part);
  };
  expect({0x100000, 0xFFFFFFFF, 0, 0}, "alignment 0x0 is not a power of two");
  expect({0x100000, 0xFFFFFFFF, 0x3000, 0}, "alignment 0x3000");
  expect({0x200000, 0x100000, 0x1000, 0}, "is above the highest");
  expect({0x100000, 0xFFFFFFFF, 0x1000, 3}, "preference 3");
  expect({0x40000000, 0x50000000, 0x1000, 1}, "there is no place");
  expect({0x100000, 0x102000, 0x1000, 1}, "there is no place");
  expect({0x100000, 0x103FFF, 0x1000, 1}, "accepted");
}

TEST(Multiboot2, MovesWhereItsPreferenceSays) {
  const auto base = [](std::uint32_t preference) {
    const std::string image = multiboot2(tag(10, 0, {0x100000, 0x7FFFFFF, 0x100000, preference}) +
                                         kAddresses + kEntry + kEnd);
    const BootRequest request = request_for(image);
    return make_plan(Protocol::multiboot2, request).cpu.entry - 0x1000;
  };
  EXPECT_EQ(base(0), 0x200000U);
  EXPECT_EQ(base(1), 0x100000U);
  EXPECT_EQ(base(2), 0x7F00000U);
}

TEST(Multiboot2, ThatNeedsAScreenIsRefusedWhereThereIsNone) {
  const std::string tags = tag(4, 0, {3}) + kAddresses + kEntry + kEnd;
  expect_multiboot2(tags, "microvm has no screen (Multiboot2 3.1.8");
  expect_multiboot2(tags, "accepted", Board::q35);
}

TEST(Multiboot2, ForAnotherArchitectureOrTooFarBehindIsRefused) {
  const std::string mips = multiboot2(kAddresses + kEntry + kEnd, 4);
  expect_refusal(Protocol::multiboot2, request_for(mips), "architecture is 4");
  const std::string good = multiboot2(kAddresses + kEntry + kEnd);
  const std::string late = std::string(32768 - 40, '\0') + good;
  expect_refusal(Protocol::multiboot2, request_for(late), "does not lie in the first 0x8000");
  const std::string never = std::string(32768, '\0') + good;
  expect_refusal(Protocol::multiboot2, request_for(never), "no multiboot2 header");
  const std::string odd = std::string(4, '\0') + good;
  expect_refusal(Protocol::multiboot2, request_for(odd), "no multiboot2 header");
}

TEST(Multiboot2, LargerThanMemoryIsRefused) {
  const std::string image =
      multiboot2(tag(2, 0, {0x200000, 0x200000, 0, 0x40000000}) + kEntry + kEnd);
  expect_refusal(Protocol::multiboot2, request_for(image), "where this machine has no free memory");
}

TEST(Multiboot2, WithAModuleThatDoesNotFitIsRefused) {
  const std::string image = multiboot2(kAddresses + kEntry + kEnd);
  const std::string large(60 * kMiB, 'm');
  BootRequest request = request_for(image, 64 * kMiB);
  request.modules = {{large, ""}, {large, ""}};
  expect_refusal(Protocol::multiboot2, request, "no room for module 2");
}

// Xen moves to the top of memory; its dom0 kernel does not fit above it.
TEST(Multiboot2, AtTheTopOfMemoryHasItsModulesBelow) {
  const std::string image =
      multiboot2(tag(10, 0, {0x100000, 0xFFFFFFFF, 0x200000, 2}) + kAddresses + kEntry + kEnd);
  const std::string large(8 * kMiB, 'm');
  BootRequest request = request_for(image);
  request.modules = {{large, ""}};
  EXPECT_EQ(refusal(Protocol::multiboot2, request), "accepted");
}

TEST(Multiboot2, InTheWayOfTheHandOverIsRefused) {
  const std::string image =
      multiboot2(tag(2, 0, {0x2000, 0x2000, 0, 0}) + tag(3, 0, {0x2100}) + kEnd);
  expect_refusal(Protocol::multiboot2, request_for(image), "overlaps hand-off");
}

// --- multiboot 1 ---------------------------------------------------------------------------------

std::string multiboot1(std::uint32_t flags, const std::vector<std::uint32_t>& addresses) {
  std::string bytes = little_endian_bytes(kMultiboot1Header) + little_endian_bytes(flags) +
                      little_endian_bytes(0U - (kMultiboot1Header + flags));
  for (const std::uint32_t word : addresses) bytes += little_endian_bytes(word);
  bytes.resize(8192, '\0');
  return bytes;
}

TEST(Multiboot1, WithContradictingAddressesIsRefused) {
  const auto expect = [](const std::vector<std::uint32_t>& addresses, const std::string& part) {
    const std::string image = multiboot1(kHaveAddresses, addresses);
    expect_refusal(Protocol::multiboot1, request_for(image), part);
  };
  expect({0x200000, 0x200000, 0, 0x203000, 0x200020}, "accepted");
  expect({0x200000, 0x200000, 0x201000, 0x200800, 0x200020}, "bss_end_addr");
  expect({0x200000, 0x300000, 0, 0, 0x300000}, "is above header_addr");
  expect({0x200000, 0x200000, 0xFFFFFFFF, 0, 0x200000}, "are more than the file's");
  expect({0x200000, 0x200000, 0, 0, 0x100000}, "entry_addr 0x100000 is outside");
}

TEST(Multiboot1, ThatRequiresWhatIsUnknownIsRefused) {
  const std::string image = multiboot1(0x8, {});
  expect_refusal(Protocol::multiboot1, request_for(image), "bits 0x8");
  const std::string video =
      multiboot1(kHaveAddresses | kWantVideo, {0x200000, 0x200000, 0, 0, 0x200040});
  expect_refusal(Protocol::multiboot1, request_for(video), "microvm has no screen");
  EXPECT_EQ(refusal(Protocol::multiboot1, request_for(video, 512 * kMiB, Board::q35)), "accepted");
  const std::string short_image = image.substr(0, 12);
  expect_refusal(Protocol::multiboot1, request_for(short_image), "bits 0x8");
  const std::string cut = multiboot1(kHaveAddresses, {}).substr(0, 20);
  expect_refusal(Protocol::multiboot1, request_for(cut), "are cut off");
  BootRequest initrd = request_for(video, 512 * kMiB, Board::q35);
  initrd.initrd = "i";
  expect_refusal(Protocol::multiboot1, initrd, "no initrd");
}

// --- machines and the hand-off -------------------------------------------------------------------

TEST(Machine, HasItsMemoryWhereTheBoardPutsIt) {
  const auto low_end = [](Board board, std::uint64_t mib) {
    const Platform platform = make_platform(board, mib << 20, 1);
    std::uint64_t end = 0;
    std::uint64_t high = 0;
    for (const MemoryRange& range : platform.memory_map) {
      if (range.type != MemoryType::ram) continue;
      if (range.address >= kFourGiB)
        high = range.size;
      else
        end = range.end();
    }
    return std::pair(end >> 20, high >> 20);
  };
  EXPECT_EQ(low_end(Board::microvm, 1024), std::pair(std::uint64_t{1024}, std::uint64_t{0}));
  EXPECT_EQ(low_end(Board::microvm, 4096), std::pair(std::uint64_t{3072}, std::uint64_t{1024}));
  EXPECT_EQ(low_end(Board::q35, 2048), std::pair(std::uint64_t{2047}, std::uint64_t{0}));
  EXPECT_EQ(low_end(Board::q35, 4096), std::pair(std::uint64_t{2047}, std::uint64_t{2048}));
  EXPECT_EQ(low_end(Board::pc, 3072), std::pair(std::uint64_t{3071}, std::uint64_t{0}));
  EXPECT_EQ(low_end(Board::pc, 4096), std::pair(std::uint64_t{3071}, std::uint64_t{1024}));
  EXPECT_THROW(make_platform(Board::q35, 1 << 20, 1), base::Error);
  EXPECT_THROW(make_platform(Board::q35, 512 << 20, 256), base::Error);
}

TEST(Handoff, RefusesWhatTheRomCannotReach) {
  BootPlan plan;
  Segment segment;
  segment.address = kFourGiB;
  segment.zeros = 1;
  plan.segments.push_back(segment);
  EXPECT_THROW(encode_handoff(plan), base::Error);
  plan.segments.clear();
  for (int i = 0; i < 300; ++i) {
    segment.address = 0x100000 + static_cast<std::uint64_t>(i);
    plan.segments.push_back(segment);
  }
  EXPECT_THROW(encode_handoff(plan), base::Error);
}

TEST(Roms, HaveTheShapeThatTheirMachinesWant) {
  EXPECT_EQ(boot_rom().size(), 65536U);
  const std::string rom = option_rom();
  EXPECT_EQ(rom.substr(0, 2), "\x55\xaa");
  EXPECT_EQ(static_cast<unsigned char>(rom[2]) * 512U, rom.size());
  unsigned sum = 0;
  for (const char byte : rom) sum += static_cast<unsigned char>(byte);
  EXPECT_EQ(sum & 0xFF, 0U);
}

}  // namespace
}  // namespace quiz::boot
