#include "kernel/initramfs.h"

#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>
#include <sys/sysmacros.h>

#include <map>

#include "base/error.h"
#include "build/archive.h"
#include "fixtures.h"

namespace quiz::kernel {
namespace {

using test::kRelease;
using test::Scratch;

struct Item {
  std::string content;
  mode_t mode = 0;
  dev_t device = 0;
};

std::map<std::string, Item> read_cpio(const fs::path& path) {
  std::map<std::string, Item> items;
  const build::ArchiveReader reader = build::new_archive_reader();
  archive_read_support_format_cpio(reader.get());
  EXPECT_EQ(archive_read_open_filename(reader.get(), path.c_str(), 65536), ARCHIVE_OK);
  archive_entry* entry = nullptr;
  while (archive_read_next_header(reader.get(), &entry) == ARCHIVE_OK) {
    Item item;
    item.mode = archive_entry_mode(entry);
    item.device = makedev(static_cast<unsigned>(archive_entry_rdevmajor(entry)),
                          static_cast<unsigned>(archive_entry_rdevminor(entry)));
    item.content.resize(static_cast<std::size_t>(archive_entry_size(entry)));
    archive_read_data(reader.get(), item.content.data(), item.content.size());
    EXPECT_EQ(archive_entry_mtime(entry), 0);
    EXPECT_EQ(archive_entry_uid(entry), 0);
    items[archive_entry_pathname(entry)] = item;
  }
  return items;
}

class InitramfsTest : public testing::Test {
 protected:
  InitramfsTest() {
    kernel.name = "k";
    kernel.release = kRelease;
    kernel.image = scratch.write("vmlinux", "image");
    kernel.modules = scratch.path() / "modules";
    write("modules.builtin", "kernel/overlay.ko\n");
    write("modules.dep", "kernel/virtio-pci.ko.xz: kernel/virtio.ko\nkernel/virtio.ko:\n");
    write("kernel/virtio.ko", "the virtio module");
    write("kernel/virtio-pci.ko.xz", test::compress("the pci module", "xz"));
  }
  void write(const std::string& name, std::string_view content) const {
    scratch.write(std::string("modules/lib/modules/") + kRelease + "/" + name, content);
  }
  fs::path make(std::string_view init = "init") {
    return make_initramfs(kernel, init, wanted, scratch.path() / "cache");
  }

  Scratch scratch;
  Kernel kernel;
  std::vector<WantedModule> wanted = {{"virtio_pci", true}, {"overlay", true}, {"nosuch", false}};
};

TEST_F(InitramfsTest, HoldsTheDevicesThatLoadModules) {
  write("modules.devname", "loop loop-control c10:237\n");
  EXPECT_EQ(read_cpio(make()).at("modules/devname").content, "loop loop-control c10:237\n");
}

TEST_F(InitramfsTest, HoldsInitConsoleAndModulesInLoadOrder) {
  const auto items = read_cpio(make("the init"));
  EXPECT_EQ(items.at("init").content, "the init");
  EXPECT_EQ(items.at("init").mode, static_cast<mode_t>(S_IFREG | 0755));
  EXPECT_EQ(items.at("dev/console").mode, static_cast<mode_t>(S_IFCHR | 0600));
  EXPECT_EQ(items.at("dev/console").device, makedev(5, 1));
  for (const char* directory : {"dev", "proc", "sys", "run", "modules"}) {
    EXPECT_EQ(items.at(directory).mode, static_cast<mode_t>(S_IFDIR | 0755)) << directory;
  }
  EXPECT_EQ(items.at("modules/order").content, "00-virtio.ko\n01-virtio_pci.ko\n");
  EXPECT_EQ(items.at("modules/devname").content, "");
  EXPECT_EQ(items.at("modules/00-virtio.ko").content, "the virtio module");
  EXPECT_EQ(items.at("modules/01-virtio_pci.ko").content, "the pci module");
}

TEST_F(InitramfsTest, IsTheSameEveryTimeAndMadeOnce) {
  const fs::path first = make();
  const std::string content = base::read_file(first);
  EXPECT_EQ(content.substr(0, 6), "070701");
  const auto time = fs::last_write_time(first);
  EXPECT_EQ(make(), first);
  EXPECT_EQ(fs::last_write_time(first), time);
  fs::remove(first);
  EXPECT_EQ(base::read_file(make()), content);
}

TEST_F(InitramfsTest, IsAnotherForAnotherInitImageOrList) {
  const fs::path first = make();
  EXPECT_NE(make("another init"), first);
  wanted.pop_back();
  const fs::path second = make();
  EXPECT_NE(second, first);
  scratch.write("vmlinux", "another image");
  EXPECT_NE(make(), second);
}

TEST_F(InitramfsTest, IsRefusedWithoutARequiredModuleAndLeavesNothing) {
  wanted.push_back({"virtio_console", true});
  EXPECT_THROW(make(), base::Error);
  EXPECT_FALSE(fs::exists(scratch.path() / "cache"));
}

TEST_F(InitramfsTest, HoldsTheModulesOfATreeWhereTheyWereBuilt) {
  kernel.modules.clear();
  kernel.tree = scratch.path() / "tree";
  scratch.write("tree/modules.builtin", "");
  scratch.write("tree/modules.order", "fs/overlayfs/overlay.o\n");
  scratch.write("tree/fs/overlayfs/overlay.ko", boot::test::make_module("depends="));
  wanted = {{"overlay", true}};
  EXPECT_EQ(read_cpio(make()).at("modules/order").content, "00-overlay.ko\n");
}

TEST_F(InitramfsTest, OfAKernelWithoutModulesHasAnEmptyOrder) {
  kernel.modules.clear();
  wanted = default_modules(kernel.architecture);
  EXPECT_EQ(read_cpio(make()).at("modules/order").content, "");
}

}  // namespace
}  // namespace quiz::kernel
