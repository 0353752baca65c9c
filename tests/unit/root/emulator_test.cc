#include "root/emulator.h"

#include <gtest/gtest.h>

#include <string>

namespace quiz::root {
namespace {

const base::Architecture& named(const char* name) { return base::architecture_named(name); }

TEST(Emulator, IsRegisteredForTheProgramsOfItsArchitecture) {
  // 64 bits, big-endian, any system's, an executable or one that lies anywhere, of S/390.
  EXPECT_EQ(registration(named("s390x"), "./qemu"),
            ":quiz-s390x:M::"
            "\\x7f\\x45\\x4c\\x46\\x02\\x02\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00"
            "\\x02\\x00\\x16:"
            "\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\xff"
            "\\xfe\\xff\\xff:"
            "./qemu:FP");
  EXPECT_NE(registration(named("aarch64"), "q").find("\\x02\\x00\\xb7\\x00:"), std::string::npos);
  EXPECT_NE(registration(named("aarch64"), "q").find("\\xfe\\xff\\xff\\xff:"), std::string::npos);
}

TEST(Emulator, OfTheWholeMachineCountsWhereItHoldsInAChroot) {
  // As Debian's qemu-user-static registers it.
  const std::string entry =
      "enabled\ninterpreter /usr/libexec/qemu-binfmt/s390x-binfmt-P\nflags: POCF\noffset 0\n"
      "magic 7f454c4602020100000000000000000000020016\n"
      "mask fffffffffffffffcfffffffffffffffffffeffff\n";
  EXPECT_TRUE(is_registered(named("s390x"), entry));
  EXPECT_FALSE(is_registered(named("ppc64le"), entry));
  EXPECT_FALSE(is_registered(named("aarch64"), entry));
  std::string changed = entry;
  EXPECT_FALSE(is_registered(named("s390x"), changed.replace(changed.find("POCF"), 4, "POC")));
  changed = entry;
  EXPECT_FALSE(is_registered(named("s390x"), changed.replace(0, 7, "disabled")));
  EXPECT_FALSE(is_registered(named("s390x"), ""));
  EXPECT_FALSE(is_registered(named("s390x"), "enabled\nflags: F\nmagic 7f\n"));
}

}  // namespace
}  // namespace quiz::root
