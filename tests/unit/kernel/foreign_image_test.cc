#include "kernel/foreign_image.h"

#include <gtest/gtest.h>

#include "../boot/images.h"
#include "base/error.h"
#include "fixtures.h"
#include "kernel/built_tree.h"
#include "kernel/image.h"

namespace quiz::kernel {
namespace {

/// An image that says so at `offset`, and nothing else.
std::string image_with(std::size_t offset, const std::string& mark) {
  std::string image(0x11000, '\0');
  return image.replace(offset, mark.size(), mark);
}

std::string elf(char order, std::string machine) {
  std::string image = std::string("\177ELF\2") + order;
  image.resize(18);
  return image + machine + std::string(64, '\0');
}

TEST(ForeignImage, IsKnownByItsHeader) {
  EXPECT_EQ(foreign_architecture(image_with(0x38, "ARM\x64")), "aarch64");
  EXPECT_EQ(foreign_architecture(image_with(0x38, "RSC\x05")), "riscv64");
  EXPECT_EQ(foreign_architecture(image_with(0x10008, "S390EP")), "s390x");
  EXPECT_EQ(foreign_architecture(elf(2, std::string("\0\x15", 2))), "ppc64");
  EXPECT_EQ(foreign_architecture(elf(1, std::string("\x15\0", 2))), "ppc64le");
}

TEST(ForeignImage, IsNoneOfX86s) {
  EXPECT_EQ(foreign_architecture(boot::test::make_vmlinux(test::kBanner)), std::nullopt);
  EXPECT_EQ(foreign_architecture(boot::test::make_bzimage(boot::test::make_vmlinux(test::kBanner))),
            std::nullopt);
  for (const char* text : {"", "\177ELF", "MZ", "just text"}) {
    EXPECT_EQ(foreign_architecture(text), std::nullopt) << text;
  }
}

/// The refusal; empty: none.
template <typename Action>
std::string refusal_of(Action action) {
  try {
    action();
  } catch (const base::Error& error) {
    return error.message();
  }
  return {};
}

TEST(ForeignImage, IsRefusedByTheNameOfItsArchitecture) {
  const test::Scratch scratch;
  scratch.write("vmlinux", elf(1, std::string("\x02\x01", 2)));
  EXPECT_EQ(refusal_of([&] { load_image(scratch.path() / "vmlinux"); }),
            "quiz has no machines of the architecture 'loongarch64'");
}

TEST(ForeignImage, ATreeOfOneIsRefusedToo) {
  const test::Scratch scratch;
  scratch.write("tree/.config", "#\n# Linux/mips 6.12.1 Kernel Configuration\n#\n");
  EXPECT_EQ(refusal_of([&] { describe_built_tree(scratch.path() / "tree", scratch.path()); }),
            "quiz has no machines of the architecture 'mips'");
}

TEST(ForeignImage, AnEntryOfOneIsDamagedForThisQuiz) {
  const test::Scratch scratch;
  scratch.write("kernels/other/kernel.json",
                R"({"release": "6.1", "version": "6.1", "architecture": "mips64"})");
  const std::string refusal =
      refusal_of([&] { Store(scratch.path()).find("other", "/", base::host_architecture()); });
  EXPECT_NE(refusal.find("no machines of the architecture 'mips64'"), std::string::npos) << refusal;
}

}  // namespace
}  // namespace quiz::kernel
