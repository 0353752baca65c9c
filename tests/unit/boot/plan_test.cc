// Plans of real kernels, by outlines of their images (tests/data/boot/make_outline), against
// tests/golden/boot.
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <optional>
#include <ostream>

#include "base/files.h"
#include "boot/layout.h"
#include "boot/loader.h"
#include "boot/plan_text.h"

namespace quiz::boot {
namespace {

std::string read_outline(const std::string& name) {
  const std::string outline = base::read_file(std::string(QUIZ_TEST_DATA "/data/boot/") + name);
  std::size_t at = 0;
  const auto number = [&] {
    le64 field;
    std::memcpy(&field, outline.data() + at, sizeof field);
    at += sizeof field;
    return static_cast<std::size_t>(field);
  };
  std::string image(number(), '\0');
  while (at < outline.size()) {
    const std::size_t offset = number();
    const std::size_t size = number();
    image.replace(offset, size, outline, at, size);
    at += size;
  }
  return image;
}

struct Case {
  std::string outline;
  Board board = Board::microvm;
  std::optional<Protocol> loader;
  Protocol expected = Protocol::linux64;
};

std::string name_of(const Case& test) {
  return test.outline + "-" + std::string(boot::name_of(test.expected)) + "-" +
         std::string(boot::name_of(test.board));
}

void PrintTo(const Case& test, std::ostream* stream) { *stream << name_of(test); }

class Plan : public testing::TestWithParam<Case> {};

TEST_P(Plan, IsTheGoldenOne) {
  const Case& test = GetParam();
  const std::string image = read_outline(test.outline);
  const Protocol protocol = test.loader ? *test.loader : recognise(image);
  EXPECT_EQ(protocol, test.expected);
  BootRequest request;
  request.kernel = image;
  request.command_line = "console=ttyS0 quiet";
  request.platform = make_platform(test.board, std::uint64_t{512} << 20, 2);
  const std::string file(5000, 'x');
  if (protocol == Protocol::linux64 || protocol == Protocol::pvh) {
    request.initrd = file;
  } else if (protocol == Protocol::freebsd) {
    request.modules = {{file, "md_image", "root.iso"}, {file, "cpu_microcode", "ucode.bin"}};
    request.environment = {"kern.hz=100"};
  } else {
    request.modules = {{file, "first --option"}, {file, ""}};
  }
  const std::string text = to_text(make_plan(protocol, request));
  const std::string path = QUIZ_TEST_DATA "/golden/boot/" + name_of(test) + ".txt";
  if (std::getenv("QUIZ_ACCEPT") != nullptr) {
    base::write_file_atomically(path, text);
    GTEST_SKIP() << "accepted the present plan as " << path;
  }
  EXPECT_EQ(text, base::read_file(path)) << "QUIZ_ACCEPT=1 accepts this";
}

INSTANTIATE_TEST_SUITE_P(
    Kernels, Plan,
    testing::Values(Case{"debian-6.1", Board::microvm, {}, Protocol::linux64},
                    Case{"debian-6.1", Board::q35, {}, Protocol::linux64},
                    Case{"debian-6.12", Board::microvm, {}, Protocol::linux64},
                    Case{"built-6.12", Board::microvm, {}, Protocol::linux64},
                    Case{"built-6.12", Board::microvm, Protocol::pvh, Protocol::pvh},
                    Case{"memtest86+", Board::pc, {}, Protocol::linux64},
                    Case{"xen-shim", Board::q35, Protocol::pvh, Protocol::pvh},
                    Case{"xen", Board::q35, {}, Protocol::multiboot2},
                    Case{"xen", Board::q35, Protocol::multiboot1, Protocol::multiboot1},
                    Case{"gnumach", Board::q35, {}, Protocol::multiboot2},
                    Case{"gnumach", Board::q35, Protocol::multiboot1, Protocol::multiboot1},
                    Case{"multiboot-example", Board::q35, {}, Protocol::multiboot1},
                    Case{"guest-pvh_elf64", Board::microvm, {}, Protocol::pvh},
                    Case{"guest-freebsd", Board::microvm, {}, Protocol::freebsd},
                    Case{"guest-freebsd", Board::q35, {}, Protocol::freebsd},
                    Case{"guest-multiboot2", Board::microvm, {}, Protocol::multiboot2},
                    Case{"guest-multiboot2_elf64", Board::microvm, {}, Protocol::multiboot2},
                    Case{"guest-multiboot2_flat", Board::microvm, {}, Protocol::multiboot2},
                    Case{"guest-multiboot2_relocatable", Board::microvm, {}, Protocol::multiboot2},
                    Case{"guest-multiboot1_flat", Board::microvm, {}, Protocol::multiboot1}),
    [](const auto& test) {
      std::string name = name_of(test.param);
      for (char& c : name) {
        if (c == '-' || c == '.' || c == '+') c = '_';
      }
      return name;
    });

}  // namespace
}  // namespace quiz::boot
