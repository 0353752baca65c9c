#include "kernel/kconfig.h"

#include <gtest/gtest.h>

#include <map>

#include "kernel/configure.h"

namespace quiz::kernel {
namespace {

const std::map<std::string, std::string> kFiles = {
    {"Kconfig", R"KCONFIG(
mainmenu "Linux/$(ARCH)"
source "scripts/Kconfig.include"
source "lib/Kconfig.debug"
source "arch/$(SRCARCH)/Kconfig"
)KCONFIG"},
    {"scripts/Kconfig.include", "comma := ,\nquote = \"\n"},
    {"arch/x86/Kconfig", R"KCONFIG(
config X86
	def_bool y
	select HAVE_KASAN if 64BIT
	select PROC_FS

config 64BIT
	bool "64-bit kernel"

config PROC_FS
	bool "proc" if EXPERT
)KCONFIG"},
    {"lib/Kconfig.debug", R"KCONFIG(
menu "Memory"
	depends on MMU

config HAVE_KASAN
	bool

config KASAN
	bool "KASAN: a detector"
	depends on (SLUB && SYSFS) || \
		   BIG
	depends on HAVE_KASAN && !SLOB
	help
	  Enables a detector.
	  depends on NOTHING

	  config NONE

if KASAN

choice
	prompt "Mode"
config KASAN_OUTLINE
	bool "outline"
config KASAN_INLINE
	bool "inline"
endchoice

config KASAN_TEST
	tristate "tests" if MODULES
	depends on m && $(cc-option,-fsanitize=kernel-address)
	depends on PAHOLE_VERSION >= 121

endif
endmenu

config LOOP
	tristate "loop"
	depends on BLOCK
)KCONFIG"}};

Kconfig kconfig() {
  return Kconfig::read(
      [](const std::string& path) -> std::optional<std::string> {
        const auto found = kFiles.find(path);
        if (found == kFiles.end()) return std::nullopt;
        return found->second;
      },
      "x86");
}

std::string explain(const std::string& option, const std::string& value,
                    const ConfigValues& config) {
  return kconfig().explain({option, value, ""}, config);
}

TEST(KconfigExpression, HasThreeValues) {
  const ConfigValues config = {{"A", "y"}, {"M", "m"}, {"V", "125"}, {"S", "\"text\""}};
  EXPECT_EQ(evaluate_kconfig("A", config), 2);
  EXPECT_EQ(evaluate_kconfig("A && M", config), 1);
  EXPECT_EQ(evaluate_kconfig("!M || N", config), 1);
  EXPECT_EQ(evaluate_kconfig("!A || !(N || M)", config), 1);
  EXPECT_EQ(evaluate_kconfig("V >= 121 && A=y && N!=y", config), 2);
  EXPECT_EQ(evaluate_kconfig("V < 121", config), 0);
  EXPECT_EQ(evaluate_kconfig("S = \"text\"", config), 2);
  EXPECT_EQ(evaluate_kconfig("$(cc-option,-m32 (x)) && A", config), 2);
  EXPECT_EQ(evaluate_kconfig("", config), 0);
  EXPECT_EQ(evaluate_kconfig("((", config), 0);
}

TEST(KconfigExpression, SplitsAtTheTopLevelOnly) {
  EXPECT_EQ(split_conjunction("A && (B && C || D) && !E"),
            (std::vector<std::string>{"A", "(B && C || D)", "!E"}));
  EXPECT_EQ(split_conjunction("A || B && C"), std::vector<std::string>{"A || B && C"});
}

TEST(Kconfig, KnowsOptionsOfAllSourcedFilesAndNoHelpTexts) {
  const Kconfig all = kconfig();
  for (const char* option : {"X86", "64BIT", "KASAN", "KASAN_INLINE", "KASAN_TEST", "LOOP"}) {
    EXPECT_TRUE(all.contains(option)) << option;
  }
  EXPECT_FALSE(all.contains("NONE"));
  EXPECT_EQ(all.similar("KASSAN", 2).front(), "KASAN");
}

TEST(Kconfig, NamesTheUnmetDependency) {
  EXPECT_EQ(explain("LOOP", "y", {}), "it needs BLOCK");
  EXPECT_EQ(explain("KASAN", "y", {{"MMU", "y"}, {"SLUB", "y"}, {"SYSFS", "y"}}),
            "it needs HAVE_KASAN, which is off");
  EXPECT_EQ(explain("KASAN", "y", {{"HAVE_KASAN", "y"}}),
            "it needs MMU; and (SLUB && SYSFS) || BIG");
  EXPECT_EQ(explain("KASAN_TEST", "m", {{"MMU", "y"}, {"KASAN", "y"}, {"MODULES", "y"}}),
            "it needs PAHOLE_VERSION >= 121");
}

TEST(Kconfig, TellsWhyNothingIsMissingAndItIsOffAllTheSame) {
  const ConfigValues config = {{"MMU", "y"},        {"KASAN", "y"},         {"BIG", "y"},
                               {"HAVE_KASAN", "y"}, {"KASAN_OUTLINE", "y"}, {"X86", "y"},
                               {"64BIT", "y"}};
  EXPECT_EQ(explain("HAVE_KASAN", "y", {}), "it cannot be set by hand: other options turn it on");
  EXPECT_EQ(explain("KASAN_INLINE", "y", config),
            "KASAN_OUTLINE is set, of which it is the alternative");
  EXPECT_EQ(explain("KASAN", "m", config), "it cannot be a module, only y or n");
  EXPECT_EQ(explain("LOOP", "y", {{"BLOCK", "m"}}), "it needs BLOCK");
  EXPECT_EQ(explain("NOSUCH", "y", {}), "this kernel has no such option");
}

TEST(Kconfig, NamesWhoSelectsWhatCannotBeTurnedOff) {
  EXPECT_EQ(explain("HAVE_KASAN", "n", {{"X86", "y"}, {"64BIT", "y"}}), "it is selected by X86");
  EXPECT_EQ(explain("HAVE_KASAN", "n", {{"X86", "y"}, {"HAVE_KASAN", "y"}}), "it became y");
}

TEST(ChangedSettings, AreWhatAPersonCanSet) {
  const Kconfig kconfig = Kconfig::read(
      [](const std::string& path) -> std::optional<std::string> {
        if (path != "Kconfig") return std::nullopt;
        return "config SOUND\n\tbool \"sound\"\n\tselect DSP\nconfig DSP\n\tbool\n"
               "config RATE\n\tint \"rate\"\nconfig KEPT\n\tbool \"kept\"\n";
      },
      "x86");
  const ConfigValues before = {{"RATE", "8"}, {"KEPT", "y"}};
  const ConfigValues after = {{"SOUND", "y"}, {"DSP", "y"}, {"KEPT", "y"}};
  const auto changed = changed_settings(before, after, kconfig, "menuconfig");
  EXPECT_EQ(config_text(changed), config_text({{"RATE", "n", ""}, {"SOUND", "y", ""}}));
  EXPECT_EQ(changed.at(0).origin, "menuconfig");
}

}  // namespace
}  // namespace quiz::kernel
