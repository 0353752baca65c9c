#include "kernel/debian_headers.h"

#include <gtest/gtest.h>

namespace quiz::kernel {
namespace {

TEST(RelocatedMakefile, IncludesWhatWasUnpacked) {
  EXPECT_EQ(relocated_makefile("include /usr/src/linux-headers-6.1.0-50-common/Makefile\n", "/c/x"),
            "include /c/x/usr/src/linux-headers-6.1.0-50-common/Makefile\n");
  EXPECT_EQ(relocated_makefile("A = 1\ninclude /usr/src/a/Makefile\ninclude /usr/src/b\n", "/c"),
            "A = 1\ninclude /c/usr/src/a/Makefile\ninclude /c/usr/src/b\n");
}

TEST(RelocatedMakefile, IsTheSameOtherwise) {
  for (const char* text : {"", "include scripts/Makefile\n", "# include /usr/src/x\n"}) {
    EXPECT_EQ(relocated_makefile(text, "/c"), text);
  }
}

}  // namespace
}  // namespace quiz::kernel
