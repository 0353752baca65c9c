// The loader of FreeBSD's kernels on arbitrary bytes. What a kernel would walk through must be
// whole.
#include <cstring>
#include <string>

#include "plan_checks.h"

namespace {

using namespace quiz;

std::uint64_t number_in(std::string_view bytes, std::size_t at) {
  base::le64 number;
  fuzz::expect(at + sizeof number <= bytes.size(), "a number is whole");
  std::memcpy(&number, bytes.data() + at, sizeof number);
  return number;
}

/// Records up to the end, all of them within the segment; the first names the kernel.
void check_records(std::string_view bytes, std::uint64_t address) {
  std::size_t at = 0;
  bool first = true;
  for (;;) {
    boot::FreebsdRecord record;
    fuzz::expect(at + sizeof record <= bytes.size(), "the records have an end");
    std::memcpy(&record, bytes.data() + at, sizeof record);
    const auto type = static_cast<boot::FreebsdRecordType>(std::uint32_t{record.type});
    if (first) fuzz::expect(type == boot::FreebsdRecordType::name, "the kernel has a name");
    first = false;
    at += sizeof record;
    if (type == boot::FreebsdRecordType::end) break;
    fuzz::expect(record.size <= bytes.size() - at, "a record is whole");
    if (type == boot::FreebsdRecordType::metadata) {
      fuzz::expect(number_in(bytes, at) == address, "the metadata knows where it is");
    }
    at += (record.size + std::size_t{7}) & ~std::size_t{7};
  }
  fuzz::expect(at == bytes.size(), "nothing follows the records");
}

void check_layout(const boot::BootPlan& plan) {
  std::uint64_t given_end = 0;
  for (const boot::Segment& segment : plan.segments) {
    if (segment.name == "the kernel's first memory") given_end = segment.address;
  }
  bool records = false;
  for (const boot::Segment& segment : plan.segments) {
    if (segment.name == "metadata") {
      check_records(segment.bytes(), segment.address);
      records = true;
    }
    if (segment.name == "environment") {
      fuzz::expect(segment.bytes().ends_with(std::string_view("\0\0", 2)),
                   "the environment has an end");
    }
    if (segment.name == "stack words") {
      base::le32 end;
      std::memcpy(&end, segment.bytes().data() + 8, sizeof end);
      fuzz::expect(end == given_end, "free memory begins where the stack says");
    } else if (segment.address >= boot::kHighMemory) {
      fuzz::expect(segment.end() <= boot::kFreebsdMapped || segment.name.starts_with("MP"),
                   "all is mapped");
      fuzz::expect(segment.address <= given_end, "what is given lies below its end");
    }
  }
  fuzz::expect(records, "there are records");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fuzz::check_plan(boot::Protocol::freebsd, data, size, check_layout);
}
