#include "kernel/foreign_image.h"

#include <array>
#include <cstdint>

#include "kernel/image_i686.h"

namespace quiz::kernel {

namespace {

struct Mark {
  std::size_t offset;
  std::string_view bytes;
  const char* architecture;
};

constexpr std::array<Mark, 4> kMarks = {
    {{0x38, "ARM\x64", "aarch64"},
     {0x38, "RSC\x05", "riscv64"},
     {0x10008, "S390EP", "s390x"},
     {0x24, std::string_view("\x18\x28\x6f\x01", 4), "armv7l"}}};

struct Machine {
  std::uint16_t number;  // e_machine, of the System V gABI
  const char* architecture;
};

constexpr std::array<Machine, 7> kMachines = {{{3, "i686"},
                                               {21, "ppc64"},
                                               {22, "s390x"},
                                               {40, "armv7l"},
                                               {183, "aarch64"},
                                               {243, "riscv64"},
                                               {258, "loongarch64"}}};

constexpr std::size_t kElfByteOrder = 5;
constexpr std::size_t kElfMachine = 18;
constexpr char kElfBigEndian = 2;

std::optional<std::string> of_elf(std::string_view image) {
  if (image.size() < kElfMachine + 2) return std::nullopt;
  const bool big = image[kElfByteOrder] == kElfBigEndian;
  const auto byte = [&](std::size_t at) {
    return static_cast<unsigned>(static_cast<unsigned char>(image[kElfMachine + at]));
  };
  const unsigned number = big ? byte(0) << 8 | byte(1) : byte(1) << 8 | byte(0);
  for (const Machine& machine : kMachines) {
    if (machine.number != number) continue;
    const std::string name = machine.architecture;
    return name == "ppc64" && !big ? "ppc64le" : name;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> foreign_architecture(std::string_view image) {
  if (image.starts_with("\177ELF")) return of_elf(image);
  if (looks_like_i686(image)) return "i686";
  for (const Mark& mark : kMarks) {
    if (image.size() > mark.offset && image.substr(mark.offset).starts_with(mark.bytes)) {
      return mark.architecture;
    }
  }
  return std::nullopt;
}

}  // namespace quiz::kernel
