#include "run/make_flags.h"

#include <gtest/gtest.h>

namespace quiz::run {
namespace {

TEST(JobServer, IsTakenOutOfTheFlagsOfMake) {
  const auto flags = [](const std::string& value) {
    return without_job_server("MAKEFLAGS=" + value);
  };
  EXPECT_EQ(flags(" -j4 --jobserver-auth=3,4"), "MAKEFLAGS= -j4");
  EXPECT_EQ(flags("kw -j4 --jobserver-auth=fifo:/tmp/GMfifo1 --sync-mutex=fnm:/tmp/Gm -- A=b\\ c"),
            "MAKEFLAGS=kw -j4 -- A=b\\ c");
  EXPECT_EQ(flags("k --jobserver-fds=3,4 -j"), "MAKEFLAGS=k") << "that many are the server's";
  EXPECT_EQ(flags(" --jobserver-fds=3,4 -j"), "");
  EXPECT_EQ(without_job_server("CARGO_MAKEFLAGS=-j --jobserver-fds=8,9 --jobserver-auth=8,9"), "");
  EXPECT_EQ(without_job_server("MFLAGS=-k -j2 --jobserver-auth=3,4"), "MFLAGS=-k -j2");
}

TEST(JobServer, IsNothingElse) {
  for (const char* variable :
       {"MAKEFLAGS=", "MAKEFLAGS", "MAKEFLAGS=k -j", "MAKEFLAGS= -j4 --jobserver-style=fifo",
        "MAKEFLAGS=w -- FLAGS=--jobserver-auth=3,4", "MAKELEVEL=1",
        "CFLAGS=--jobserver-auth=3,4"}) {
    EXPECT_EQ(without_job_server(variable), variable);
  }
}

}  // namespace
}  // namespace quiz::run
