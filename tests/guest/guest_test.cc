// Boots the tiny guests through quiz's own loader, in QEMU, or with GUEST_MONITOR=kvm in quiz's own
// monitor. Each must find everything as promised; and with each promise broken on purpose it must
// notice, which shows that the guest really looks.
#include <gtest/gtest.h>

#include <cctype>
#include <cstdlib>
#include <functional>
#include <ostream>
#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "base/paths.h"
#include "boot/layout.h"
#include "boot/loader.h"
#include "run/bare_run.h"
#include "run/choose_monitor.h"

namespace quiz {
namespace {

constexpr char kCommandLine[] = "one two=3 'four [five]'";
constexpr char kFirst[] = "the first module\n";
constexpr char kSecond[] = "another";
/// As guest.h has it.
constexpr std::size_t kLargeSize = 100000;
constexpr char kText[] = "first --with arguments";
constexpr int kSuccess = 33;  // (0x10 << 1) | 1
constexpr int kFailure = 35;

struct Ended {
  int status = -1;
  std::string output;
  std::string panic;
};

std::ostream& operator<<(std::ostream& stream, const Ended& ended) {
  return stream << "status " << ended.status << ": " << ended.output;
}

bool own_monitor() {
  const char* const monitor = std::getenv("GUEST_MONITOR");
  return monitor != nullptr && std::string_view(monitor) == "kvm";
}

constexpr char kNoPc[] = "quiz's own monitor has neither BIOS nor PCI";
bool has_machine_for(const std::string& guest) { return !own_monitor() || !guest.ends_with("_pc"); }

Ended boot(const boot::BootPlan& plan) {
  const base::TempDir directory(testing::TempDir());
  base::Paths paths;
  paths.data = paths.cache = paths.config = directory.path();
  paths.runtime = directory.path() / "run";
  base::SilentReporter reporter;
  run::BareRequest request{plan, config::Accelerator::kTcg, std::chrono::seconds(60), {}, false};
  const auto monitor = run::choose_monitor(
      {own_monitor() ? config::Monitor::kKvm : config::Monitor::kQemu, "qemu-system-x86_64", 0},
      paths);
  testing::internal::CaptureStdout();
  Ended ended;
  run::BareResult result;
  try {
    result = run::run_bare(request, paths, *monitor, reporter);
  } catch (const base::Error& error) {
    ended.output = testing::internal::GetCapturedStdout() + error.what();
    return ended;
  }
  ended.output = testing::internal::GetCapturedStdout();
  const auto* const exited = std::get_if<machine::Exited>(&result.ending);
  if (exited != nullptr) ended.status = exited->status;
  const auto* const panic = std::get_if<machine::GuestPanic>(&result.ending);
  if (panic != nullptr) ended.panic = panic->reason;
  return ended;
}

std::string large_module() {
  std::string bytes(kLargeSize, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 7 + i / 251);
  return bytes;
}

/// A guest's image, which must outlive its plan.
class Guest {
 public:
  explicit Guest(const std::string& name)
      : image_(base::read_file(std::string(QUIZ_GUESTS) + "/" + name)),
        protocol_(boot::recognise(image_)),
        board_(name.ends_with("_pc") ? boot::Board::q35 : boot::Board::microvm) {}

  boot::BootPlan plan() const {
    boot::BootRequest request;
    request.kernel = image_;
    request.command_line = kCommandLine;
    request.platform = boot::make_platform(board_, 64 << 20, 2);
    if (protocol_ == boot::Protocol::linux64) {
      request.initrd = std::string_view(kFirst);
    } else if (protocol_ == boot::Protocol::pvh) {
      request.initrd = std::string_view(kFirst);
      request.modules = {{kSecond, kText}};
    } else if (protocol_ == boot::Protocol::freebsd) {
      request.command_line = "-sv one two=3";
      request.environment = {"quiz.text='four [five]'"};
      static const std::string large = large_module();
      request.modules = {{kFirst, "md_image", "disk.img"}, {large, "quiz_test", "large"}};
    } else {
      request.modules = {{kFirst, kText}, {kSecond, {}}};
    }
    return boot::make_plan(protocol_, request);
  }

 private:
  std::string image_;
  boot::Protocol protocol_;
  boot::Board board_;
};

boot::Segment& segment(boot::BootPlan& plan, const std::string& name) {
  for (boot::Segment& each : plan.segments) {
    if (each.name != name) continue;
    if (each.owned.empty()) each.owned = std::exchange(each.borrowed, {});
    return each;
  }
  ADD_FAILURE() << "there is no segment " << name;
  std::abort();
}

/// Replaces bytes of a segment from `offset` on.
std::function<void(boot::BootPlan&)> poke(std::string name, std::size_t offset, std::string bytes) {
  return
      [=](boot::BootPlan& plan) { segment(plan, name).owned.replace(offset, bytes.size(), bytes); };
}

/// Replaces the first `from` in a segment.
std::function<void(boot::BootPlan&)> swap(std::string name, std::string from, std::string to) {
  return [=](boot::BootPlan& plan) {
    std::string& bytes = segment(plan, name).owned;
    const std::size_t at = bytes.find(from);
    ASSERT_NE(at, std::string::npos);
    bytes.replace(at, to.size(), to);
  };
}

std::string number(std::uint32_t value) {
  const base::le32 field = value;
  return std::string(reinterpret_cast<const char*>(&field), sizeof field);
}

/// A promise, and how to break it.
struct Broken {
  std::string guest;
  std::string promise;  ///< as the guest prints it
  std::function<void(boot::BootPlan&)> how;
};

void PrintTo(const Broken& broken, std::ostream* stream) {
  *stream << broken.guest << ": " << broken.promise;
}

class Kept : public testing::TestWithParam<std::string> {};

TEST_P(Kept, EveryPromise) {
  if (!has_machine_for(GetParam())) GTEST_SKIP() << kNoPc;
  const Guest guest(GetParam());
  const Ended ended = boot(guest.plan());
  EXPECT_EQ(ended.output, "SUCCESS\n");
  EXPECT_EQ(ended.status, kSuccess) << ended;
}

INSTANTIATE_TEST_SUITE_P(Guests, Kept,
                         testing::Values("linux64", "pvh", "pvh_elf64", "multiboot2",
                                         "multiboot2_elf64", "multiboot2_flat",
                                         "multiboot2_relocatable", "multiboot1", "multiboot1_flat",
                                         "freebsd", "freebsd_pc", "linux64_pc", "pvh_pc",
                                         "multiboot2_pc", "multiboot2_relocatable_pc",
                                         "multiboot1_pc"),
                         [](const auto& guest) { return guest.param; });

TEST(FreebsdPanic, IsToldByItsTextAndOnlyOfFreebsd) {
  const Guest guest("freebsd_panic");
  boot::BootPlan plan = guest.plan();
  const Ended ended = boot(plan);
  EXPECT_EQ(ended.panic, "a reason") << ended;
  EXPECT_NE(ended.output.find("#0 somewhere"), std::string::npos) << ended;
  // To others "panic: " is a text.
  plan.protocol = boot::Protocol::linux64;
  EXPECT_EQ(boot(plan).panic, "");
}

class Noticed : public testing::TestWithParam<Broken> {};

TEST_P(Noticed, WhenItIsBroken) {
  if (!has_machine_for(GetParam().guest)) GTEST_SKIP() << kNoPc;
  const Guest guest(GetParam().guest);
  boot::BootPlan plan = guest.plan();
  GetParam().how(plan);
  const Ended ended = boot(plan);
  EXPECT_NE(ended.output.find("FAILURE: " + GetParam().promise + "\n"), std::string::npos) << ended;
  EXPECT_EQ(ended.status, kFailure) << ended;
}

constexpr std::size_t kGdtCode = 0x10;
constexpr std::size_t kGdtData = 0x18;
constexpr std::size_t kGdtTask = 0x20;

std::vector<Broken> every_mode(const std::string& guest) {
  return {
      {guest, "the code segment is flat", poke("descriptor table", kGdtCode, "\xfe\xff")},
      {guest, "DS is flat", poke("descriptor table", kGdtData, "\xfe\xff")},
      {guest, "SS is flat", poke("descriptor table", kGdtData + 6, "\xc7")},
      {guest, "TR has a task state segment of 104 bytes",
       poke("descriptor table", kGdtTask, "\x77")},
      {guest, "interrupts are off", [](boot::BootPlan& plan) { plan.cpu.rflags |= 0x200; }},
      {guest, "the MP pointer is in the last KiB of base memory",
       poke("MP floating pointer", 0, "_XP_")},
      {guest, "the MP table is whole", poke("MP table", 8, "X")},
      {guest, "the MP table has two CPUs", poke("MP table", 64 + 3, std::string("\0", 1))},
  };
}

std::vector<Broken> linux_promises() {
  const std::string guest = "linux64";
  return {
      {guest, "CS is __BOOT_CS",
       [](boot::BootPlan& plan) {
         plan.cpu.code_selector = 0x08;
         std::string& table = segment(plan, "descriptor table").owned;
         table.replace(8, 8, table.substr(0x10, 8));
       }},
      {guest, "DS, ES and SS are __BOOT_DS",
       [](boot::BootPlan& plan) {
         plan.cpu.data_selector = 0x08;
         std::string& table = segment(plan, "descriptor table").owned;
         table.replace(8, 8, table.substr(0x18, 8));
       }},
      {guest, "caches are on", [](boot::BootPlan& plan) { plan.cpu.cr0 |= 0x40000000; }},
      {guest, "there is a stack", [](boot::BootPlan& plan) { plan.cpu.rsp = 0x3000000; }},
      {guest, "RSI has boot_params", [](boot::BootPlan& plan) { plan.cpu.rsi += 8; }},
      {guest, "4 GiB are mapped to themselves",
       poke("page tables (4 GiB, 2 MiB pages)", 0x5000 + 8 * 100 + 3, "\x01")},
      {guest, "the sentinel is 0", poke("boot_params", 0x1ef, "\x01")},
      {guest, "the page is clear outside of the header", poke("boot_params", 0x70, "\x01")},
      {guest, "the header is the image's", poke("boot_params", 0x202, "HdrX")},
      {guest, "type_of_loader is 0xff", poke("boot_params", 0x210, "\xb0")},
      {guest, "cmdline_size is as it was", poke("boot_params", 0x238, "\x01")},
      {guest, "there is no setup_data", poke("boot_params", 0x250, "\x01")},
      {guest, "e820 is the machine's", poke("boot_params", 0x2d0 + 8, "\x01")},
      {guest, "the command line is there", swap("command line", "two", "too")},
      {guest, "the initrd begins at a page", poke("boot_params", 0x218, "\x10")},
      {guest, "the initrd is not above initrd_addr_max",
       poke("boot_params", 0x218, number(0x2000000))},
      {guest, "the initrd is outside of init_size", poke("boot_params", 0x218, number(0x450000))},
      {guest, "the initrd is whole", swap("initrd", "first", "worst")},
  };
}

std::vector<Broken> pvh_promises() {
  const std::string guest = "pvh";
  const std::string block = "start info";
  return {
      {guest, "caches are on", [](boot::BootPlan& plan) { plan.cpu.cr0 |= 0x40000000; }},
      {guest, "CR4 is 0", [](boot::BootPlan& plan) { plan.cpu.cr4 = 0x10; }},
      {guest, "EBX has the start info", poke(block, 0, "X")},
      {guest, "the version is 1", poke(block, 4, std::string("\0", 1))},
      {guest, "there is no ACPI on this machine", poke(block, 32, "X")},
      {guest, "the command line is there", swap(block, "two", "too")},
      {guest, "there are two modules", poke(block, 12, "\x01")},
      {guest, "the first module is the initrd", swap("module 1", "first", "worst")},
      {guest, "the second module has its arguments", swap(block, "--with", "--wit ")},
      {guest, "the memory map is the machine's", poke(block, 48, "\x03")},
      {"pvh_elf64", "EBX has the start info", [](boot::BootPlan& plan) { plan.cpu.rbx += 16; }},
  };
}

std::vector<Broken> multiboot2_promises() {
  const std::string guest = "multiboot2";
  const std::string block = "boot information";
  return {
      {guest, "EAX has the magic number", [](boot::BootPlan& plan) { plan.cpu.rax = 0x2badb002; }},
      {guest, "EBX has the information, 8-aligned", poke(block, 4, "\x01")},
      {guest, "the command line is there", swap(block, "two", "too")},
      {guest, "the loader has a name", swap(block, "quiz", "quix")},
      {guest, "the first module is whole, at a page", swap("module 1", "first", "worst")},
      {guest, "the first module has its text", swap(block, "--with", "--wit ")},
      {guest, "the second module is whole, at a page", swap("module 2", "another", "nothing")},
      {guest, "there are two modules", swap(block, number(2) + number(13), number(3) + number(13))},
      {guest, "the memory map is the machine's",
       swap(block, number(24) + number(0), number(24) + number(1))},
      {guest, "basic memory is right", swap(block, number(632), number(640))},
      {guest, "there is no BIOS device without a BIOS", swap(block, number(4), number(5))},
      {guest, "there is no ACPI on this machine", swap(block, number(4), number(14))},
      {guest, "there is no screen on this machine", swap(block, number(4), number(8))},
      {guest, "the ELF sections are there", swap(block, number(40), number(48))},
      {guest, "a section's address is where it is linked to",
       swap(block, number(6) + number(0x200000), number(6) + number(0x900000))},
      {"multiboot2_flat", "a flat image has no sections", swap(block, number(4), number(9))},
      {"multiboot2_relocatable", "the load base is where the image is",
       swap(block, number(21) + number(12), number(21) + number(12) + "\x01")},
      {guest, "only a relocatable image has a load base", swap(block, number(4), number(21))},
  };
}

std::vector<Broken> multiboot1_promises() {
  const std::string guest = "multiboot1";
  const std::string block = "boot information";
  return {
      {guest, "EAX has the magic number", [](boot::BootPlan& plan) { plan.cpu.rax = 0x36d76289; }},
      {guest, "the command line is there", swap(block, "two", "too")},
      {guest, "the loader has a name", swap(block, "quiz", "quix")},
      {guest, "there are two modules", poke(block, 20, "\x01")},
      {guest, "the first module is whole, at a page, with its text",
       swap("module 1", "first", "worst")},
      {guest, "the second module is whole, at a page", swap("module 2", "another", "nothing")},
      {guest, "the memory map is the machine's", swap(block, number(20), number(24))},
      {guest, "basic memory is right", poke(block, 4, "\x01")},
      {guest, "the ELF sections are there", poke(block, 28, "\x01")},
      {guest, "nothing is there that this machine does not have", poke(block, 1, "\x1a")},
      {"multiboot1_flat", "a flat image has no sections", poke(block, 0, "\x6d")},
  };
}

std::string number64(std::uint64_t value) {
  return number(static_cast<std::uint32_t>(value)) +
         number(static_cast<std::uint32_t>(value >> 32));
}

/// A record of 8 bytes whose content is changed by 0x1000.
std::function<void(boot::BootPlan&)> shift(std::uint32_t type) {
  return [=](boot::BootPlan& plan) {
    std::string& bytes = segment(plan, "metadata").owned;
    const std::size_t at = bytes.find(number(type) + number(8));
    ASSERT_NE(at, std::string::npos);
    bytes[at + 9] = static_cast<char>(bytes[at + 9] ^ 0x10);
  };
}

/// An entry of the page tables that leads elsewhere.
std::function<void(boot::BootPlan&)> entry(std::size_t page, std::size_t index,
                                           std::uint64_t value) {
  return poke("page tables (1 GiB everywhere)", page * 0x1000 + index * 8, number64(value));
}

std::vector<Broken> freebsd_promises() {
  const std::string guest = "freebsd";
  const std::string records = "metadata";
  return {
      {guest, "the kernel runs where it is linked to",
       [](boot::BootPlan& plan) { plan.cpu.entry &= 0x3FFFFFFF; }},
      {guest, "caches are on", [](boot::BootPlan& plan) { plan.cpu.cr0 |= 0x40000000; }},
      {guest, "every GiB of the address space is the same", entry(1, 77, 0)},
      {guest, "a GiB of memory is mapped by 2 MiB pages", entry(2, 400, 0x83)},
      {guest, "the stack has the metadata's address, of a page behind the kernel",
       poke("stack words", 4, "\x08")},
      {guest, "the stack has the end of what the kernel is given, of a page",
       poke("stack words", 8, "\x08")},
      {guest, "the metadata is a chain of records with an end",
       swap(records, number(0x9006) + number(8), number(0x9006) + number(0xFFFFF0))},
      {guest, "the first name is the kernel's", swap(records, "kernel", "kornel")},
      {guest, "its type is a kernel's", swap(records, "elf kernel", "elf module")},
      {guest, "its address is a physical one", shift(3)},
      {guest, "its size is all of it",
       [](boot::BootPlan& plan) {
         std::string& bytes = segment(plan, "metadata").owned;
         bytes.replace(bytes.find(number(4) + number(8)) + 8, 8, number64(0x100));
       }},
      {guest, "the flags are a serial console's and the command line's",
       swap(records, number(0x1802), number(0x1800))},
      {guest, "the metadata and the stack name the same end", shift(0x8008)},
      {guest, "the metadata knows its own address", shift(0x9006)},
      {guest, "the memory map is the machine's",
       swap(records, number64(0x9e000) + number(1), number64(0x9e000) + number(2))},
      {guest, "free memory follows what the kernel is given",
       [](boot::BootPlan& plan) {
         std::string& words = segment(plan, "stack words").owned;
         words.replace(8, 4, number(0x3FF0000));
       }},
      {guest, "the symbols are there", swap("symbols", "guest", "gasts")},
      {guest, "the kernel's size has the symbols", shift(0x8004)},
      {guest, "what has no bytes in the file is zero",
       [](boot::BootPlan& plan) {
         for (boot::Segment& each : plan.segments) {
           if (each.name != "kernel" || each.zeros == 0) continue;
           each.owned = std::string(each.borrowed) + std::string(each.zeros, 'x');
           each.borrowed = {};
           each.zeros = 0;
         }
       }},
      {guest, "the environment is a page between metadata and end",
       swap(records, number(0x8006) + number(8), number(0x8006) + number(7))},
      {guest, "the environment has what a serial console needs",
       swap("environment", "uart.0.flags", "uart.1.flags")},
      {guest, "the environment has the command line's variables",
       swap("environment", "two", "too")},
      {guest, "the environment has what was given", swap("environment", "[five]", "[nine]")},
      {guest, "the environment ends with an empty variable",
       [](boot::BootPlan& plan) {
         std::string& bytes = segment(plan, "environment").owned;
         bytes.back() = 'x';
         bytes.resize(0x1000, 'x');
       }},
      {guest, "the first file has its name and type, at a page",
       swap(records, "md_image", "mt_image")},
      {guest, "the first file is whole", swap("module 1", "first", "worst")},
      {guest, "the second file has its name and type, at a page",
       swap(records, std::string("large\0", 6), std::string("small\0", 6))},
      {guest, "the second file is whole", poke("module 2", 99999, "x")},
      {guest, "there are no more files",
       [](boot::BootPlan& plan) {
         std::string& bytes = segment(plan, "metadata").owned;
         bytes.resize(bytes.size() - 8);
         bytes += number(1) + number(1) + std::string(8, '\0') + std::string(8, '\0');
       }},
  };
}

/// What only a PC with a firmware has, and that the option ROM sets the same state as the other.
std::vector<Broken> firmware_promises() {
  const auto no_pointer = [](boot::BootPlan& plan) {
    plan.rsdp_address_slot.reset();
    plan.rsdp_copy_slot.reset();
  };
  const std::string block = "boot information";
  return {
      {"linux64_pc", "ACPI's root pointer is there", no_pointer},
      {"linux64_pc", "e820 is the machine's", poke("boot_params", 0x2d0 + 8, "\x01")},
      {"linux64_pc", "DS is flat", poke("descriptor table", kGdtData, "\xfe\xff")},
      {"linux64_pc", "the initrd is whole", swap("initrd", "first", "worst")},
      {"pvh_pc", "ACPI's root pointer is there", no_pointer},
      {"freebsd_pc", "the memory map is the machine's",
       swap("metadata", number64(0x9fc00), number64(0xa0000))},
      {"freebsd_pc", "every GiB of the address space is the same", entry(0, 300, 0)},
      {"freebsd_pc", "the second file is whole", poke("module 2", 50000, "x")},
      {"freebsd_pc", "the environment has what was given", swap("environment", "[five]", "[nine]")},
      {"pvh_pc", "CR4 is 0", [](boot::BootPlan& plan) { plan.cpu.cr4 = 0x10; }},
      {"multiboot2_pc", "ACPI's root pointer is there", no_pointer},
      {"multiboot2_pc", "there is a copy of ACPI's root pointer",
       swap(block, number(14) + number(28), number(15) + number(28))},
      {"multiboot2_pc", "the screen is one for text",
       swap(block, number(0xb8000), number(0xb0000))},
      {"multiboot2_pc", "the memory map is the machine's",
       swap(block, number(0x9fc00), number(0xa0000))},
      {"multiboot1_pc", "the screen is one for text",
       swap(block, number(0xb8000), number(0xb0000))},
      // That interrupts are off is broken on microvm only: firmware has the timer run, and its
      // interrupt would come before the guest can say anything.
  };
}

std::vector<Broken> all_promises() {
  std::vector<Broken> all;
  for (auto list :
       {every_mode("linux64"), every_mode("pvh"), every_mode("multiboot2"),
        every_mode("multiboot1"), every_mode("freebsd"), linux_promises(), freebsd_promises(),
        pvh_promises(), multiboot2_promises(), multiboot1_promises(), firmware_promises()}) {
    all.insert(all.end(), list.begin(), list.end());
  }
  return all;
}

std::string test_name(const testing::TestParamInfo<Broken>& info) {
  std::string name = info.param.guest + "_" + info.param.promise;
  for (char& c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  }
  return name;
}

INSTANTIATE_TEST_SUITE_P(Promises, Noticed, testing::ValuesIn(all_promises()), test_name);

}  // namespace
}  // namespace quiz
