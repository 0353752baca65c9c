#include "live/gdb_script.h"

#include <gtest/gtest.h>

namespace quiz::live {
namespace {

TEST(GdbScript, LoadsTheSymbolsWhereTheyAreAndConnects) {
  GdbRequest request;
  request.symbols = "/store/6.12/vmlinux.debug";
  request.text = 0xffffffff81000000;
  request.modules = {{{"zfs", {{".text", 0xffffffffc0000000}, {".data", 0xffffffffc0100000}}},
                      R"(/my "zfs"/zfs.ko)"}};
  request.remote = "exec quiz vm gdb --stub box";
  EXPECT_EQ(gdb_script(request),
            "set remotetimeout 30\n"
            "file \"/store/6.12/vmlinux.debug\"\n"
            "set $quiz_moved = 0xffffffff81000000 - (unsigned long long)&_text\n"
            "if $quiz_moved != 0\n"
            "  symbol-file \"/store/6.12/vmlinux.debug\" -o $quiz_moved\n"
            "end\n"
            "pipe -d END-OF-COMMAND add-symbol-file \"/my \\\"zfs\\\"/zfs.ko\" -s .data "
            "0xffffffffc0100000 -s .text "
            "0xffffffffc0000000 END-OF-COMMAND cat >/dev/null\n"
            "target remote | exec quiz vm gdb --stub box\n");
}

TEST(GdbScript, DoesWithoutWhatIsNotKnown) {
  GdbRequest request;
  request.remote = "quiz";
  request.text = 1;
  EXPECT_EQ(gdb_script(request), "set remotetimeout 30\ntarget remote | quiz\n");
}

TEST(GdbScript, IsOfNoMoreLinesThanItShouldBe) {
  GdbRequest request;
  request.symbols = "/a\nshell/vmlinux";
  request.modules = {{{"zfs", {{".text", 1}}}, "/b\nshell/zfs.ko"}};
  request.remote = "quiz";
  EXPECT_EQ(gdb_script(request), "set remotetimeout 30\ntarget remote | quiz\n");
}

}  // namespace
}  // namespace quiz::live
