#include "config/schema.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "base/error.h"

namespace quiz::config {
namespace {

TEST(Schema, EveryOptionIsReachableAndNoNameIsTwice) {
  std::set<std::string> names;
  for (const Option& option : options()) {
    EXPECT_TRUE(option.short_flag != 0 || !option.long_flag.empty());
    EXPECT_FALSE(option.help.empty()) << option.flags();
    if (option.short_flag != 0) {
      EXPECT_TRUE(names.insert({'-', option.short_flag}).second) << option.short_flag;
      EXPECT_EQ(find_short_flag(option.short_flag), &option);
    }
    if (!option.long_flag.empty()) {
      EXPECT_TRUE(names.insert("--" + std::string(option.long_flag)).second) << option.long_flag;
      EXPECT_EQ(find_long_flag(option.long_flag), &option);
    }
    if (!option.key.empty()) {
      EXPECT_TRUE(names.insert(std::string(option.key)).second) << option.key;
      EXPECT_EQ(find_key(option.key), &option);
    }
  }
}

TEST(Schema, EveryRowCanDoWhatItsKindNeeds) {
  for (const Option& option : options()) {
    EXPECT_EQ(option.command.empty(), option.set != nullptr) << option.flags();
    EXPECT_EQ(option.key.empty(), option.show == nullptr) << option.flags();
    EXPECT_EQ(option.takes_argument(), option.bare.empty() && option.command.empty())
        << option.flags();
    if (option.takes_argument() || option.type == Type::kSwitch) {
      EXPECT_TRUE(!option.allowed.empty() || !option.choices.empty()) << option.flags();
    }
  }
}

TEST(Schema, TheDefaultsAreAllowedValuesAndAreThoseOfTheHelp) {
  const Settings defaults;
  EXPECT_EQ(defaults.memory.value, 1024U);
  EXPECT_EQ(defaults.cpus.value, 2U);
  for (const Option& option : options()) {
    const std::size_t said = option.help.find("(default: ");
    if (said == std::string_view::npos || option.key == "kernel") continue;
    std::string shown = option.show(defaults).at(0).toml;
    if (shown.front() == '"') shown = shown.substr(1, shown.size() - 2);
    EXPECT_TRUE(option.help.substr(said + 10).starts_with(shown)) << option.help;
  }
}

struct Refusal {
  const char* key;
  const char* text;
  const char* message;
  const char* hint = "";
};

class BadValue : public testing::TestWithParam<Refusal> {};

TEST_P(BadValue, IsNamedWithItsOriginAndWhatIsAllowed) {
  const Refusal& expected = GetParam();
  const Option* const option = find_key(expected.key);
  ASSERT_NE(option, nullptr);
  Settings settings;
  const Origin origin{Source::kFlag, "--" + std::string(option->long_flag)};
  try {
    apply(settings, {option, expected.text, origin});
    FAIL() << "accepted " << expected.text;
  } catch (const base::Error& error) {
    EXPECT_EQ(error.message(), expected.message);
    EXPECT_EQ(error.hint(), expected.hint);
    EXPECT_EQ(error.status(), 125);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Each, BadValue,
    testing::Values(
        Refusal{
            "memory", "16",
            "--memory: '16' is not a memory size from 64M to 16T: MiB (512) or with a unit (512M, "
            "2G)"},
        Refusal{"cpus", "many", "--cpus: 'many' is not a number from 1 to 255"},
        Refusal{"accelerator", "kmv", "--accel: 'kmv' is not one of auto, kvm, tcg",
                "did you mean 'kvm'?"},
        Refusal{"qemu", "", "--qemu: '' is not a program"},
        Refusal{"cmdline", "a\nb",
                "--cmdline: 'a\nb' is not one line of words for the kernel's command line"},
        Refusal{"user", "maybe",
                "--user: 'maybe' is not yes or no (also true, false, on, off, 1, 0)"},
        Refusal{"directory", "", "--directory: '' is not a directory"},
        Refusal{"environment", "=x", "--env: '=x' is not NAME or NAME=VALUE"},
        Refusal{"tty", "forced", "--tty: 'forced' is not one of auto, force, refuse",
                "did you mean 'force'?"},
        Refusal{"shell_after", "2",
                "--shell: '2' is not yes or no (also true, false, on, off, 1, 0)"},
        Refusal{"output", "", "--output: '' is not a directory"},
        Refusal{"timeout", "soon",
                "--timeout: 'soon' is not a time of at most a year: seconds (90, 1.5) or with a "
                "unit (90s, 2m, 1h)"},
        Refusal{"oops", "explode", "--oops: 'explode' is not one of fail, ignore, panic"},
        Refusal{"kmsg", "wran",
                "--kmsg: 'wran' is not warn, all, none or a file (./FILE for a name like these)",
                "did you mean 'warn'?"},
        Refusal{"quiet", "2", "--quiet: '2' is not yes or no (also true, false, on, off, 1, 0)"},
        Refusal{"verbose", "", "--verbose: '' is not yes or no (also true, false, on, off, 1, 0)"},
        Refusal{"json", "", "--json: '' is not a file or the number of a descriptor"},
        Refusal{"dry_run", "x",
                "--dry-run: 'x' is not yes or no (also true, false, on, off, 1, 0)"}),
    [](const auto& refusal) { return std::string(refusal.param.key); });

TEST(Schema, OfQuietAndVerboseTheLaterCounts) {
  Settings settings;
  const Origin file{Source::kFile, "f"};
  const Origin flag{Source::kFlag, "-v"};
  apply(settings, {find_key("quiet"), "yes", file});
  EXPECT_TRUE(settings.quiet.value);
  apply(settings, {find_key("verbose"), "yes", flag});
  EXPECT_FALSE(settings.quiet.value);
  EXPECT_TRUE(settings.verbose.value);
  apply(settings, {find_key("quiet"), "no", flag});
  EXPECT_TRUE(settings.verbose.value);
}

TEST(Schema, OriginsDescribeThemselves) {
  EXPECT_EQ((Origin{}).describe(), "default");
  EXPECT_EQ((Origin{Source::kFile, "/a:1:2"}).describe(), "/a:1:2");
  EXPECT_EQ((Origin{Source::kEnvironment, "QUIZ_CPUS"}).describe(),
            "environment variable QUIZ_CPUS");
  EXPECT_EQ((Origin{Source::kFlag, "-c"}).describe(), "option -c");
}

}  // namespace
}  // namespace quiz::config
