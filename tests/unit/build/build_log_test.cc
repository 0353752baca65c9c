#include "build/build_log.h"

#include <gtest/gtest.h>

namespace quiz::build {
namespace {

TEST(MakeLog, CountsWhatIsMade) {
  EXPECT_TRUE(is_build_step("  CC      kernel/fork.o"));
  EXPECT_TRUE(is_build_step("  CC [M]  drivers/block/brd.o"));
  EXPECT_TRUE(is_build_step("  AR      built-in.a"));
  EXPECT_FALSE(is_build_step("  CHK     include/x.h"));
  EXPECT_FALSE(is_build_step("make[1]: Entering directory"));
}

TEST(MakeLog, FindsTheFirstErrorOfACompilerBehindItsConsequences) {
  EXPECT_EQ(first_build_error("  CC      a.o\n"
                              "make[2]: *** [scripts/x] Error 1\n"
                              "../a.c: In function 'f':\n"
                              "../a.c:12:3: warning: unused\n"
                              "../a.c:14:5: error: 'x' undeclared\n"
                              "../a.c:15:5: error: another\n"),
            "../a.c:14:5: error: 'x' undeclared");
  EXPECT_EQ(first_build_error("x.S:3: Error: no such instruction: `foo'\n"),
            "x.S:3: Error: no such instruction: `foo'");
}

TEST(MakeLog, FindsOtherErrors) {
  EXPECT_EQ(first_build_error("ld: a.o: undefined reference to `f'\nmake: *** [v] Error 1\n"),
            "ld: a.o: undefined reference to `f'");
  EXPECT_EQ(first_build_error("make: *** No rule to make target 'x'.  Stop.\n"),
            "make: *** No rule to make target 'x'.  Stop.");
  EXPECT_EQ(first_build_error("all is well\n"), "");
  EXPECT_EQ(first_build_error("cc1: fatal error: no space: error: hm\n"), "");
}

TEST(MakeLog, NamesThePackageOfWhatIsMissing) {
  EXPECT_EQ(package_for_build_error("elf.h:5:10: fatal error: gelf.h: No such file or directory"),
            "libelf-dev");
  EXPECT_EQ(package_for_build_error("/bin/sh: 1: flex: not found"), "flex");
  EXPECT_EQ(package_for_build_error("a.c:1:1: error: flex: is odd"), "");
}

}  // namespace
}  // namespace quiz::build
