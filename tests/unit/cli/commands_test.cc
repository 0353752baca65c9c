// The commands that need no machine: config and clean.
#include <gtest/gtest.h>

#include <filesystem>

#include "base/error.h"
#include "base/files.h"
#include "cli/command.h"
#include "config/load.h"
#include "config/toml_layer.h"

namespace quiz::cli {
namespace {

using testing::internal::CaptureStdout;
using testing::internal::GetCapturedStdout;

class CommandTest : public testing::Test {
 protected:
  CommandTest() { paths_.cache = directory_.path() / "cache"; }

  std::string output_of(int (*command)(const Context&, const std::vector<std::string>&),
                        const std::vector<std::string>& words) {
    CaptureStdout();
    const int status = command({settings_, paths_, reporter_}, words);
    std::string text = GetCapturedStdout();
    EXPECT_EQ(status, 0);
    return text;
  }
  void set(const char* key, const char* text, config::Origin origin) {
    config::apply(settings_, {config::find_key(key), text, std::move(origin)});
  }

  base::TempDir directory_{std::filesystem::temp_directory_path()};
  config::Settings settings_;
  base::Paths paths_;
  base::SilentReporter reporter_;
};

TEST_F(CommandTest, ConfigExplainsWhereEveryValueComesFrom) {
  set("cpus", "4", {config::Source::kEnvironment, "QUIZ_CPUS"});
  set("environment", "A=b c", {config::Source::kFile, "/p/.quiz.toml:1:2"});
  set("environment", "HOME", {config::Source::kFlag, "-e"});
  const std::string text = output_of(command_config, {"--explain"});
  EXPECT_NE(text.find("\nmemory = 1024 "), std::string::npos) << text;
  EXPECT_NE(text.find("# default\n"), std::string::npos);
  EXPECT_NE(text.find("  # environment variable QUIZ_CPUS\n"), std::string::npos);
  EXPECT_NE(text.find("\n  \"A=b c\", "), std::string::npos);
  EXPECT_NE(text.find("  # /p/.quiz.toml:1:2\n"), std::string::npos);
  EXPECT_NE(text.find("  # option -e\n"), std::string::npos);
  for (const config::Option& option : config::options()) {
    if (option.key.empty()) continue;
    EXPECT_NE(text.find(std::string(option.key) + " = "), std::string::npos) << option.key;
  }
}

TEST_F(CommandTest, WhatConfigPrintsIsAFileThatSaysTheSame) {
  const config::Origin flag{config::Source::kFlag, "-x"};
  for (const auto& [key, text] : {std::pair{"kernel", "6.12 \"x\" \\ ü"},
                                  {"memory", "2G"},
                                  {"environment", "A=1\n2"},
                                  {"environment", "B"},
                                  {"cmdline", "a b"},
                                  {"timeout", "1.5"},
                                  {"json", "3"},
                                  {"kmsg", "none"},
                                  {"user", "yes"},
                                  {"tty", "force"},
                                  {"directory", "/tmp"}}) {
    set(key, text, flag);
  }
  for (const std::vector<std::string>& words : {std::vector<std::string>{}, {"--explain"}}) {
    const std::string text = output_of(command_config, words);
    config::Settings again;
    for (const auto& assignment :
         config::toml_layer({"/x/config.toml", text}, config::FileKind::kUser)) {
      config::apply(again, assignment);
    }
    for (const config::Option& option : config::options()) {
      if (option.key.empty()) continue;
      const auto before = option.show(settings_);
      const auto after = option.show(again);
      ASSERT_EQ(before.size(), after.size()) << option.key;
      for (std::size_t i = 0; i < before.size(); ++i) EXPECT_EQ(before[i].toml, after[i].toml);
    }
  }
}

TEST_F(CommandTest, ConfigRefusesWhatItDoesNotKnow) {
  EXPECT_THROW(command_config({settings_, paths_, reporter_}, {"--explian"}), base::Error);
}

TEST_F(CommandTest, CleanEmptiesTheCacheAndSaysHowMuchThatFreed) {
  base::make_directories(paths_.cache / "sources" / "deep");
  base::write_file_atomically(paths_.cache / "sources" / "deep" / "file",
                              std::string(100'000, 'x'));
  base::write_file_atomically(directory_.path() / "outside", "kept");
  std::filesystem::create_symlink(directory_.path() / "outside", paths_.cache / "link");
  const std::string text = output_of(command_clean, {});
  EXPECT_NE(text.find("removed " + (paths_.cache / "sources").string() + " ("), std::string::npos);
  EXPECT_NE(text.find(" freed\n"), std::string::npos);
  EXPECT_TRUE(std::filesystem::is_empty(paths_.cache));
  EXPECT_TRUE(std::filesystem::exists(directory_.path() / "outside"));
}

TEST_F(CommandTest, CleanOfNothingIsNoError) {
  const std::string nothing = "nothing to remove below " + paths_.cache.string() + "\n";
  EXPECT_EQ(output_of(command_clean, {}), nothing);
  base::make_directories(paths_.cache);
  EXPECT_EQ(output_of(command_clean, {}), nothing);
}

TEST_F(CommandTest, CleanRefusesWords) {
  EXPECT_THROW(command_clean({settings_, paths_, reporter_}, {"--all"}), base::Error);
}

}  // namespace
}  // namespace quiz::cli
