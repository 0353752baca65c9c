#include "root/emulator.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <optional>

#include "base/child.h"
#include "base/error.h"
#include "base/files.h"
#include "base/hexadecimal.h"
#include "base/lines.h"
#include "build/apt.h"
#include "build/deb.h"
#include "build/debian_mirror.h"

namespace quiz::root {

namespace fs = std::filesystem;

namespace {

constexpr char kRegistry[] = "/proc/sys/fs/binfmt_misc";

// The beginning of a program (elf(5), Elf64_Ehdr): the mark, word size, byte order, version, eight
// bytes of the system's, type, machine.
constexpr std::size_t kHeader = 20;
constexpr std::size_t kSystem = 7;
constexpr std::size_t kType = 16;
constexpr std::size_t kMachine = 18;

std::string header_of(const base::Architecture& architecture) {
  const bool big = architecture.byte_order == base::ByteOrder::big;
  std::string header("\177ELF");
  header += architecture.word_bits == 64 ? '\2' : '\1';
  header += big ? '\2' : '\1';
  header += '\1';
  header.resize(kHeader, '\0');
  const auto put = [&](std::size_t at, unsigned number) {
    header[at + (big ? 1 : 0)] = static_cast<char>(number & 0xff);
    header[at + (big ? 0 : 1)] = static_cast<char>(number >> 8);
  };
  put(kType, 2);  // ET_EXEC
  put(kMachine, architecture.elf_machine);
  return header;
}

/// Any system's, and with a type of 2 or 3 (ET_DYN).
std::string mask_of(const base::Architecture& architecture) {
  std::string mask(kHeader, '\xff');
  std::fill(mask.begin() + kSystem, mask.begin() + kType, '\0');
  mask[kType + (architecture.byte_order == base::ByteOrder::big ? 1 : 0)] = '\xfe';
  return mask;
}

std::string escaped(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) text += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
  return text;
}

bool host_has_registered(const base::Architecture& architecture) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(kRegistry, ignored)) {
    const auto text = base::read_file_if_exists(entry.path());
    if (text && is_registered(architecture, *text)) return true;
  }
  return false;
}

/// Whether the kernel has a list for each namespace of users, and lets this user make one.
bool can_register_apart() {
  if (!base::find_program("unshare")) return false;
  base::SpawnOptions trial;
  trial.arguments = {"unshare", "--map-root-user", "--mount", "mount",
                     "-t",      "binfmt_misc",     "none",    kRegistry};
  trial.inherit_stderr = false;
  return base::run_and_capture(std::move(trial)).status.success();
}

/// The package's newest, by the host's lists or by our own.
void download(const std::string& package, const fs::path& directory, const fs::path& cache,
              const std::string& mirror, base::Reporter& reporter) {
  build::Apt apt = build::Apt::host();
  auto records = apt.show({package});
  if (records.empty()) {
    apt = build::Apt::with_own_lists(cache, build::debian_suite_sources({}, mirror),
                                     base::host_architecture());
    apt.update(reporter);
    records = apt.show({package});
  }
  if (records.empty()) {
    throw base::Error(fmt::format("apt finds no {} for this machine", package),
                      "is the network up?");
  }
  reporter.step(
      fmt::format("downloading {} ({} MB)", package, records.front().number("Size") / 1'000'000));
  apt.download({package + "=" + records.front().version()}, directory,
               records.front().number("Size"), reporter);
}

/// Its programs are static since QEMU 9 in qemu-user; before, those of qemu-user-static are, which
/// end so and are only links to the others in the newer suites.
fs::path unpack_emulator(const base::Architecture& architecture, const fs::path& scratch,
                         const fs::path& cache, const std::string& mirror,
                         base::Reporter& reporter) {
  constexpr std::string_view kStatic = "-static";
  const std::string name(architecture.qemu_user);
  const std::string plain = name.substr(0, name.size() - kStatic.size());
  for (const auto& [package, program] :
       {std::pair<std::string, std::string>("qemu-user-static", name), {"qemu-user", plain}}) {
    const fs::path packages = scratch / package;
    base::make_directories(packages);
    download(package, packages, cache, mirror, reporter);
    for (const auto& item : fs::directory_iterator(packages)) {
      if (item.path().extension() != ".deb") continue;
      build::unpack_deb(item.path(), scratch,
                        [&, wanted = fs::path("usr/bin") / program](const fs::path& path) {
                          return path == wanted ? std::optional<fs::path>(name) : std::nullopt;
                        });
    }
    base::remove_all_quietly(packages);
    if (fs::exists(scratch / name)) return scratch / name;
  }
  throw base::Error(fmt::format("Debian's package qemu-user-static has no {}", name));
}

}  // namespace

std::string registration(const base::Architecture& architecture, std::string_view interpreter) {
  return fmt::format(":quiz-{}:M::{}:{}:{}:FP", architecture.name, escaped(header_of(architecture)),
                     escaped(mask_of(architecture)), interpreter);
}

bool is_registered(const base::Architecture& architecture, std::string_view entry) {
  bool enabled = false;
  bool holds_in_a_chroot = false;
  bool fits = false;
  for (const std::string& line : base::lines_of(entry)) {
    constexpr std::string_view kFlags = "flags: ";
    constexpr std::string_view kMagic = "magic ";
    if (line == "enabled") enabled = true;
    if (line.starts_with(kFlags)) holds_in_a_chroot = line.find('F', kFlags.size()) != line.npos;
    if (!line.starts_with(kMagic)) continue;
    const std::string header = header_of(architecture);
    const auto same = [&](std::size_t at, std::size_t count) {
      return line.compare(kMagic.size() + 2 * at, 2 * count,
                          base::to_hexadecimal(header.substr(at, count))) == 0;
    };
    fits = same(0, kSystem) && same(kMachine, 2);
  }
  return enabled && holds_in_a_chroot && fits;
}

Emulator find_emulator(const base::Architecture& architecture, const fs::path& cache,
                       const std::string& mirror, base::Reporter& reporter) {
  const base::Architecture& host = base::host_architecture();
  if (architecture == host || architecture.runs_on == host.name) return {};
  if (host_has_registered(architecture)) return {};
  if (!can_register_apart()) {
    throw base::Error(
        fmt::format("programs for {} cannot be run here, which the packages of a root of it need",
                    architecture.name),
        "a kernel before Linux 6.7 needs it registered for the whole machine: apt install "
        "qemu-user-static; or use the small root, which needs nothing run");
  }
  if (const auto installed = base::find_program(std::string(architecture.qemu_user))) {
    return {*installed};
  }
  const fs::path place = cache / "emulators" / architecture.qemu_user;
  if (fs::exists(place)) return {place};
  base::make_directories(place.parent_path(), 0700);
  const base::TempDir scratch(place.parent_path());
  const fs::path made = unpack_emulator(architecture, scratch.path(), cache, mirror, reporter);
  fs::permissions(made, fs::perms(0755));
  fs::rename(made, place);
  return {place};
}

}  // namespace quiz::root
