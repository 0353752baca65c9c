#include "run/program_architecture.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>

#include "base/below.h"
#include "base/error.h"
#include "root/sharing.h"

namespace quiz::run {

namespace fs = std::filesystem;

namespace {

// e_ident and e_machine of the System V gABI.
constexpr std::size_t kClass = 4;
constexpr std::size_t kByteOrder = 5;
constexpr std::size_t kMachine = 18;
constexpr char kBits64 = 2;
constexpr char kBigEndian = 2;

std::string beginning_of(const fs::path& file) {
  std::string bytes(kElfHeaderSize, '\0');
  std::ifstream stream(file, std::ios::binary);
  stream.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(std::max<std::streamsize>(stream.gcount(), 0)));
  return bytes;
}

/// The file of the host's that the guest would run; empty: it has the root's own, or none.
fs::path file_in_directory(const Request& request) {
  if (request.words.empty() || request.words[0].find('/') == std::string::npos) return {};
  if (root::directory_view(request.directory) == root::DirectoryView::own) return {};
  fs::path file = (fs::path(request.directory) / request.words[0]).lexically_normal();
  std::error_code error;
  const bool shown = base::is_below(file, request.directory) && fs::is_regular_file(file, error);
  return shown ? file : fs::path();
}

}  // namespace

std::optional<base::Architecture> architecture_of_program(std::string_view header) {
  if (header.size() < kElfHeaderSize || !header.starts_with("\177ELF")) return std::nullopt;
  const bool big = header[kByteOrder] == kBigEndian;
  const unsigned bits = header[kClass] == kBits64 ? 64 : 32;
  const auto byte = [&](std::size_t at) {
    return static_cast<unsigned>(static_cast<unsigned char>(header[kMachine + at]));
  };
  const unsigned machine = big ? byte(0) << 8 | byte(1) : byte(1) << 8 | byte(0);
  for (const base::Architecture& row : base::architectures()) {
    if (row.elf_machine == machine && row.word_bits == bits &&
        (row.byte_order == base::ByteOrder::big) == big) {
      return row;
    }
  }
  return std::nullopt;
}

std::optional<base::Architecture> architecture_of_file(const fs::path& file) {
  return architecture_of_program(beginning_of(file));
}

void check_program_architecture(const Request& request) {
  const base::Architecture& machine = request.architecture;
  if (machine == base::host_architecture()) return;
  const fs::path file = file_in_directory(request);
  const auto of = file.empty() ? std::nullopt : architecture_of_file(file);
  if (!of || *of == machine) return;
  throw base::Error(
      fmt::format("{} is a program for {}, not for machines of {}", request.words[0], of->name,
                  machine.name),
      fmt::format("compile it for that: {}-gcc -static … (Debian: apt install gcc-{})",
                  machine.triplet, machine.compiler));
}

}  // namespace quiz::run
