#include "kernel/config_fragment.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "kernel/shipped_fragments.h"

namespace quiz::kernel {
namespace {

std::string text_of(const std::vector<ConfigAssignment>& assignments) {
  std::string text;
  for (const auto& one : assignments) text += one.option + "=" + one.value + " ";
  return text;
}

std::string parsed(std::string_view text, std::string_view version = "6.12.117") {
  return text_of(parse_fragment(text, "f", version));
}

template <typename Work>
std::string error_of(Work&& work) {
  try {
    work();
  } catch (const base::Error& error) {
    return error.message();
  }
  return "no error";
}

TEST(ConfigFragment, TakesAssignmentsAndLeavesComments) {
  EXPECT_EQ(parsed("# a remark\n\nCONFIG_A=y\n  CONFIG_B=m\r\nCONFIG_C=\"x y\"\nCONFIG_D=-3\n"
                   "CONFIG_E=0x1f\n# CONFIG_F is not set\nCONFIG_G=n"),
            "A=y B=m C=\"x y\" D=-3 E=0x1f F=n G=n ");
}

TEST(ConfigFragment, NamesTheLineThatIsNone) {
  EXPECT_EQ(error_of([] { parsed("CONFIG_A=y\nKASAN=y\n"); }),
            "f:2 is no line of a kernel configuration: KASAN=y");
  EXPECT_EQ(error_of([] { parsed("CONFIG_A=maybe"); }),
            "f:1 is no line of a kernel configuration: CONFIG_A=maybe");
  EXPECT_NE(error_of([] { parsed("CONFIG_=y"); }), "no error");
}

TEST(ConfigFragment, CountsForTheVersionsThatHaveTheOption) {
  const std::string text =
      "CONFIG_A=y # since 6.2\nCONFIG_B=y # until 6.14\n# CONFIG_C is not set # since 5.4 until "
      "6.1\n";
  EXPECT_EQ(parsed(text, "6.1.192"), "B=y C=n ");
  EXPECT_EQ(parsed(text, "6.2.0"), "A=y B=y ");
  EXPECT_EQ(parsed(text, "6.14.7"), "A=y B=y ");
  EXPECT_EQ(parsed(text, "6.15.0-rc1"), "A=y ");
  EXPECT_EQ(parsed(text, "5.4.1"), "B=y C=n ");
}

TEST(ConfigFragment, TheFirstOfOptionsBeginsWithOrWithoutPrefix) {
  EXPECT_EQ(option_name("CONFIG_KASAN"), "KASAN");
  EXPECT_EQ(option_name("9P_FS"), "9P_FS");
  EXPECT_THROW(option_name("CONFIG_"), base::Error);
  EXPECT_THROW(option_name("KASAN=y"), base::Error);
}

TEST(ConfigFragment, SettingsQuoteWhatIsNoNumber) {
  EXPECT_EQ(parse_setting("HZ=1000", "").value, "1000");
  EXPECT_EQ(parse_setting("CONFIG_A=m", "").value, "m");
  EXPECT_EQ(parse_setting("NAME=two words", "").value, "\"two words\"");
  EXPECT_EQ(parse_setting("NAME=", "").value, "\"\"");
  EXPECT_EQ(parse_setting("NAME=\"x\"", "").value, "\"x\"");
  EXPECT_THROW(parse_setting("NAME", ""), base::Error);
  EXPECT_THROW(parse_setting("NAME=a\"b", ""), base::Error);
}

TEST(ConfigMerge, AHigherRankWinsInAnyOrder) {
  ConfigMerge merge;
  merge.add({{"A", "y", "-d A"}}, 2);
  merge.add({{"A", "n", "base:1"}, {"B", "m", "base:2"}}, 0);
  merge.add({{"B", "n", "-d B"}}, 2);
  EXPECT_EQ(text_of(merge.assignments()), "A=y B=n ");
}

TEST(ConfigMerge, ReportsTwoThatContradict) {
  ConfigMerge merge;
  merge.add({{"A", "y", "one:1"}}, 1);
  merge.add({{"A", "y", "two:1"}}, 1);
  EXPECT_EQ(error_of([&] { merge.add({{"A", "m", "three:9"}}, 1); }),
            "A is asked to be y by two:1 and m by three:9");
}

TEST(ConfigText, ReplacesLinesAndAppendsWhatIsMissing) {
  EXPECT_EQ(apply_to_config("# head\nCONFIG_A=y\n# CONFIG_B is not set\nCONFIG_AB=y\n",
                            {{"A", "n", ""}, {"B", "m", ""}, {"C", "7", ""}}),
            "# head\nCONFIG_AB=y\n# CONFIG_A is not set\nCONFIG_B=m\nCONFIG_C=7\n");
}

TEST(ConfigText, ReadsTheResult) {
  const ConfigValues config = parse_config("CONFIG_A=y\n# CONFIG_B is not set\nCONFIG_C=\"x\"\n");
  EXPECT_EQ(config_value(config, "A"), "y");
  EXPECT_EQ(config_value(config, "B"), "n");
  EXPECT_EQ(config_value(config, "C"), "\"x\"");
  EXPECT_EQ(config_value(config, "D"), "n");
}

TEST(ShippedFragments, AreAllWellFormedAndNoTwoOfTheBaseContradict) {
  for (const ShippedFragment& fragment : shipped_fragments()) {
    EXPECT_FALSE(parse_fragment(fragment.text, std::string(fragment.name), "6.12").empty())
        << fragment.name;
    EXPECT_TRUE(fragment.text.starts_with("# ")) << fragment.name << " does not say what it is";
  }
  for (const char* version : {"5.4", "6.1", "6.12", "7.2"}) {
    ConfigMerge merge;
    merge.add(parse_fragment(base_fragment("base"), "base", version), 0);
    merge.add(parse_fragment(base_fragment("x86_64"), "x86_64", version), 0);
    EXPECT_FALSE(merge.assignments().empty());
  }
  EXPECT_EQ(error_of([] { feature_fragment("kazan"); }), "there is no feature 'kazan'");
}

TEST(ConfigValueIn, IsTheValueOfParseConfig) {
  const std::string text =
      "CONFIG_A=y\n# CONFIG_HZ_100 is not set\nCONFIG_HZ=250\n# CONFIG_B=y\nCONFIG_C_D=m\r\n"
      "CONFIG_NAME=\"a b\"";
  for (const char* option : {"A", "HZ", "HZ_100", "B", "C_D", "C", "D", "NAME", "NONE"}) {
    EXPECT_EQ(config_value_in(text, option), config_value(parse_config(text), option)) << option;
  }
  EXPECT_EQ(config_value_in(text, "HZ"), "250");
  EXPECT_EQ(config_value_in("", "HZ"), "n");
}

}  // namespace
}  // namespace quiz::kernel
