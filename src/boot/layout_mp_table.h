// Intel's MultiProcessor Specification 1.4, chapter 4: the tables by which a machine without ACPI
// tells of its CPUs and interrupt lines. Passive data.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/little_endian.h"

namespace quiz::boot {

struct MpPointer {
  char signature[4];  ///< "_MP_"
  base::le32 table;
  std::uint8_t length;  ///< in units of 16 bytes
  std::uint8_t revision;
  std::uint8_t checksum;
  std::uint8_t features[5];
};
static_assert(sizeof(MpPointer) == 16 && offsetof(MpPointer, checksum) == 10);

struct MpTable {
  char signature[4];  ///< "PCMP"
  base::le16 length;  ///< with the entries
  std::uint8_t revision;
  std::uint8_t checksum;
  char oem[8];
  char product[12];
  base::le32 oem_table;
  base::le16 oem_size;
  base::le16 entries;
  base::le32 local_apic;
  base::le16 extended_length;
  std::uint8_t extended_checksum;
  std::uint8_t reserved;
};
static_assert(sizeof(MpTable) == 44 && offsetof(MpTable, oem_table) == 28);
static_assert(offsetof(MpTable, entries) == 34 && offsetof(MpTable, local_apic) == 36);

struct MpProcessor {
  std::uint8_t type;  ///< 0
  std::uint8_t apic;
  std::uint8_t apic_version;
  std::uint8_t flags;  ///< bit 0 usable, bit 1 the boot CPU
  base::le32 signature;
  base::le32 features;
  base::le64 reserved;
};
static_assert(sizeof(MpProcessor) == 20 && offsetof(MpProcessor, features) == 8);

struct MpBus {
  std::uint8_t type;  ///< 1
  std::uint8_t bus;
  char name[6];
};
static_assert(sizeof(MpBus) == 8);

struct MpIoApic {
  std::uint8_t type;  ///< 2
  std::uint8_t apic;
  std::uint8_t version;
  std::uint8_t flags;  ///< bit 0 usable
  base::le32 address;
};
static_assert(sizeof(MpIoApic) == 8);

struct MpInterrupt {
  std::uint8_t type;  ///< 3: to the I/O APIC, 4: to local APICs
  std::uint8_t kind;  ///< 0 vectored, 1 NMI, 3 from the 8259
  base::le16 flags;   ///< 0: polarity and trigger as the bus has them
  std::uint8_t bus;
  std::uint8_t line;
  std::uint8_t apic;
  std::uint8_t pin;
};
static_assert(sizeof(MpInterrupt) == 8);

}  // namespace quiz::boot
