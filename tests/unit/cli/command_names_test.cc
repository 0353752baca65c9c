#include <gtest/gtest.h>

#include <set>
#include <sstream>
#include <string>

#include "base/files.h"
#include "cli/commands.h"

namespace quiz::cli {
namespace {

// The list: the programs of a Debian system (/usr/bin, /usr/sbin and so on) and of OpenZFS.
TEST(CommandNames, NoneIsAProgramThatPeopleRun) {
  std::istringstream list(base::read_file(QUIZ_TEST_DATA "/data/debian-commands.txt"));
  std::set<std::string> programs;
  for (std::string name; std::getline(list, name);) programs.insert(name);
  for (const char* known : {"ps", "kill", "zfs", "uname", "make"}) {
    EXPECT_TRUE(programs.contains(known)) << known;
  }
  for (const Command& command : commands()) {
    EXPECT_FALSE(programs.contains(std::string(command.name))) << command.name;
  }
}

}  // namespace
}  // namespace quiz::cli
