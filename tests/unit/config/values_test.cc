#include "config/values.h"

#include <gtest/gtest.h>

namespace quiz::config {
namespace {

using std::chrono::milliseconds;

TEST(Values, MemoryIsMebibytesUnlessAUnitSaysMore) {
  EXPECT_EQ(read_memory("512"), 512U);
  EXPECT_EQ(read_memory("512M"), 512U);
  EXPECT_EQ(read_memory("2G"), 2048U);
  EXPECT_EQ(read_memory("2g"), 2048U);
  EXPECT_EQ(read_memory("2GiB"), 2048U);
  EXPECT_EQ(read_memory("64"), 64U);
  EXPECT_EQ(read_memory("16T"), 16U << 20);
}

TEST(Values, AWritableDirectoryHasAPlaceBehindAColonAndASlash) {
  const auto split = [](const char* text) {
    const WritableWords words = split_write(text);
    return words.directory + "|" + words.place;
  };
  EXPECT_EQ(split("."), ".|");
  EXPECT_EQ(split("/a/b"), "/a/b|");
  EXPECT_EQ(split("a:/b"), "a|/b");
  EXPECT_EQ(split("/a:/b:/c"), "/a|/b:/c");
  EXPECT_EQ(split("a:b"), "a:b|") << "a name";
}

TEST(Values, AWritableDirectoryHasOptionsBehindAllElse) {
  const auto split = [](const char* text) {
    const WritableWords words = split_write(text);
    std::string joined = words.directory + "|" + words.place;
    for (const std::string& option : words.options) joined += "|" + option;
    return joined;
  };
  EXPECT_EQ(split("a:ro"), "a||ro");
  EXPECT_EQ(split("a:/b:cow"), "a|/b|cow");
  EXPECT_EQ(split("a:/b:rw:map"), "a|/b|rw|map");
  EXPECT_EQ(split("a:/b:often"), "a|/b|often") << "for whoever knows that there is none";
  EXPECT_EQ(split("a:often"), "a:often|") << "a name";
  EXPECT_EQ(split("a:ro/"), "a:ro/|") << "a name, said so";
  EXPECT_EQ(split("a:/b:c/d"), "a|/b:c/d");
  EXPECT_EQ(split(":ro"), "||ro");
}

TEST(Values, MemoryOutOfBoundsOrMalformedIsRefused) {
  for (const char* text : {"", "63", "0", "-512", "+512", "17T", "99999999999999999999", "2X",
                           "2 G", " 512", "0x200", "G", "1.5G", "2GB", "18446744073709551615T"}) {
    EXPECT_EQ(read_memory(text), std::nullopt) << text;
  }
}

TEST(Values, CpusAreOneTo255) {
  EXPECT_EQ(read_cpus("1"), 1U);
  EXPECT_EQ(read_cpus("255"), 255U);
  for (const char* text : {"", "0", "256", "-1", "two", "2x", "4294967297"}) {
    EXPECT_EQ(read_cpus(text), std::nullopt) << text;
  }
}

TEST(Values, DurationsTakeUnitsAndFractions) {
  EXPECT_EQ(read_duration("0"), milliseconds(0));
  EXPECT_EQ(read_duration("5"), milliseconds(5000));
  EXPECT_EQ(read_duration("1.5"), milliseconds(1500));
  EXPECT_EQ(read_duration("0.25s"), milliseconds(250));
  EXPECT_EQ(read_duration("2m"), milliseconds(120'000));
  EXPECT_EQ(read_duration("1.5h"), milliseconds(5'400'000));
}

TEST(Values, ATinyDurationIsNotTakenForNone) {
  EXPECT_EQ(read_duration("0.00001"), milliseconds(1));
}

TEST(Values, MalformedDurationsAreRefused) {
  for (const char* text : {"", "-1", "inf", "nan", "s", "5d", "5 s", "1e3", "9999h", "1..5"}) {
    EXPECT_EQ(read_duration(text), std::nullopt) << text;
  }
}

TEST(Values, AMirrorIsAnAddressInOneWord) {
  for (const char* text : {"http://mirror.example.org/debian", "file:/srv/debian",
                           "mirror+file:/etc/apt/mirrors.list", "http://[::1]:3142/debian"}) {
    EXPECT_EQ(read_mirror(text), text);
  }
  EXPECT_EQ(read_mirror("http://mirror.example.org/debian//"), "http://mirror.example.org/debian");
}

TEST(Values, AMirrorThatCouldChangeASourcesFileIsRefused) {
  for (const char* text :
       {"", "/", "http:", "http://", "mirror.example.org/debian", "/srv/debian", "http://a/ b",
        "http://a/\nTrusted: yes", "http://a/\t", ":x", "HTTP://a/b"}) {
    EXPECT_EQ(read_mirror(text), std::nullopt) << text;
  }
}

TEST(Values, SwitchesTakeTheUsualWords) {
  for (const char* text : {"yes", "true", "on", "1"}) EXPECT_EQ(read_switch(text), true);
  for (const char* text : {"no", "false", "off", "0"}) EXPECT_EQ(read_switch(text), false);
  for (const char* text : {"", "Yes", "2", "y"}) EXPECT_EQ(read_switch(text), std::nullopt);
}

TEST(Values, EnvironmentAdditionsKeepEveryByteOfTheValue) {
  const auto plain = read_environment_addition("NAME");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->name, "NAME");
  EXPECT_EQ(plain->value, std::nullopt);
  const auto empty = read_environment_addition("NAME=");
  EXPECT_EQ(empty->value, "");
  const auto odd = read_environment_addition("A=b=c \xff\n");
  EXPECT_EQ(odd->name, "A");
  EXPECT_EQ(odd->value, "b=c \xff\n");
  EXPECT_FALSE(read_environment_addition("=value"));
  EXPECT_FALSE(read_environment_addition(""));
}

TEST(Values, KernelMessagesGoToAFileUnlessAWordIsNear) {
  EXPECT_EQ(read_kernel_messages("warn")->show, KernelMessages::Show::kWarnings);
  EXPECT_EQ(read_kernel_messages("all")->show, KernelMessages::Show::kAll);
  EXPECT_EQ(read_kernel_messages("none")->show, KernelMessages::Show::kNone);
  EXPECT_EQ(read_kernel_messages("kernel.log")->file, "kernel.log");
  EXPECT_EQ(read_kernel_messages("messages")->file, "messages");
  EXPECT_EQ(read_kernel_messages("./wran")->file, "./wran");
  EXPECT_FALSE(read_kernel_messages("wran"));
  EXPECT_FALSE(read_kernel_messages(""));
}

TEST(Values, JsonGoesToADescriptorOrAFile) {
  EXPECT_EQ(read_json_target("3")->fd, 3);
  EXPECT_EQ(read_json_target("out.json")->file, "out.json");
  EXPECT_EQ(read_json_target("./3")->file, "./3");
  EXPECT_FALSE(read_json_target(""));
  EXPECT_FALSE(read_json_target("99999999999"));
}

TEST(Values, TomlStringsAreEscaped) {
  EXPECT_EQ(to_toml(std::string("a\"b\\c\n\x1b ü")), "\"a\\\"b\\\\c\\n\\u001B ü\"");
}

}  // namespace
}  // namespace quiz::config
