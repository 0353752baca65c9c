#include "cli/command_line.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace quiz::cli {
namespace {

using Words = std::vector<std::string>;

/// "SPELT=TEXT" of each flag.
Words flags(const Invocation& invocation) {
  Words result;
  for (const config::Assignment& flag : invocation.flags) {
    EXPECT_EQ(flag.origin.source, config::Source::kFlag);
    result.push_back(flag.origin.place + "=" + flag.text);
  }
  return result;
}

/// "MESSAGE | HINT"
std::string refusal(const Words& arguments) {
  try {
    parse_command_line(arguments);
  } catch (const base::Error& error) {
    EXPECT_EQ(error.status(), 125);
    return error.message() + " | " + error.hint();
  }
  return "accepted";
}

TEST(CommandLine, NothingMeansAShell) {
  const Invocation invocation = parse_command_line({});
  EXPECT_TRUE(invocation.flags.empty());
  EXPECT_EQ(invocation.command, std::nullopt);
  EXPECT_TRUE(invocation.words.empty());
}

TEST(CommandLine, TheProgramsWordsStayByteForByte) {
  const Words words = {"printf", "%s|", "a b",   "",     "*",          "[0-9]", "[a,b]",
                       "it's",   "\"",  "$HOME", "x\ny", "\xff\xfe",   "--",    "-m",
                       "--help", "-v",  "--",    "={}",  "--memory=1", "-",     "ü"};
  Words arguments = {"-m", "512"};
  arguments.insert(arguments.end(), words.begin(), words.end());
  const Invocation invocation = parse_command_line(arguments);
  EXPECT_EQ(invocation.command, std::nullopt);
  EXPECT_EQ(invocation.words, words);
  EXPECT_EQ(flags(invocation), Words{"-m=512"});
}

TEST(CommandLine, OddFirstWordsArePrograms) {
  for (const char* word :
       {"", "-", "[", "[0-9]", "\xff", "a b", "=", "kernels", "Kernel", "./help"}) {
    const Invocation invocation = parse_command_line({word, "x"});
    EXPECT_EQ(invocation.command, std::nullopt) << word;
    EXPECT_EQ(invocation.words, (Words{word, "x"})) << word;
  }
}

TEST(CommandLine, OptionsTakeTheirValuesInEverySpelling) {
  EXPECT_EQ(flags(parse_command_line({"-m512", "-m", "1G", "--memory=2G", "--memory", "3G"})),
            (Words{"-m=512", "-m=1G", "--memory=2G", "--memory=3G"}));
  EXPECT_EQ(flags(parse_command_line({"-qv", "-qm512", "-vm", "64"})),
            (Words{"-q=yes", "-v=yes", "-q=yes", "-m=512", "-v=yes", "-m=64"}));
  EXPECT_EQ(flags(parse_command_line({"-e", "A=b=c", "--env=D=", "-eE", "--env", ""})),
            (Words{"-e=A=b=c", "--env=D=", "-e=E", "--env="}));
  EXPECT_EQ(flags(parse_command_line({"-t", "-T", "--user", "--user=no"})),
            (Words{"-t=force", "-T=refuse", "--user=yes", "--user=no"}));
}

TEST(CommandLine, AValueMayLookLikeAnOption) {
  EXPECT_EQ(flags(parse_command_line({"--cmdline", "-v", "-e", "--", "x"})),
            (Words{"--cmdline=-v", "-e=--"}));
}

TEST(CommandLine, ACommandTakesTheWordsAfterIt) {
  const Invocation invocation = parse_command_line({"-v", "kernel", "list", "--json"});
  EXPECT_EQ(invocation.command, "kernel");
  EXPECT_EQ(invocation.words, (Words{"list", "--json"}));
  EXPECT_EQ(flags(invocation), Words{"-v=yes"});
  EXPECT_TRUE(parse_command_line({"doctor"}).words.empty());
}

TEST(CommandLine, AfterTheDashesACommandsNameIsAProgram) {
  const Invocation invocation = parse_command_line({"-v", "--", "kernel", "list"});
  EXPECT_EQ(invocation.command, std::nullopt);
  EXPECT_EQ(invocation.words, (Words{"kernel", "list"}));
  EXPECT_EQ(parse_command_line({"--", "--", "-x"}).words, (Words{"--", "-x"}));
  EXPECT_TRUE(parse_command_line({"--"}).words.empty());
}

TEST(CommandLine, HelpAndVersionAreCommandsToo) {
  for (const Words& arguments :
       {Words{"-h"}, {"--help", "--no-such"}, {"-vh"}, {"-m", "1", "-h", "x"}}) {
    EXPECT_EQ(parse_command_line(arguments).command, "help");
    EXPECT_TRUE(parse_command_line(arguments).words.empty());
  }
  EXPECT_EQ(parse_command_line({"--version"}).command, "version");
  EXPECT_EQ(parse_command_line({"help", "run"}).words, Words{"run"});
}

TEST(CommandLine, AnUnknownOptionIsRefusedWithTheNearest) {
  EXPECT_EQ(refusal({"--kernle", "x", "true"}),
            "unknown option '--kernle' | did you mean '--kernel'?");
  EXPECT_EQ(refusal({"--memroy=5"}), "unknown option '--memroy' | did you mean '--memory'?");
  EXPECT_EQ(refusal({"--accelerator=kvm"}),
            "unknown option '--accelerator' | did you mean '--accel'?");
  EXPECT_EQ(
      refusal({"--no-such-option", "true"}),
      "unknown option '--no-such-option' | `quiz --help` lists the options; those of a program "
      "come after the program");
  EXPECT_EQ(refusal({"-x"}).substr(0, 23), "unknown option '-x' | `");
  EXPECT_EQ(refusal({"-vx"}).substr(0, 29), "unknown option '-x' in '-vx' ");
}

TEST(CommandLine, AMissingOrNeedlessValueIsRefused) {
  EXPECT_EQ(refusal({"-m"}).substr(0, 33), "option -m needs a value: SIZE | `");
  EXPECT_EQ(refusal({"-v", "--memory"}).substr(0, 37), "option --memory needs a value: SIZE |");
  EXPECT_EQ(refusal({"--help=run"}).substr(0, 31), "option --help takes no value | ");
}

TEST(CommandLine, AnEmptyValueAfterEqualsIsAValue) {
  EXPECT_EQ(flags(parse_command_line({"--kernel=", "true"})), Words{"--kernel="});
}

TEST(CommandLine, TheArchitectureMayStandBehindOpenzfs) {
  for (const Words& words :
       {Words{"openzfs", "-a", "s390x", "-j2"}, Words{"openzfs", "-as390x", "-j2"},
        Words{"openzfs", "--architecture=s390x", "-j2"}}) {
    const Invocation invocation = parse_command_line(words);
    EXPECT_EQ(invocation.words, Words{"-j2"});
    ASSERT_EQ(invocation.flags.size(), 1U);
    EXPECT_EQ(invocation.flags[0].text, "s390x");
  }
  const Invocation test = parse_command_line({"openzfs", "test", "-a", "s390x", "-T", "x"});
  EXPECT_EQ(test.words, (Words{"test", "-T", "x"}));
  EXPECT_EQ(test.flags.size(), 1U);
  EXPECT_EQ(parse_command_line({"openzfs", "make", "-k", "-a"}).words, (Words{"make", "-k", "-a"}));
  EXPECT_EQ(refusal({"openzfs", "-a"}).substr(0, 33), "option -a needs a value: ARCH | `");
}

}  // namespace
}  // namespace quiz::cli
