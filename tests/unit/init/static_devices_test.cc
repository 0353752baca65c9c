#include "static_devices.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

namespace quiz::init {
namespace {

TEST(StaticDevices, ALineNamesADevice) {
  const auto device = read_static_device("loop loop-control c10:237");
  ASSERT_TRUE(device);
  EXPECT_EQ(device->name, "loop-control");
  EXPECT_EQ(device->mode, static_cast<mode_t>(S_IFCHR | 0600));
  EXPECT_EQ(device->number, makedev(10, 237));
}

TEST(StaticDevices, WhatEverybodyOpensCanBeOpenedByEverybody) {
  EXPECT_EQ(read_static_device("tun net/tun c10:200")->mode, static_cast<mode_t>(S_IFCHR | 0666));
  EXPECT_EQ(read_static_device("fuse fuse c10:229")->mode, static_cast<mode_t>(S_IFCHR | 0666));
}

TEST(StaticDevices, ABlockDeviceIsOne) {
  EXPECT_EQ(read_static_device("md md0 b9:0")->mode, static_cast<mode_t>(S_IFBLK | 0600));
}

TEST(StaticDevices, EverythingElseIsNone) {
  for (const char* line :
       {"", "# Device nodes to trigger on-demand module loading.", "loop", "loop loop-control",
        "loop loop-control x10:237", "loop loop-control c10", "loop ../etc/x c10:237",
        "loop /etc/x c10:237", "# x loop c10:237"}) {
    EXPECT_FALSE(read_static_device(line)) << line;
  }
}

}  // namespace
}  // namespace quiz::init
