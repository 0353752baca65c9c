#include "base/little_endian.h"

#include <gtest/gtest.h>

#include <cstring>
#include <limits>
#include <string_view>

namespace quiz::base {
namespace {

template <typename T>
std::string_view bytes_of(const T& value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

TEST(LittleEndian, HasTheLowestByteFirst) {
  EXPECT_EQ(bytes_of(le16(0x0201)), std::string_view("\1\2", 2));
  EXPECT_EQ(bytes_of(le32(0x04030201)), std::string_view("\1\2\3\4", 4));
  EXPECT_EQ(bytes_of(le64(0x0807060504030201)), std::string_view("\1\2\3\4\5\6\7\10", 8));
}

TEST(LittleEndian, ReadsBackWhatWasWritten) {
  EXPECT_EQ(le16(0xffff), 0xffff);
  EXPECT_EQ(le32(0x80000000U), 0x80000000U);
  EXPECT_EQ(le64(std::numeric_limits<std::uint64_t>::max()),
            std::numeric_limits<std::uint64_t>::max());
  le32 value(1);
  value = 0xdeadbeef;
  EXPECT_EQ(value, 0xdeadbeefU);
}

TEST(LittleEndian, NeedsNoAlignment) {
  struct Header {
    std::uint8_t type;
    le64 address;
    le16 count;
  };
  static_assert(sizeof(Header) == 11);
  const char raw[] = "\x7f\x01\0\0\0\0\0\0\x80\x02\x03";
  Header header;
  std::memcpy(&header, raw, sizeof header);
  EXPECT_EQ(header.type, 0x7f);
  EXPECT_EQ(header.address, 0x8000000000000001U);
  EXPECT_EQ(header.count, 0x0302);
}

}  // namespace
}  // namespace quiz::base
