#include "kernel/build.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "fixtures.h"
#include "kernel/kbuild_tree.h"
#include "kernel/source_tree.h"

namespace quiz::kernel {
namespace {

TEST(SourceTree, ReadsTheVersionFromTheMakefile) {
  EXPECT_EQ(version_from_makefile("# SPDX\nVERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 117\n"
                                  "EXTRAVERSION =\nNAME = Baby Opossum\n"),
            "6.12.117");
  EXPECT_EQ(
      version_from_makefile("VERSION = 7\nPATCHLEVEL = 2\nSUBLEVEL = 0\nEXTRAVERSION = -rc3\n"),
      "7.2.0-rc3");
  EXPECT_EQ(version_from_makefile("VERSION := 1\nall:\n"), "");
  EXPECT_EQ(version_from_makefile(""), "");
}

TEST(SourceTree, RefusesWhatIsNoneOfIt) {
  const test::Scratch scratch;
  scratch.write("tree/Makefile", "all:\n");
  base::SilentReporter reporter;
  EXPECT_THROW(find_source((scratch.path() / "tree").string(), scratch.path(), "", reporter),
               base::Error);
  EXPECT_THROW(find_source("6.12", scratch.path(), "", reporter), base::Error);
  EXPECT_THROW(find_source("nowhere", scratch.path(), "", reporter), base::Error);
}

TEST(SourceTree, TakesACleanTreeOnly) {
  const test::Scratch scratch;
  scratch.write("tree/Makefile", "VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 3\n");
  scratch.write("tree/Kconfig", "");
  scratch.write("tree/arch/x86/Kconfig", "");
  base::SilentReporter reporter;
  const fs::path tree = scratch.path() / "tree";
  EXPECT_EQ(find_source(tree.string(), scratch.path(), "", reporter).version, "6.12.3");
  scratch.write("tree/.config", "");
  EXPECT_THROW(find_source(tree.string(), scratch.path(), "", reporter), base::Error);
  EXPECT_EQ(source_directory(tree).version, "6.12.3");
}

TEST(BuildRequest, NamesTheVariantAfterWhatWasAskedFor) {
  BuildRequest request;
  EXPECT_EQ(variant_of(request), "");
  request.llvm = "";
  EXPECT_EQ(variant_of(request), "llvm");
  request.config.options = {{"KASAN", "y", ""}, {"SMP", "n", ""}, {"HZ_X", "\"a b\"", ""}};
  EXPECT_EQ(variant_of(request), "llvm-kasan-no-smp-hz-x-ab");
  request.config.features = {"lockdep", "debug"};
  const std::string longer = variant_of(request);
  EXPECT_LE(longer.size(), 32U);
  EXPECT_TRUE(longer.starts_with("llvm-lockdep-debug-kasa"));
  request.variant = "mine";
  EXPECT_EQ(variant_of(request), "mine");
}

TEST(BuildRequest, HasTheWordsThatAskForItAgain) {
  BuildRequest request;
  request.what = "debian:trixie-backports:7.2";
  using Words = std::vector<std::string>;
  EXPECT_EQ(words_of(request), Words{"debian:trixie-backports:7.2"});
  request.llvm = "19";
  request.config.features = {"kasan"};
  request.config.options = {{"HZ_X", "\"a b\"", ""}};
  request.variant = variant_of(request);
  EXPECT_EQ(words_of(request), (Words{"debian:trixie-backports:7.2", "--llvm=19", "--feature",
                                      "kasan", "--set", "HZ_X=\"a b\""}));
  request = {};
  request.what = "/src/linux";
  request.llvm = "";
  request.config.config = "/src/config";
  request.config.fragments = {"/src/fragment"};
  request.variant = "mine";
  EXPECT_EQ(words_of(request), (Words{"/src/linux", "--llvm", "--config", "/src/config",
                                      "--fragment", "/src/fragment", "--variant", "mine"}));
  request = {};
  request.what = "6.12";
  request.config.architecture = base::architecture_named("s390x");
  EXPECT_EQ(words_of(request), (Words{"6.12", "-a", "s390x"}));
}

TEST(KbuildTree, HasTheSourcesFilesAndTheBuilds) {
  const test::Scratch scratch;
  for (const char* file :
       {"src/Makefile", "src/Kbuild", "src/arch/x86/Makefile", "src/arch/x86/include/asm/a.h",
        "src/include/linux/b.h", "src/scripts/mod/modpost.c", "src/kernel/fork.c", "o/Makefile",
        "o/include/generated/autoconf.h", "o/arch/x86/include/generated/asm/c.h",
        "o/scripts/mod/modpost", "o/scripts/mod/modpost.o", "o/scripts/mod/.modpost.cmd",
        "o/Module.symvers", "o/.config", "o/tools/objtool/objtool", "o/kernel/fork.o"}) {
    scratch.write(file, file);
  }
  const fs::path target = scratch.path() / "kbuild";
  copy_kbuild_tree(scratch.path() / "src", scratch.path() / "o", target,
                   base::architecture_named("x86_64"));
  for (const char* file :
       {"Makefile", "Kbuild", "arch/x86/Makefile", "arch/x86/include/asm/a.h",
        "arch/x86/include/generated/asm/c.h", "include/linux/b.h", "include/generated/autoconf.h",
        "scripts/mod/modpost", "Module.symvers", ".config", "tools/objtool/objtool"}) {
    EXPECT_TRUE(fs::exists(target / file)) << file;
  }
  EXPECT_EQ(base::read_file(target / "Makefile"), "src/Makefile");
  for (const char* file : {"kernel", "scripts/mod/modpost.o", "scripts/mod/.modpost.cmd"}) {
    EXPECT_FALSE(fs::exists(target / file)) << file;
  }
}

}  // namespace
}  // namespace quiz::kernel
