#include "vmm/ports.h"

#include <gtest/gtest.h>

#include <string>

#include "vmm/switches.h"

namespace quiz::vmm {
namespace {

class Recorder final : public PortDevice {
 public:
  std::uint8_t read(unsigned offset) override { return static_cast<std::uint8_t>(0x10 + offset); }
  void write(unsigned offset, std::uint8_t value) override {
    written += std::to_string(offset) + "=" + std::to_string(value) + " ";
  }
  std::string written;
};

TEST(Ports, AnAccessIsOfTheDeviceWhereItBegins) {
  Ports ports;
  Recorder low;
  Recorder high;
  ports.add(0x3F8, 8, low);
  ports.add(0x400, 1, high);
  const std::uint8_t bytes[] = {1, 2, 3, 4};
  ports.write(0x3FE, bytes, 4);
  EXPECT_EQ(low.written, "6=1 7=2 ");
  EXPECT_EQ(high.written, "");
  ports.write(0x3F6, bytes, 4);  // begins where nothing is
  EXPECT_EQ(low.written, "6=1 7=2 ");
  std::uint8_t read[4] = {};
  ports.read(0x3FE, read, 4);
  EXPECT_EQ(std::vector<std::uint8_t>(read, read + 4),
            (std::vector<std::uint8_t>{0x16, 0x17, 0xFF, 0xFF}));
}

TEST(Ports, TheLastPortHasNoneBehindIt) {
  Ports ports;
  Recorder first;
  ports.add(0, 1, first);
  std::uint8_t read[2] = {};
  ports.read(0xFFFF, read, 2);
  EXPECT_EQ(read[0], 0xFF);
  EXPECT_EQ(read[1], 0xFF);
}

TEST(ResetPort, ResetsByItsBitsAlone) {
  int resets = 0;
  ResetPort control(ResetPort::kResetCpu, [&] { ++resets; });
  control.write(0, 0x02);
  EXPECT_EQ(resets, 0);
  control.write(0, 0x06);
  EXPECT_EQ(resets, 1);
  ResetPort keyboard(ResetPort::kPulseReset, [&] { ++resets; });
  keyboard.write(0, 0xD1);
  EXPECT_EQ(resets, 1);
  keyboard.write(0, 0xFE);
  EXPECT_EQ(resets, 2);
  EXPECT_EQ(keyboard.read(0), 0xFF);
}

}  // namespace
}  // namespace quiz::vmm
