#include "run/init_binary.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/sha256.h"
#include "run/program_architecture.h"

namespace quiz::run {
namespace {

bool is_here(const base::Architecture& architecture) {
  try {
    init_binary(architecture);
    return true;
  } catch (const base::Error&) {
    return false;
  }
}

TEST(InitBinary, IsAProgramForItsArchitecture) {
  EXPECT_TRUE(is_here(base::host_architecture()));
  for (const base::Architecture& architecture : base::architectures()) {
    if (!is_here(architecture)) continue;  // this build found no compiler for it
    const InitBinary init = init_binary(architecture);
    EXPECT_EQ(architecture_of_program(init.content), architecture) << architecture.name;
    EXPECT_EQ(base::sha256(init.content), init.sha256) << architecture.name;
  }
}

TEST(InitBinary, ThatIsMissingNamesItsCompiler) {
  base::Architecture missing = base::architecture_named("s390x");
  missing.name = "s390y";
  try {
    init_binary(missing);
    FAIL() << "it was not refused";
  } catch (const base::Error& error) {
    EXPECT_EQ(error.message(), "this quiz was built without an init for machines of s390y");
    EXPECT_NE(error.hint().find("apt install g++-s390x-linux-gnu"), std::string::npos);
  }
}

}  // namespace
}  // namespace quiz::run
