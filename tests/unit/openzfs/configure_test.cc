#include "openzfs/configure.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.h"

namespace quiz::openzfs {
namespace {

bool has(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

TEST(UserOptions, PutEverythingBelowUsr) {
  const auto options = user_options("/usr/lib/x86_64-linux-gnu");
  EXPECT_TRUE(has(options, "--libdir=/usr/lib/x86_64-linux-gnu"));
  EXPECT_TRUE(has(options, "--with-mounthelperdir=/usr/sbin"));
  EXPECT_TRUE(has(options, "--disable-systemd"));
}

TEST(KernelOptions, NameTheKernelsTreeAndItsCompiler) {
  Target target;
  target.source = "/store/kbuild";
  target.object = "/store/object";
  auto options = kernel_options(target, false);
  EXPECT_TRUE(has(options, "--with-linux=/store/kbuild"));
  EXPECT_TRUE(has(options, "--with-linux-obj=/store/object"));
  EXPECT_FALSE(has(options, "--enable-linux-experimental"));
  target.llvm = "-19";
  options = kernel_options(target, true);
  EXPECT_TRUE(has(options, "KERNEL_LLVM=-19"));
  EXPECT_TRUE(has(options, "--enable-linux-experimental"));
  target.llvm = "";
  EXPECT_TRUE(has(kernel_options(target, false), "KERNEL_LLVM=1"));
}

Target foreign_target() {
  Target target;
  target.architecture = base::architecture_named("s390x");
  target.sysroot = "/cache/s390x";
  return target;
}

TEST(CrossOptions, AreNoneForTheHostsOwn) {
  EXPECT_TRUE(cross_options({}).empty());
  for (const std::string& word : kernel_options({}, false)) {
    EXPECT_EQ(word.find("KERNEL_"), std::string::npos) << word;
  }
}

TEST(CrossOptions, NameTheCompilerAndItsSysroot) {
  const Target target = foreign_target();
  const auto options = cross_options(target);
  EXPECT_TRUE(has(options, "--host=s390x-linux-gnu"));
  EXPECT_TRUE(has(options,
                  "CC=s390x-linux-gnu-gcc --sysroot=/cache/s390x "
                  "-B/cache/s390x/usr/lib/s390x-linux-gnu -L/cache/s390x/usr/lib/s390x-linux-gnu"));
  EXPECT_TRUE(has(options,
                  "PKG_CONFIG_LIBDIR=/cache/s390x/usr/lib/s390x-linux-gnu/pkgconfig:"
                  "/cache/s390x/usr/share/pkgconfig"));
  EXPECT_TRUE(has(options, "PKG_CONFIG_SYSROOT_DIR=/cache/s390x"));
  EXPECT_EQ(find_library_directory(target), "/usr/lib/s390x-linux-gnu");
}

TEST(KernelOptions, NameTheKernelsArchitectureAndItsCompiler) {
  const auto options = kernel_options(foreign_target(), false);
  EXPECT_TRUE(has(options, "KERNEL_ARCH=s390"));
  EXPECT_TRUE(has(options, "KERNEL_CROSS_COMPILE=s390x-linux-gnu-"));
  EXPECT_TRUE(has(options, "KERNEL_CC=s390x-linux-gnu-gcc"));
}

TEST(CheckArguments, RefusesWhatWouldLeaveTheCheckout) {
  EXPECT_NO_THROW(check_arguments({"--enable-debug", "CFLAGS=-O0"}));
  for (const char* argument : {"--prefix=/usr/local", "DESTDIR=/", "--with-linux=/usr/src/linux",
                               "INSTALL_MOD_PATH=/", "--host=s390x-linux-gnu"}) {
    EXPECT_THROW(check_arguments({argument}), base::Error) << argument;
  }
}

constexpr char kOutput[] =
    "checking whether CONFIG_BLOCK is defined... yes\n"
    "checking whether CONFIG_ZLIB_DEFLATE is defined... no\n"
    "configure: error: \n"
    "\t*** This kernel does not include the required zlib deflate support.\n"
    "\t*** Rebuild the kernel with CONFIG_ZLIB_DEFLATE=y|m set.\n"
    "make: nothing\n";

TEST(ConfigureError, IsOneLine) {
  EXPECT_EQ(configure_error(kOutput),
            "This kernel does not include the required zlib deflate support. Rebuild the kernel "
            "with CONFIG_ZLIB_DEFLATE=y|m set.");
  EXPECT_EQ(configure_error("configure: error: uuid/uuid.h missing, libuuid-devel is required\n"),
            "uuid/uuid.h missing, libuuid-devel is required");
  EXPECT_EQ(configure_error("all is well\n"), "");
}

TEST(ExplainFailure, ShowsTheLastCheckAndNotTheDump) {
  const std::string log =
      "configure:10: checking for gcc\nconfigure:11: result: gcc\n"
      "configure:20: checking for uuid\nconfigure:21: gcc -c conftest.c\n"
      "conftest.c:1: fatal error: uuid/uuid.h: No such file\nconfigure:22: $? = 1\n"
      "configure:23: error: uuid is missing\n\n"
      "## ---------------- ##\n## Cache variables. ##\nac_cv_x=y\n";
  EXPECT_EQ(explain_failure(log, ""),
            "configure:20: checking for uuid\nconfigure:21: gcc -c conftest.c\n"
            "conftest.c:1: fatal error: uuid/uuid.h: No such file\nconfigure:22: $? = 1\n"
            "configure:23: error: uuid is missing");
}

TEST(ExplainFailure, FallsBackToTheOutputAndStaysShort) {
  EXPECT_EQ(explain_failure("", "a\nb\n\n"), "a\nb");
  std::string many;
  for (int i = 0; i < 100; ++i) many += "line\n";
  const std::string shown = explain_failure("", many);
  EXPECT_EQ(std::count(shown.begin(), shown.end(), '\n'), 24);
}

}  // namespace
}  // namespace quiz::openzfs
