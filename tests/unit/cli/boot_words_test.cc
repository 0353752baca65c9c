#include "cli/boot_words.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace quiz::cli {
namespace {

using Words = std::vector<std::string>;

TEST(BootWords, OfAKernelAloneLeaveTheRestOpen) {
  const BootWords words = parse_boot_words({"vmlinuz"});
  EXPECT_EQ(words.kernel, "vmlinuz");
  EXPECT_FALSE(words.loader || words.command_line || words.board || words.plan);
  EXPECT_FALSE(words.memory_mib || words.cpus);
  EXPECT_TRUE(words.initrd.empty() && words.modules.empty() && words.monitor_socket.empty());
}

TEST(BootWords, TakeOptionsOnBothSidesOfTheKernel) {
  const BootWords words =
      parse_boot_words({"--loader=multiboot2", "-m2G", "xen.gz", "--cmdline", "xen [a,b] --plan",
                        "--module", "vmlinuz:dom0 console=hvc0:x", "--module=initrd", "-c", "4",
                        "--machine", "pc", "--initrd", "i", "--qmp=/tmp/socket", "--plan=json"});
  EXPECT_EQ(words.loader, boot::Protocol::multiboot2);
  EXPECT_EQ(words.kernel, "xen.gz");
  EXPECT_EQ(words.command_line, "xen [a,b] --plan");
  ASSERT_EQ(words.modules.size(), 2U);
  EXPECT_EQ(words.modules[0].file, "vmlinuz");
  EXPECT_EQ(words.modules[0].text, "dom0 console=hvc0:x");
  EXPECT_EQ(words.modules[1].file, "initrd");
  EXPECT_EQ(words.modules[1].text, "");
  EXPECT_EQ(words.memory_mib, 2048U);
  EXPECT_EQ(words.cpus, 4U);
  EXPECT_EQ(words.board, boot::Board::pc);
  EXPECT_EQ(words.initrd, "i");
  EXPECT_EQ(words.monitor_socket, "/tmp/socket");
  EXPECT_EQ(words.plan, PlanForm::json);
}

TEST(BootWords, TakeAnEnvironmentForFreebsd) {
  const BootWords words = parse_boot_words(
      {"--loader", "freebsd", "--env", "a=b c", "kernel", "--env=x=y=z", "--module=r:md_image"});
  EXPECT_EQ(words.loader, boot::Protocol::freebsd);
  EXPECT_EQ(words.environment, (Words{"a=b c", "x=y=z"}));
  EXPECT_EQ(words.modules[0].text, "md_image");
  EXPECT_EQ(parse_boot_words({"-o", "loader.name=freebsd", "k"}).loader, boot::Protocol::freebsd);
}

TEST(BootWords, TakeBhyvesVariables) {
  const BootWords words =
      parse_boot_words({"-o", "loader.name=linux", "-oloader.kernel=vmlinuz", "-o",
                        "loader.cmdline=a=b c", "-o", "loader.initrd=initrd"});
  EXPECT_EQ(words.loader, boot::Protocol::linux64);
  EXPECT_EQ(words.kernel, "vmlinuz");
  EXPECT_EQ(words.command_line, "a=b c");
  EXPECT_EQ(words.initrd, "initrd");
  EXPECT_EQ(parse_boot_words({"-o", "loader.image=x", "-o", "loader.module=m:t"}).modules[0].text,
            "t");
}

TEST(BootWords, AutoIsNoProtocolAndTwoDashesEndTheOptions) {
  EXPECT_FALSE(parse_boot_words({"--loader", "auto", "x"}).loader);
  EXPECT_EQ(parse_boot_words({"--plan", "--", "--plan"}).kernel, "--plan");
  EXPECT_EQ(parse_boot_words({"--cmdline", "", "x"}).command_line, "");
}

/// What is said, and what helps.
std::string refused(const Words& words) {
  try {
    parse_boot_words(words);
  } catch (const base::Error& error) {
    return error.message() + " | " + error.hint();
  }
  return "accepted";
}

TEST(BootWords, AreRefusedWithWhatHelps) {
  const std::vector<std::pair<Words, std::string>> cases = {
      {{}, "boot needs a kernel"},
      {{""}, "name is empty"},
      {{"a", "b"}, "one kernel, not 'a' and 'b'"},
      {{"--loader", "multibot2", "x"}, "'multibot2' | did you mean 'multiboot2'?"},
      {{"-o", "loader.name=auto", "x"}, "'auto'"},
      {{"--machine=q36", "x"}, "did you mean 'q35'?"},
      {{"--plan=jsn", "x"}, "did you mean 'json'?"},
      {{"--cmdlin", "x"}, "did you mean '--cmdline'?"},
      {{"-z", "x"}, "does not know the option '-z'"},
      {{"x", "--initrd"}, "option --initrd needs a value"},
      {{"-m", "lots", "x"}, "'lots' is not a memory size"},
      {{"-c", "0", "x"}, "'0' is not a number from 1 to 255"},
      {{"-o", "loader.kernal=x"}, "did you mean 'loader.kernel'?"},
      {{"-o", "loader.name", "x"}, "there is no '='"},
  };
  for (const auto& [words, expected] : cases) {
    const std::string said = refused(words);
    EXPECT_NE(said.find(expected), std::string::npos) << said << " instead of " << expected;
  }
}

}  // namespace
}  // namespace quiz::cli
