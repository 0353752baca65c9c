#include "config/toml_layer.h"

#include <gtest/gtest.h>

#include <string>

#include "base/error.h"

namespace quiz::config {
namespace {

Settings read(const std::string& content, FileKind kind = FileKind::kUser) {
  Settings settings;
  for (const Assignment& assignment : toml_layer({"/p/q.toml", content}, kind)) {
    apply(settings, assignment);
  }
  return settings;
}

/// "MESSAGE | HINT"
std::string refusal(const std::string& content, FileKind kind = FileKind::kUser) {
  try {
    read(content, kind);
  } catch (const base::Error& error) {
    return error.message() + " | " + error.hint();
  }
  return "accepted";
}

TEST(TomlLayer, ReadsEveryType) {
  const Settings settings = read(R"(
kernel = "6.12"
memory = "2G"
cpus = 4
user = true
timeout = 2.5
environment = ["A=1", "HOME"]
cmdline = "quiet debug"
json = 3
)");
  EXPECT_EQ(settings.kernel.value, "6.12");
  EXPECT_EQ(settings.memory.value, 2048U);
  EXPECT_EQ(settings.cpus.value, 4U);
  EXPECT_TRUE(settings.user.value);
  EXPECT_EQ(settings.timeout.value.count(), 2500);
  ASSERT_EQ(settings.environment.size(), 2U);
  EXPECT_EQ(settings.environment[1].value.name, "HOME");
  EXPECT_EQ(settings.cmdline.at(0).value, "quiet debug");
  EXPECT_EQ(settings.json.value.fd, 3);
}

TEST(TomlLayer, OriginsHaveFileLineAndColumn) {
  const Settings settings = read("cpus = 1\nenvironment = [\n  \"A=1\",\n  \"B=2\"]\n");
  EXPECT_EQ(settings.cpus.origin.place, "/p/q.toml:1:8");
  EXPECT_EQ(settings.environment.at(1).origin.place, "/p/q.toml:4:3");
}

TEST(TomlLayer, AnUnknownKeyIsRefusedWithTheNearest) {
  EXPECT_EQ(refusal("cpus = 1\n memroy = 5\n"),
            "/p/q.toml:2:2: 'memroy' is not a setting | did you mean 'memory'?");
  EXPECT_EQ(refusal("[machine]\ncpus = 1\n").substr(0, 43),
            "/p/q.toml:1:2: 'machine' is not a setting |");
}

TEST(TomlLayer, MalformedTomlIsRefusedWithItsPosition) {
  EXPECT_EQ(refusal("cpus = 1\nmemory = = 2\n").substr(0, 15), "/p/q.toml:2:10:");
  EXPECT_EQ(refusal("kernel = \"\xff\"").substr(0, 11), "/p/q.toml:1");
  EXPECT_EQ(refusal("cpus = 1\ncpus = 2\n").substr(0, 13), "/p/q.toml:2:8");
}

TEST(TomlLayer, AValueOfTheWrongTypeIsRefused) {
  EXPECT_EQ(refusal("kernel = 6.10"), "/p/q.toml:1:10: 'kernel' must be a string in quotes | ");
  EXPECT_EQ(refusal("user = 1"), "/p/q.toml:1:8: 'user' must be true or false | ");
  EXPECT_EQ(refusal("cpus = \"2\""), "/p/q.toml:1:8: 'cpus' must be a whole number | ");
  EXPECT_EQ(refusal("memory = true"),
            "/p/q.toml:1:10: 'memory' must be a whole number or a string in quotes | ");
  EXPECT_EQ(refusal("environment = [1]"),
            "/p/q.toml:1:16: 'environment' must be a list of strings, [\"…\", \"…\"] | ");
  EXPECT_EQ(refusal("kernel = [\"a\"]"), "/p/q.toml:1:10: 'kernel' must be a string in quotes | ");
  EXPECT_EQ(refusal("qemu = \"a\\u0000b\""), "/p/q.toml:1:8: 'qemu' contains a NUL character | ");
}

TEST(TomlLayer, ABadValueIsNamedWithFileLineAndColumn) {
  EXPECT_EQ(refusal("cpus = -3"), "/p/q.toml:1:8: cpus: '-3' is not a number from 1 to 255 | ");
}

TEST(TomlLayer, RelativePathsAreRelativeToTheFile) {
  const Settings settings =
      read("kernel = \"../linux/vmlinux\"\ndirectory = \"src\"\nqemu = \"qemu-system-x86_64\"\n");
  EXPECT_EQ(settings.kernel.value, "/linux/vmlinux");
  EXPECT_EQ(settings.directory.value, "/p/src");
  EXPECT_EQ(settings.qemu.value, "qemu-system-x86_64");
  EXPECT_EQ(read("kernel = \"6.12.95\"").kernel.value, "6.12.95");
  EXPECT_EQ(read("qemu = \"/opt/qemu\"").qemu.value, "/opt/qemu");
  EXPECT_EQ(read("hide = [\"keys\"]").hide.at(0).value, "/p/keys");
  EXPECT_EQ(read("write = [\"build:/mnt\"]").writes.at(0).value, "/p/build:/mnt");
  EXPECT_EQ(read("hide = [\"~/.ssh\"]").hide.at(0).value, "~/.ssh");
}

TEST(TomlLayer, AProjectCannotSetWhatActsOnTheHost) {
  const std::string message = refusal("qemu = \"./evil\"", FileKind::kProject);
  EXPECT_EQ(message,
            "/p/q.toml:1:8: 'qemu' cannot be set in a project's file, because it acts on the host "
            "| set it in your own config.toml, with QUIZ_QEMU, or with --qemu");
  EXPECT_NE(refusal("json = \"/home/me/.bashrc\"", FileKind::kProject), "accepted");
  EXPECT_NE(refusal("output = \"/home/me\"", FileKind::kProject), "accepted");
  EXPECT_NE(refusal("kmsg = \"/home/me/.bashrc\"", FileKind::kProject), "accepted");
  EXPECT_EQ(refusal("kmsg = \"all\"", FileKind::kProject), "accepted");
  EXPECT_EQ(refusal("memory = 512", FileKind::kProject), "accepted");
  EXPECT_EQ(refusal("qemu = \"./mine\""), "accepted");
}

}  // namespace
}  // namespace quiz::config
