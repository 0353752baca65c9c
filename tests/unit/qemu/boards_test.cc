#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/error.h"
#include "qemu/command_line.h"
#include "qemu/target.h"

namespace quiz::qemu {
namespace {

machine::MachineSpec spec_for(bool small) {
  machine::MachineSpec spec;
  spec.cpus = 2;
  spec.memory_mib = 1024;
  spec.devices_by_command_line = small;
  spec.kernel = "/k/vmlinux";
  spec.initramfs = "/k/init.cpio";
  spec.command_line = "panic=-1";
  spec.shares = {{"root", "/", false}, {"out", "/tmp/a,b", true}};
  return spec;
}

std::string line(bool small) {
  std::string text;
  Plumbing plumbing;
  plumbing.wire = 5;
  plumbing.console = 6;
  plumbing.control = 7;
  for (const std::string& word : command_line("qemu", spec_for(small), plumbing)) {
    text += (text.empty() ? "" : word.starts_with('-') ? "\n" : " ") + word;
  }
  return text + "\n";
}

TEST(Boards, MicrovmHasVirtioMmioAndNothingElse) {
  EXPECT_EQ(line(true),
            "qemu\n"
            "-nodefaults\n"
            "-no-user-config\n"
            "-display none\n"
            "-no-reboot\n"
            "-no-shutdown\n"
            "-machine microvm,acpi=off,rtc=on,pit=on,pic=on,isa-serial=on,usb=off,pcie=off,"
            "graphics=off\n"
            "-global virtio-mmio.force-legacy=false\n"
            "-accel tcg,thread=multi,tb-size=256\n"
            "-cpu max,erms=off,fsrm=off,la57=off\n"
            "-smp 2\n"
            "-m 1024M\n"
            "-kernel /k/vmlinux\n"
            "-initrd /k/init.cpio\n"
            "-append console=ttyS0 reboot=panic_warm,t quiz.wire=virtio:quiz.wire panic=-1\n"
            "-chardev socket,id=console,fd=6\n"
            "-serial chardev:console\n"
            "-chardev socket,id=control,fd=7\n"
            "-mon chardev=control,mode=control\n"
            "-chardev socket,id=wire,fd=5\n"
            "-device virtio-serial-device,bus=virtio-mmio-bus.7,id=ports,max_ports=2\n"
            "-device virtserialport,bus=ports.0,chardev=wire,name=quiz.wire\n"
            "-fsdev local,id=root,path=/,security_model=none,multidevs=remap,readonly=on\n"
            "-device virtio-9p-device,bus=virtio-mmio-bus.6,fsdev=root,mount_tag=root\n"
            "-fsdev local,id=out,path=/tmp/a,,b,security_model=none,multidevs=remap\n"
            "-device virtio-9p-device,bus=virtio-mmio-bus.5,fsdev=out,mount_tag=out\n"
            "-device virtio-rng-device,bus=virtio-mmio-bus.4\n");
}

TEST(Boards, Q35HasTheSameDevicesOnPci) {
  std::string expected = line(false);
  EXPECT_NE(expected.find("-machine q35,"), std::string::npos);
  EXPECT_EQ(expected.find("virtio-mmio"), std::string::npos);
  for (const char* device : {"virtio-serial-pci,", "virtio-9p-pci,fsdev=out", "virtio-rng-pci"}) {
    EXPECT_NE(expected.find(device), std::string::npos) << device;
  }
  EXPECT_EQ(expected.find("-device virtio-9p-device"), std::string::npos);
}

TEST(Boards, EveryVirtioDeviceCounts) {
  const auto spec = spec_for(true);
  Plumbing plumbing;
  const auto words = command_line("qemu", spec, plumbing);
  const auto devices = std::count_if(words.begin(), words.end(), [](const std::string& word) {
    return word.starts_with("virtio-") && word.find("-device") != std::string::npos;
  });
  EXPECT_EQ(virtio_devices(spec), static_cast<unsigned>(devices));
}

machine::MachineSpec with_disks(bool small, unsigned count) {
  auto spec = spec_for(small);
  spec.network.emplace();
  spec.root_image = "/r";
  for (unsigned i = 0; i < count; ++i) {
    spec.disks.push_back({"quizb" + std::to_string(i), "/d", 1 << 20, 512, false, false});
  }
  return spec;
}

// QEMU places those without an address in the lowest slots that are free.
TEST(Boards, Q35HasDisksAboveAllOthersEightToASlot) {
  const auto spec = with_disks(false, 17);
  std::vector<std::string> places;
  unsigned others = 0;
  for (const std::string& word : command_line("qemu", spec, {})) {
    const std::size_t place = word.find(",addr=");
    if (place != std::string::npos) {
      places.push_back(word.substr(place + 6, word.find(",drive") - place - 6));
    } else if (word.starts_with("virtio-")) {
      ++others;
    }
  }
  ASSERT_EQ(places.size(), 17U);
  ASSERT_EQ(others, 6U);
  EXPECT_EQ(places[0], "7.0,multifunction=on");
  EXPECT_EQ(places[7], "7.7,multifunction=on");
  EXPECT_EQ(places[8], "8.0,multifunction=on");
  EXPECT_EQ(places[16], "9.0,multifunction=on");
}

TEST(Boards, CpusAndMemoryThatAMachineCannotHoldAreRefused) {
  machine::MachineSpec spec = spec_for(false);
  spec.architecture = base::architecture_named("armv7l");
  spec.cpus = 8;
  spec.memory_mib = 3072;
  EXPECT_NO_THROW(check_room(spec));
  spec.cpus = 9;
  EXPECT_THROW(check_room(spec), base::Error);
  spec.cpus = 1;
  spec.memory_mib = 3073;
  EXPECT_THROW(check_room(spec), base::Error);
}

TEST(Boards, WhatHasNoPlaceIsRefused) {
  constexpr unsigned kMost = (30 - 6) * 8;
  const auto full = with_disks(false, kMost);
  EXPECT_NO_THROW(check_room(full));
  const auto words = command_line("qemu", full, {});
  EXPECT_TRUE(std::any_of(words.begin(), words.end(), [](const std::string& word) {
    return word.find("addr=1e.7,") != std::string::npos;  // the last one before the LPC bridge
  }));
  try {
    check_room(with_disks(false, kMost + 1));
    FAIL() << "it was not refused";
  } catch (const base::Error& error) {
    EXPECT_STREQ(error.what(), "the machine has no room for 193 disks");
    EXPECT_EQ(error.hint(), "at most 192 beside its other devices");
  }
}

TEST(Boards, MicrovmHasDisksOnItsTransports) {
  auto spec = with_disks(true, 1);
  EXPECT_NO_THROW(check_room(spec));
  for (const std::string& word : command_line("qemu", spec, {})) {
    EXPECT_EQ(word.find("multifunction"), std::string::npos) << word;
  }
}

TEST(Boards, TheKernelsLineCountsWhatQemuAddsForEachDevice) {
  const std::string line = "console=ttyS0 reboot=panic_warm quiz.wire=virtio:quiz.wire panic=-1";
  EXPECT_EQ(kernel_line_size(spec_for(false)), line.size());
  const auto microvm = spec_for(true);
  const std::size_t added = std::string(" virtio_mmio.device=512@0xfeb00e00:12").size();
  EXPECT_GE(kernel_line_size(microvm),
            line.size() + std::string(",t").size() + virtio_devices(microvm) * added);
}

}  // namespace
}  // namespace quiz::qemu
