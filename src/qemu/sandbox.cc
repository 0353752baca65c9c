#include "qemu/sandbox.h"

#include <elf.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>
#include <vector>

#include "base/child.h"
#include "base/fd.h"

namespace quiz::qemu {

namespace {

constexpr std::string_view kLibrary = "libseccomp.so";
constexpr std::size_t kMostEntries = 4096;

template <typename T>
bool read_at(const base::Fd& file, std::uint64_t offset, T& target, std::size_t count = 1) {
  const auto size = static_cast<ssize_t>(sizeof(T) * count);
  return ::pread(file.get(), &target, static_cast<std::size_t>(size), static_cast<off_t>(offset)) ==
         size;
}

template <typename T>
std::vector<T> read_table(const base::Fd& file, std::uint64_t offset, std::uint64_t count) {
  std::vector<T> table(count <= kMostEntries ? count : 0);
  if (table.empty() || !read_at(file, offset, table.front(), table.size())) return {};
  return table;
}

/// Where in the file an address lies.
std::optional<std::uint64_t> offset_of(const std::vector<Elf64_Phdr>& segments,
                                       std::uint64_t address) {
  for (const Elf64_Phdr& segment : segments) {
    if (segment.p_type == PT_LOAD && address >= segment.p_vaddr &&
        address - segment.p_vaddr < segment.p_filesz) {
      return address - segment.p_vaddr + segment.p_offset;
    }
  }
  return std::nullopt;
}

base::Fd open_program(const std::string& path) {
  return base::Fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
}

/// False for what is no ELF program.
bool read_header(const base::Fd& file, Elf64_Ehdr& header) {
  return file && read_at(file, 0, header) && std::memcmp(header.e_ident, ELFMAG, SELFMAG) == 0;
}

}  // namespace

std::vector<std::filesystem::path> places_of(const std::string& program) {
  std::error_code error;
  const auto path = base::find_program(program);
  const std::filesystem::path real = std::filesystem::canonical(path.value_or(program), error);
  Elf64_Ehdr header = {};
  if (error || !read_header(open_program(real.string()), header)) return {"/"};
  std::vector<std::filesystem::path> places = {"/usr",
                                               "/bin",
                                               "/sbin",
                                               "/lib",
                                               "/lib32",
                                               "/lib64",
                                               "/libx32",
                                               "/opt",
                                               "/nix",
                                               "/etc/ld.so.cache",
                                               "/etc/ld.so.preload",
                                               "/etc/localtime",
                                               "/etc/resolv.conf",
                                               "/etc/hosts",
                                               real.parent_path()};
  // PREFIX/bin has its firmware in PREFIX/share.
  if (real.parent_path().filename() == "bin") {
    for (const char* part : {"share", "lib", "libexec", "lib64"}) {
      places.push_back(real.parent_path().parent_path() / part);
    }
  }
  return places;
}

bool has_sandbox(const std::string& program) {
  const auto path = base::find_program(program);
  const base::Fd file = path ? open_program(*path) : base::Fd();
  Elf64_Ehdr header = {};
  if (!read_header(file, header) || header.e_ident[EI_CLASS] != ELFCLASS64 ||
      header.e_phentsize != sizeof(Elf64_Phdr)) {
    return false;
  }
  const auto segments = read_table<Elf64_Phdr>(file, header.e_phoff, header.e_phnum);
  std::vector<Elf64_Dyn> entries;
  for (const Elf64_Phdr& segment : segments) {
    if (segment.p_type != PT_DYNAMIC) continue;
    entries = read_table<Elf64_Dyn>(file, segment.p_offset, segment.p_filesz / sizeof(Elf64_Dyn));
  }
  std::optional<std::uint64_t> strings;
  for (const Elf64_Dyn& entry : entries) {
    if (entry.d_tag == DT_STRTAB) strings = offset_of(segments, entry.d_un.d_ptr);
  }
  for (const Elf64_Dyn& entry : entries) {
    std::array<char, kLibrary.size()> name = {};
    if (entry.d_tag == DT_NEEDED && strings && read_at(file, *strings + entry.d_un.d_val, name) &&
        std::string_view(name.data(), name.size()) == kLibrary) {
      return true;
    }
  }
  return false;
}

}  // namespace quiz::qemu
