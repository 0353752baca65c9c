#include "config/load.h"

#include <gtest/gtest.h>

#include <string>

#include "base/error.h"
#include "base/files.h"
#include "base/sha256.h"

namespace quiz::config {
namespace {

class Load : public testing::Test {
 protected:
  Load() {
    base::make_directories(project_ / "deep");
    base::write_file_atomically(project_ / ".quiz.toml", "");
    input_.user_file = directory_.path() / "config.toml";
    input_.start_directory = project_ / "deep";
  }
  void user(const std::string& content) { base::write_file_atomically(input_.user_file, content); }
  void project(const std::string& content) {
    base::write_file_atomically(project_ / ".quiz.toml", content);
  }
  void flag(const char* key, const std::string& text) {
    const Option* const option = find_key(key);
    input_.flags.push_back({option, text, {Source::kFlag, "--" + std::string(option->long_flag)}});
  }
  base::TempDir directory_{std::filesystem::temp_directory_path()};
  std::filesystem::path project_ = directory_.path() / "project";
  LoadInput input_;
};

TEST_F(Load, EachLayerOverridesTheOnesBelow) {
  const auto cpus = [&] { return load_settings(input_).settings.cpus; };
  EXPECT_EQ(cpus().value, 2U);
  EXPECT_EQ(cpus().origin.describe(), "default");
  user("cpus = 3");
  EXPECT_EQ(cpus().value, 3U);
  EXPECT_EQ(cpus().origin.describe(), input_.user_file.string() + ":1:8");
  project("cpus = 4");
  EXPECT_EQ(cpus().value, 4U);
  EXPECT_EQ(cpus().origin.describe(), (project_ / ".quiz.toml").string() + ":1:8");
  input_.environment = {"PATH=/bin", "QUIZ_CPUS=5"};
  EXPECT_EQ(cpus().value, 5U);
  EXPECT_EQ(cpus().origin.describe(), "environment variable QUIZ_CPUS");
  flag("cpus", "6");
  EXPECT_EQ(cpus().value, 6U);
  EXPECT_EQ(cpus().origin.describe(), "option --cpus");
}

TEST_F(Load, WhatQuizRemembersOfAProjectGivesWayToWhatAPersonWrote) {
  const auto cpus = [&] { return load_settings(input_).settings.cpus; };
  base::make_directories(project_ / ".quiz");
  base::write_file_atomically(project_ / ".quiz" / "config.toml", "cpus = 7");
  EXPECT_EQ(cpus().value, 7U);
  EXPECT_EQ(cpus().origin.describe(), (project_ / ".quiz" / "config.toml").string() + ":1:8");
  project("cpus = 4");
  EXPECT_EQ(cpus().value, 4U);
}

TEST_F(Load, WhatQuizRemembersOfAProjectWinsOverWhatWasWrittenForALargerOne) {
  project("cpus = 4");
  base::make_directories(project_ / "deep" / ".quiz");
  base::write_file_atomically(project_ / "deep" / ".quiz" / "config.toml", "cpus = 7");
  EXPECT_EQ(load_settings(input_).settings.cpus.value, 7U);
}

TEST_F(Load, WhatAProjectSaysIsKeptAsItWasRead) {
  user("memory = 512");
  project("memory = \"64G\"\ndirectory = \"deep\"\n");
  const Settings settings = load_settings(input_).settings;
  ASSERT_EQ(settings.project_files.size(), 1U);
  const ProjectFile& file = settings.project_files[0];
  EXPECT_EQ(file.path, project_ / ".quiz.toml");
  EXPECT_EQ(file.project, project_);
  EXPECT_EQ(file.sha256, base::sha256("memory = \"64G\"\ndirectory = \"deep\"\n"));
  ASSERT_EQ(file.values.size(), 2U);
  std::string said;
  for (const ProjectValue& value : file.values) said += value.key + "=" + value.text + " ";
  EXPECT_EQ(said, "directory=" + (project_ / "deep").string() + " memory=64G ");
  EXPECT_EQ(settings.memory.origin.place, file.values[1].place);
}

TEST_F(Load, AFlagCanTurnOffWhatAFileTurnedOn) {
  project("user = true");
  EXPECT_TRUE(load_settings(input_).settings.user.value);
  flag("user", "no");
  EXPECT_FALSE(load_settings(input_).settings.user.value);
}

TEST_F(Load, ListsGatherFromAllLayersInOrder) {
  user("cmdline = [\"a\", \"b c\"]");
  project("environment = [\"P=1\"]\ncmdline = \"d\"");
  input_.environment = {"QUIZ_CMDLINE=e  f", "QUIZ_ENVIRONMENT=Q=2 HOME"};
  flag("cmdline", "g h");
  const Settings settings = load_settings(input_).settings;
  std::string words;
  for (const auto& piece : settings.cmdline) words += piece.value + "|";
  EXPECT_EQ(words, "a|b c|d|e|f|g h|");
  ASSERT_EQ(settings.environment.size(), 3U);
  EXPECT_EQ(settings.environment[1].value.value, "2");
  EXPECT_EQ(settings.environment[2].origin.describe(), "environment variable QUIZ_ENVIRONMENT");
}

TEST_F(Load, AnEmptyVariableCountsAsNotSet) {
  input_.environment = {"QUIZ_CPUS=", "QUIZ_QEMU="};
  EXPECT_EQ(load_settings(input_).settings.cpus.origin.describe(), "default");
}

TEST_F(Load, ABadVariableIsAnErrorThatNamesIt) {
  input_.environment = {"QUIZ_CPUS=lots"};
  try {
    load_settings(input_);
    FAIL();
  } catch (const base::Error& error) {
    EXPECT_EQ(error.message(), "QUIZ_CPUS: 'lots' is not a number from 1 to 255");
  }
}

TEST_F(Load, AMistypedVariableIsWarnedOfAndAForeignOneIsNot) {
  input_.environment = {"QUIZ_MEMROY=512", "QUIZ_SOMETHING_ELSE=1"};
  const Loaded loaded = load_settings(input_);
  ASSERT_EQ(loaded.warnings.size(), 1U);
  EXPECT_EQ(loaded.warnings[0],
            "the environment variable QUIZ_MEMROY is not known; did you mean QUIZ_MEMORY?");
}

TEST_F(Load, AnUntrustedProjectFileIsIgnoredWithAWarning) {
  base::write_file_atomically(project_ / ".quiz.toml", "cpus = 9", 0666);
  const Loaded loaded = load_settings(input_);
  EXPECT_EQ(loaded.settings.cpus.value, 2U);
  ASSERT_EQ(loaded.warnings.size(), 1U);
  EXPECT_EQ(loaded.warnings[0].substr(0, 9), "ignoring ");
}

TEST_F(Load, WhatQuizRemembersIsForOneArchitecture) {
  const auto cpus = [&] { return load_settings(input_).settings.cpus.value; };
  base::make_directories(project_ / ".quiz");
  base::write_file_atomically(project_ / ".quiz/config.toml", "cpus = 7");
  base::write_file_atomically(project_ / ".quiz/config+s390x.toml", "cpus = 5");
  EXPECT_EQ(cpus(), 7U);
  project("architecture = \"s390x\"");
  EXPECT_EQ(cpus(), 5U);
  input_.environment = {"QUIZ_ARCHITECTURE=aarch64"};
  EXPECT_EQ(cpus(), 2U);
  flag("architecture", "s390x");
  EXPECT_EQ(cpus(), 5U);
  EXPECT_EQ(load_settings(input_).settings.project_files.size(), 2U);
}

}  // namespace
}  // namespace quiz::config
