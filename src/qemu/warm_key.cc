#include "qemu/warm_key.h"

#include <fmt/format.h>

#include <sstream>

#include "base/child.h"
#include "base/files.h"
#include "base/sha256.h"
#include "qemu/command_line.h"

namespace quiz::qemu {

namespace fs = std::filesystem;

namespace {

/// Changes whenever images of before must not be resumed any more.
constexpr int kFormat = 1;
constexpr std::size_t kKeyDigits = 32;

}  // namespace

std::string file_identity(const struct stat& status) {
  return fmt::format("{} {} {}.{:09} {}.{:09}", status.st_ino, status.st_size,
                     status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_ctim.tv_sec,
                     status.st_ctim.tv_nsec);
}

std::string file_identity(const fs::path& file) {
  struct stat status = {};
  const bool exists = ::stat(file.c_str(), &status) == 0;
  // An overlay numbers its directories anew whenever it has forgotten them.
  if (S_ISDIR(status.st_mode)) status.st_ino = 0;
  return file.string() + " " + (exists ? file_identity(status) : "-");
}

std::vector<fs::path> files_of_qemu(const fs::path& program, const base::Architecture& host) {
  std::error_code ignored;
  const fs::path real = fs::canonical(program, ignored);
  const fs::path prefix = real.parent_path().parent_path();
  // A directory's times change when a file in it is added, removed or replaced, as packages do it.
  return {real, prefix / "share" / "qemu", prefix / "share" / "seabios", prefix / "lib" / "qemu",
          prefix / "lib" / host.triplet / "qemu"};
}

std::string processor_identity(const std::string& cpuinfo) {
  std::istringstream lines(cpuinfo);
  std::string identity;
  for (std::string line; std::getline(lines, line) && !line.empty();) {
    for (const char* field : {"model name", "flags", "microcode", "stepping"}) {
      if (line.starts_with(field)) identity += line + "\n";
    }
  }
  return identity;
}

std::string warm_key_text(const std::string& program, const machine::MachineSpec& spec) {
  machine::MachineSpec same = spec;
  for (machine::Share& share : same.shares) {
    share.path = "/";
    share.writable = false;
    share.mapped = false;
  }
  Plumbing plumbing;
  plumbing.memory = "memory";
  plumbing.blank = true;
  std::string text = fmt::format("{} {}\n", kFormat, spec.architecture.name);
  for (const std::string& word : command_line(program, same, plumbing)) text += word + "\n";
  std::vector<fs::path> files =
      files_of_qemu(base::find_program(program).value_or(program), base::host_architecture());
  files.push_back(spec.kernel);
  files.push_back(spec.initramfs);
  if (!spec.root_image.empty()) files.push_back(spec.root_image);
  for (const fs::path& file : files) text += file_identity(file) + "\n";
  if (spec.accelerator == machine::Accelerator::kvm) {
    // What a virtual CPU has, the host's kernel decides as well.
    text += base::read_file_if_exists("/proc/version").value_or("") +
            processor_identity(base::read_file_if_exists("/proc/cpuinfo").value_or(""));
  }
  return text;
}

std::string warm_key(const std::string& program, const machine::MachineSpec& spec) {
  return base::sha256(warm_key_text(program, spec)).substr(0, kKeyDigits);
}

}  // namespace quiz::qemu
