#include "cli/completion.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <sstream>

#include "base/child.h"
#include "base/error.h"
#include "cli/commands.h"
#include "config/schema.h"

namespace quiz::cli {
namespace {

TEST(Completion, BothScriptsKnowEveryOptionAndCommand) {
  for (const char* shell : {"bash", "zsh"}) {
    const std::string script = completion_script({shell});
    for (const config::Option& option : config::options()) {
      const std::string flag = option.long_flag.empty() ? std::string{'-', option.short_flag}
                                                        : fmt::format("--{}", option.long_flag);
      EXPECT_NE(script.find(flag), std::string::npos) << shell << " lacks " << flag;
      for (const std::string_view choice : option.choices) {
        EXPECT_NE(script.find(choice), std::string::npos) << shell << " lacks " << choice;
      }
    }
    for (const Command& command : commands()) {
      EXPECT_NE(script.find(command.name), std::string::npos) << shell << " lacks " << command.name;
    }
  }
}

/// What bash offers for the last word of `words`.
std::vector<std::string> offered(const std::vector<std::string>& words) {
  base::SpawnOptions options;
  options.arguments = {"bash", "--norc", "-c",
                       completion_script({"bash"}) +
                           "COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1)); _quiz\n"
                           "printf '%s\\n' \"${COMPREPLY[@]}\"",
                       "bash"};
  options.arguments.insert(options.arguments.end(), words.begin(), words.end());
  const base::Captured captured = base::run_and_capture(options);
  EXPECT_EQ(captured.errors, "");
  std::istringstream lines(captured.output);
  std::vector<std::string> result;
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty()) result.push_back(line);
  }
  return result;
}

using Words = std::vector<std::string>;

TEST(Completion, BashCompletesOptionsValuesAndCommands) {
  EXPECT_EQ(offered({"quiz", "--ac"}), Words{"--accel"});
  EXPECT_EQ(offered({"quiz", "--oops", ""}), (Words{"fail", "ignore", "panic"}));
  EXPECT_EQ(offered({"quiz", "--oops", "=", "f"}), Words{"fail"});
  EXPECT_EQ(offered({"quiz", "-v", "config", "--"}), Words{"--explain"});
  EXPECT_EQ(offered({"quiz", "-m", "2G", "help", "d"}), Words{"doctor"});
}

TEST(Completion, BashOffersNoCommandOfQuizWhereAProgramMustStand) {
  EXPECT_TRUE(offered({"quiz", "--", "doct"}).empty());
  EXPECT_TRUE(offered({"quiz", "--", "kernel", "fetc"}).empty());
  EXPECT_TRUE(offered({"quiz", "ls", "--accel"}).empty());
}

TEST(Completion, AnotherShellIsRefused) {
  EXPECT_THROW(completion_script({}), base::Error);
  EXPECT_THROW(completion_script({"fish"}), base::Error);
  EXPECT_THROW(completion_script({"bash", "zsh"}), base::Error);
}

}  // namespace
}  // namespace quiz::cli
