#include "profile/effects.h"

#include "catalog_fixture.h"

namespace quiz::profile {
namespace {

class EffectsTest : public test::CatalogTest {
 protected:
  Effects effects(const std::string& text) const {
    return combine(choose(catalog(), parse_wishes(text, "--profile"), scratch_.path()));
  }
  static std::string table(const wire::MapperDevice& device) {
    std::string text;
    for (const wire::MapperTarget& row : device.targets) {
      text += std::to_string(row.start) + " " + std::to_string(row.length) + " " + row.type +
              (row.parameters.empty() ? "" : " " + row.parameters) + "\n";
    }
    return text;
  }
};

TEST_F(EffectsTest, NumbersDisks) {
  const Effects all = effects("blockdev:count=3:size=64M:sector=4096");
  ASSERT_EQ(all.disks.size(), 3U);
  EXPECT_EQ(all.disks[2].disk.name, "quizb2");
  EXPECT_EQ(all.disks[2].disk.bytes, std::uint64_t{64} << 20);
  EXPECT_EQ(all.disks[2].disk.sector, 4096U);
  EXPECT_TRUE(all.disks[0].size_given);
  EXPECT_FALSE(effects("blockdev").disks[0].size_given);
}

// Where it is a module nobody else would load it.
TEST_F(EffectsTest, DisksNeedTheirDriver) {
  const Effects all = effects("blockdev");
  ASSERT_EQ(all.modules.size(), 1U);
  EXPECT_EQ(all.modules[0].name, "virtio_blk");
  ASSERT_EQ(all.kernel_options.size(), 1U);
  EXPECT_EQ(all.kernel_options[0].what, "VIRTIO_BLK");
}

TEST_F(EffectsTest, LoadsBrdWithItsNumberAndSize) {
  const Effects all = effects("memdev:count=4:size=128M:backend=brd");
  ASSERT_EQ(all.memory.size(), 4U);
  ASSERT_EQ(all.modules.size(), 1U);
  EXPECT_EQ(all.modules[0].name, "brd");
  EXPECT_EQ(all.modules[0].parameters, "rd_nr=4 rd_size=131072 max_part=16");
}

TEST_F(EffectsTest, MakesMemoryDevicesOfTheirOwnNames) {
  const Effects all = effects("memdev:count=2:size=3M:sector=4096");
  ASSERT_EQ(all.memory.size(), 2U);
  EXPECT_EQ(all.memory[1].name, "quizm1");
  EXPECT_EQ(all.memory[1].backend, wire::MemoryBackend::null_blk);
  EXPECT_EQ(all.memory[1].sector, 4096U);
  ASSERT_EQ(all.modules.size(), 1U);
  EXPECT_EQ(all.modules[0].name, "null_blk");
  EXPECT_EQ(all.modules[0].parameters, "nr_devices=0");
}

TEST_F(EffectsTest, RefusesWhatCannotBe) {
  EXPECT_NE(complaint([&] {
              effects("memdev:backend=zram:sector=4096");
            }).find("zram has no choice of sector sizes"),
            std::string::npos);
  EXPECT_NE(complaint([&] { effects("memdev:size=1536K"); }).find("whole MiB only"),
            std::string::npos);
  EXPECT_NE(complaint([&] { effects("blockdev:size=100"); }).find("at least 64K"),
            std::string::npos);
  EXPECT_NE(complaint([&] { effects("blockdev:persist=../x"); }).find("no name for kept disks"),
            std::string::npos);
}

TEST_F(EffectsTest, LetsTheProgramWriteWhereTheCallersProfileSays) {
  write("builder/profile.toml",
        "description = \"d\"\nwrite = [\"{place}:/b:rw\", \"{none}\"]\n"
        "[options.place]\ndefault = \"build\"\n[options.none]\n");
  const Effects all = effects("builder:place=out");
  ASSERT_EQ(all.writes.size(), 1U);
  EXPECT_EQ(all.writes[0].words, "out:/b:rw");
  EXPECT_EQ(all.writes[0].profile, "builder");
  EXPECT_TRUE(all.asks.empty());
}

TEST_F(EffectsTest, ForwardsPorts) {
  const Effects all = effects("net:forward=8080-80/5353-53u");
  ASSERT_TRUE(all.network);
  ASSERT_EQ(all.network->forwards.size(), 2U);
  EXPECT_EQ(all.network->forwards[0].host, 8080);
  EXPECT_EQ(all.network->forwards[0].guest, 80);
  EXPECT_TRUE(all.network->forwards[1].udp);
  EXPECT_TRUE(effects("net").network);
  for (const char* bad : {"net:forward=x", "net:forward=1-99999", "net:forward=0-1"}) {
    EXPECT_NE(complaint([&] { effects(bad); }).find("forwards no port"), std::string::npos) << bad;
  }
}

TEST_F(EffectsTest, PutsErrorsExactlyWhereTheyAreWanted) {
  const Effects all = effects("dm:error=2048+8/0+1,blockdev:count=1:size=2M");
  ASSERT_EQ(all.mapper.size(), 1U);
  EXPECT_EQ(all.mapper[0].name, "quizd0");
  EXPECT_EQ(table(all.mapper[0]),
            "0 1 error\n"
            "1 2047 linear /dev/quizb0 1\n"
            "2048 8 error\n"
            "2056 2040 linear /dev/quizb0 2056\n");
  EXPECT_EQ(table(effects("dm:error=4088+8,blockdev:size=2M").mapper[0]),
            "0 4088 linear /dev/quizb0 0\n4088 8 error\n");
}

TEST_F(EffectsTest, StacksWhatIsAskedForTogether) {
  const Effects all = effects("dm:error=8+8:flakey=5/2:on=quizm0,memdev:size=1M");
  ASSERT_EQ(all.mapper.size(), 2U);
  EXPECT_EQ(all.mapper[0].name, "quizd0-error");
  EXPECT_EQ(all.mapper[1].name, "quizd0");
  EXPECT_EQ(table(all.mapper[1]), "0 2048 flakey /dev/quizd0-error 0 5 2\n");
  bool flakey = false;
  for (const WantedModule& module : all.modules) flakey = flakey || module.name == "dm-flakey";
  EXPECT_TRUE(flakey);
}

TEST_F(EffectsTest, TellsDustItsBadBlocks) {
  const Effects all = effects("dm:dust=100+2,blockdev:size=1M");
  EXPECT_EQ(all.mapper[0].messages,
            (std::vector<std::string>{"addbadblock 100", "addbadblock 101", "enable"}));
}

TEST_F(EffectsTest, TakesATableWithTheRunsDevices) {
  const Effects all =
      effects("dm:table=0 100 linear quizb0 0; 100 50 zero,blockdev:count=1:size=1M");
  EXPECT_EQ(table(all.mapper[0]), "0 100 linear /dev/quizb0 0\n100 50 zero\n");
}

TEST_F(EffectsTest, NestsTheDevicesOfAStack) {
  write("s.toml",
        "[[device]]\nname = \"quizd0\"\non = \"quizm0\"\ndelay = 20\n"
        "[[device]]\nname = \"quizd1\"\ntable = [\"0 8 linear quizd0 8\"]\n"
        "[[device]]\nname = \"quizd2\"\non = \"quizd1\"\ncrypt = true\n");
  const Effects all = effects("dm:stack=s.toml,memdev:size=1M");
  ASSERT_EQ(all.mapper.size(), 3U);
  EXPECT_EQ(table(all.mapper[0]), "0 2048 delay /dev/quizm0 0 20\n");
  EXPECT_EQ(table(all.mapper[1]), "0 8 linear /dev/quizd0 8\n");
  EXPECT_EQ(all.mapper[2].targets[0].length, 8U);
  EXPECT_EQ(all.mapper[2].targets[0].type, "crypt");
}

TEST_F(EffectsTest, RefusesStacksThatMakeNoSense) {
  const auto refused = [&](const std::string& text, const std::string& why) {
    const std::string said = complaint([&] { effects(text); });
    EXPECT_NE(said.find(why), std::string::npos) << text << ": " << said;
  };
  refused("dm:error=4096+1,blockdev:size=2M", "ends beyond the device");
  refused("dm:error=4095+2,blockdev:size=2M", "ends beyond the device");
  refused("dm:error=18446744073709551615+2,blockdev:size=2M", "ends beyond the device");
  refused("dm:error=1+4/3+1,blockdev:size=2M", "overlap at sector 3");
  refused("dm:error=x", "is no range of sectors");
  refused("dm:error=1+0", "is no range of sectors");
  refused("dm:flakey=5", "makes no sense");
  refused("dm:delay=slow", "makes no sense");
  refused("dm:on=quizb7:error=1", "this run has no device quizb7");
  refused("dm:dust=0+5000", "more than 4096 bad blocks");
  refused("dm:table=0 8 linear quizb0 0; 9 8 zero", "begins at sector 9 instead of 8");
  refused("dm:table=0 linear quizb0", "is no row of a table");
  refused("dm:name=../x", "is no name for a device");
  refused("dm:stack=missing.toml", "missing.toml");
  write("bad.toml", "[[device]]\nnam = \"quizd0\"\n");
  refused("dm:stack=bad.toml", "bad.toml:2:7: 'nam'");
}

TEST_F(EffectsTest, TellsHooksTheirOptions) {
  write("mine/profile.toml",
        "description = \"mine\"\n[options.how-much]\ndefault = \"5\"\n[environment]\nMUCH = "
        "\"x{how-much}\"\n");
  write("mine/guest", "#!/bin/sh\n", 0755);
  write("mine/files/etc/mine.conf", "text");
  const Effects all = effects("mine:how-much=7");
  ASSERT_EQ(all.guest.size(), 1U);
  const auto& environment = all.guest[0].environment;
  EXPECT_NE(std::find(environment.begin(), environment.end(), "QUIZ_OPTION_HOW_MUCH=7"),
            environment.end());
  EXPECT_EQ(all.environment, std::vector<std::string>{"MUCH=x7"});
  ASSERT_EQ(all.bundle.size(), 1U);
  EXPECT_EQ(all.bundle[0].path, "etc/mine.conf");
}

}  // namespace
}  // namespace quiz::profile
