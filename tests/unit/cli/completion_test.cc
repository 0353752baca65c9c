#include "cli/completion.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <sstream>

#include "base/child.h"
#include "base/error.h"
#include "base/files.h"
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
  EXPECT_EQ(offered({"quiz", "-m", "2G", "help", "do"}), Words{"doctor"});
}

TEST(Completion, BashCompletesKernels) {
  const base::TempDir directory(base::fs::temp_directory_path(), "quiz-unit-");
  const std::string quiz = (directory.path() / "quiz").string();
  base::write_file_atomically(quiz,
                              "#!/bin/sh\necho 'NAME RELEASE'\necho '6.12.95 *  6.12.95'\n"
                              "echo '6.12.95+kasan  6.12.95+kasan'\n",
                              0755);
  const Words all{"6.12.95", "6.12.95+kasan"};
  EXPECT_EQ(offered({quiz, "-k", "6"}), all);
  EXPECT_EQ(offered({quiz, "kernel", "remove", ""}), all);
  EXPECT_EQ(offered({quiz, "kernel", "show", "6.12.95+"}), Words{"6.12.95+kasan"});
}

TEST(Completion, BashCompletesTheWordsOfBoot) {
  EXPECT_EQ(offered({"quiz", "boot", "--mac"}), Words{"--machine"});
  EXPECT_EQ(offered({"quiz", "boot", "--loader", ""}),
            (Words{"auto", "linux", "freebsd", "pvh", "multiboot2", "multiboot1"}));
  EXPECT_EQ(offered({"quiz", "boot", "--loader", "=", "p"}), Words{"pvh"});
  EXPECT_EQ(offered({"quiz", "-m", "2G", "boot", "xen.gz", "--machine", ""}),
            (Words{"microvm", "q35", "pc"}));
  EXPECT_EQ(offered({"quiz", "boot", "-o", "loader.k"}), Words{"loader.kernel"});
  EXPECT_TRUE(offered({"quiz", "boot", "--cmdline", "--"}).empty());
}

TEST(Completion, BashCompletesTheWordsOfVm) {
  EXPECT_EQ(offered({"quiz", "vm", "st"}), (Words{"start", "stats", "stop"}));
  EXPECT_EQ(offered({"quiz", "vm", "stop", "--"}), Words{"--kill"});
  EXPECT_EQ(offered({"quiz", "vm", "list", "--"}), Words{"--json"});
  EXPECT_EQ(offered({"quiz", "vm", "start", "--mem"}), Words{"--memory"});
  EXPECT_EQ(offered({"quiz", "--keep"}),
            (Words{"--keep", "--keep=no", "--keep=failure", "--keep=always"}));
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
