#include "cli/help.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <sstream>

#include "base/error.h"
#include "base/files.h"
#include "cli/commands.h"
#include "config/schema.h"

namespace quiz::cli {
namespace {

// QUIZ_ACCEPT=1 takes the present text as the right one.
TEST(Help, TheOverviewIsTheGoldenOne) {
  const std::string path = QUIZ_TEST_DATA "/golden/cli/help.txt";
  const std::string text = help_text({});
  if (std::getenv("QUIZ_ACCEPT") != nullptr) {
    base::write_file_atomically(path, text);
    GTEST_SKIP() << "accepted the present text as " << path;
  }
  EXPECT_EQ(text, base::read_file(path));
}

TEST(Help, TheOverviewNamesEveryOptionAndCommand) {
  const std::string text = help_text({});
  for (const config::Option& option : config::options()) {
    EXPECT_NE(text.find(option.flags() + " "), std::string::npos) << option.flags();
  }
  for (const Command& command : commands()) {
    EXPECT_NE(text.find("\n  " + std::string(command.name) + " "), std::string::npos);
  }
}

TEST(Help, NoLineIsLongerThan100Columns) {
  std::string texts = help_text({}) + help_text({"run"});
  for (const Command& command : commands()) texts += help_text({std::string(command.name)});
  std::istringstream lines(texts);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 100U) << line;
}

TEST(Help, EveryTopicHasAText) {
  EXPECT_NE(help_text({"run"}).find("125"), std::string::npos);
  for (const Command& command : commands()) {
    EXPECT_EQ(help_text({std::string(command.name)}).substr(0, 5), "quiz ") << command.name;
  }
}

TEST(Help, AnUnknownTopicIsRefusedWithTheNearest) {
  try {
    help_text({"kernle"});
    FAIL();
  } catch (const base::Error& error) {
    EXPECT_EQ(error.message(), "there is no help on 'kernle'");
    EXPECT_EQ(error.hint(), "did you mean 'kernel'?");
  }
  EXPECT_THROW(help_text({"run", "kernel"}), base::Error);
}

TEST(Help, TheVersionIsOneLine) { EXPECT_EQ(version_text().substr(0, 5), "quiz "); }

}  // namespace
}  // namespace quiz::cli
