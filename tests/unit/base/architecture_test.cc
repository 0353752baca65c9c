#include "base/architecture.h"

#include <elf.h>
#include <gtest/gtest.h>
#include <sys/utsname.h>

#include <set>

#include "base/error.h"

namespace quiz::base {
namespace {

TEST(Architectures, HaveCompleteRows) {
  for (const Architecture& row : architectures()) {
    for (const std::string_view text :
         {row.name, row.debian, row.debian_kernel, row.triplet, row.kernel_arch, row.kernel_folder,
          row.kernel_image, row.qemu, row.qemu_package, row.qemu_user, row.console,
          row.clock_source, row.compiler, row.linker_emulation}) {
      EXPECT_FALSE(text.empty()) << row.name;
      EXPECT_EQ(text.find(' '), std::string_view::npos) << text;
    }
    EXPECT_FALSE(row.kernel_options.empty()) << row.name;
    EXPECT_TRUE(row.runs_on.empty() || find_architecture(row.runs_on) != nullptr) << row.name;
    EXPECT_TRUE(row.word_bits == 32 || row.word_bits == 64) << row.name;
    EXPECT_GE(row.page_size, 4096U) << row.name;
    EXPECT_GE(row.longest_command_line, 512U) << row.name;
    EXPECT_NE(row.elf_machine, 0) << row.name;
  }
}

TEST(Architectures, AreFoundByEachOfTheirNamesAndByNoOthers) {
  std::set<std::string_view> names;
  for (const Architecture& row : architectures()) EXPECT_TRUE(names.insert(row.name).second);
  for (const char* spelling : {"x86_64", "amd64", "x86-64", "x64"}) {
    ASSERT_NE(find_architecture(spelling), nullptr) << spelling;
    EXPECT_EQ(find_architecture(spelling)->name, "x86_64");
  }
  for (const char* spelling : {"", " ", "amd64 x86-64", "x86", "pdp11", "AMD64"}) {
    EXPECT_EQ(find_architecture(spelling), nullptr) << spelling;
  }
}

TEST(Architectures, ThatAreUnknownAreRefusedWithTheKnownOnes) {
  try {
    architecture_named("pdp11");
    FAIL() << "it was not refused";
  } catch (const Error& error) {
    EXPECT_EQ(error.message(), "quiz has no machines of the architecture 'pdp11'");
    EXPECT_TRUE(error.hint().starts_with("it has machines of x86_64, s390x")) << error.hint();
  }
  try {
    architecture_named("s930x");
    FAIL() << "it was not refused";
  } catch (const Error& error) {
    EXPECT_EQ(error.hint(), "did you mean s390x?");
  }
}

TEST(Architectures, ThatAreNotTheMachinesAreRefused) {
  const Architecture& known = architecture_named("x86_64");
  EXPECT_NO_THROW(require_architecture(known, known, "the kernel 6.1"));
  Architecture foreign = known;
  foreign.name = "s390x";
  EXPECT_THROW(require_architecture(foreign, known, "the kernel 6.1"), Error);
}

TEST(Architectures, AreInTheNamesOfWhatIsForAnotherThanTheHost) {
  EXPECT_EQ(name_for("debian", host_architecture()), "debian");
  EXPECT_EQ(name_for("debian", architecture_named("s390")), "debian+s390x");
}

TEST(Architectures, KnowTheHost) {
  utsname name = {};
  ::uname(&name);
  EXPECT_EQ(host_architecture().name, name.machine);
  EXPECT_EQ(architecture_named("amd64").elf_machine, EM_X86_64);
  EXPECT_EQ(architecture_named("amd64").console_words(), "console=ttyS0");
}

}  // namespace
}  // namespace quiz::base
