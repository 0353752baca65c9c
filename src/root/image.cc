#include "root/image.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <string_view>

#include "base/child.h"
#include "base/error.h"
#include "base/files.h"

namespace quiz::root {

namespace fs = std::filesystem;

namespace {

/// The same for all: a root is known by its name and content.
constexpr char kUuid[] = "51a10000-0000-4000-8000-000000000001";

constexpr std::size_t kErofsBlock = 4096;

struct Signature {
  const char* name;
  off_t offset;
  std::string_view bytes;
};

// Where the superblock has its magic number: Documentation/filesystems/erofs.rst,
// ext4/super.rst (s_magic), squashfs.rst, fs/xfs/libxfs/xfs_format.h (XFS_SB_MAGIC),
// fs/btrfs (BTRFS_MAGIC).
constexpr std::array<Signature, 5> kSignatures = {{
    {"erofs", 1024, {"\xe2\xe1\xf5\xe0", 4}},
    {"ext4", 1024 + 0x38, {"\x53\xef", 2}},
    {"squashfs", 0, {"hsqs", 4}},
    {"xfs", 0, {"XFSB", 4}},
    {"btrfs", 65536 + 64, {"_BHRfS_M", 8}},
}};

/// Before Linux 6.8 erofs wants pages as small as its blocks.
bool can_be_erofs(const base::Architecture& architecture) {
  return architecture.page_size == kErofsBlock;
}

std::string tool(const std::string& name, const std::string& package) {
  if (auto found = base::find_program(name)) return *found;
  throw base::Error("there is no " + name + " on this machine",
                    "Debian has it in the package " + package);
}

struct Usage {
  std::uint64_t bytes = 0;
  std::uint64_t files = 0;
};

Usage usage_of(const fs::path& directory) {
  Usage usage;
  constexpr std::uint64_t kBlock = 4096;
  constexpr auto kOptions = fs::directory_options::skip_permission_denied;
  for (const auto& entry : fs::recursive_directory_iterator(directory, kOptions)) {
    struct stat status = {};
    if (::lstat(entry.path().c_str(), &status) != 0) continue;
    ++usage.files;
    usage.bytes += (static_cast<std::uint64_t>(status.st_size) + kBlock - 1) / kBlock * kBlock;
  }
  return usage;
}

/// Without a journal and room for changes; some percent are the file system's own.
std::vector<std::string> ext4_command(const fs::path& directory, const fs::path& image) {
  const Usage usage = usage_of(directory);
  const std::uint64_t inodes = usage.files + 64;
  const std::uint64_t bytes = usage.bytes + usage.bytes / 16 + inodes * 256 + (16 << 20);
  return {tool("mke2fs", "e2fsprogs"),
          "-q",
          "-F",
          "-t",
          "ext4",
          "-O",
          "^has_journal,^resize_inode,^metadata_csum_seed",
          "-E",
          fmt::format("hash_seed={},root_owner=0:0", kUuid),
          "-U",
          kUuid,
          "-m",
          "0",
          "-N",
          std::to_string(inodes),
          "-d",
          directory.string(),
          image.string(),
          fmt::format("{}k", bytes / 1024)};
}

std::vector<std::string> erofs_command(const fs::path& directory, const fs::path& image) {
  return {tool("mkfs.erofs", "erofs-utils"),
          "-zlz4hc",
          "-x1",
          "-U",
          kUuid,
          image.string(),
          directory.string()};
}

}  // namespace

const char* name_of(ImageKind kind) { return kind == ImageKind::erofs ? "erofs" : "ext4"; }

std::string file_system_of(const fs::path& image) {
  const base::Fd file = base::open_file(image, O_RDONLY);
  for (const Signature& signature : kSignatures) {
    std::array<char, 8> bytes{};
    const ssize_t count =
        ::pread(file.get(), bytes.data(), signature.bytes.size(), signature.offset);
    if (count == static_cast<ssize_t>(signature.bytes.size()) &&
        std::string_view(bytes.data(), signature.bytes.size()) == signature.bytes) {
      return signature.name;
    }
  }
  return {};
}

void require_kind(ImageKind kind, const base::Architecture& architecture) {
  if (kind != ImageKind::erofs || can_be_erofs(architecture)) return;
  throw base::Error(fmt::format("the kernels of {} have pages of {} KiB, with which they cannot "
                                "read the files of an erofs",
                                architecture.name, architecture.page_size / 1024),
                    "--format ext4, which is the default there");
}

ImageKind default_image_kind(const base::Architecture& architecture) {
  if (!can_be_erofs(architecture)) return ImageKind::ext4;
  if (base::find_program("mkfs.erofs")) return ImageKind::erofs;
  if (base::find_program("mke2fs")) return ImageKind::ext4;
  throw base::Error("there is neither mkfs.erofs nor mke2fs on this machine",
                    "install one of them (Debian: apt install erofs-utils)");
}

void make_image(ImageKind kind, const fs::path& directory, const fs::path& image,
                std::int64_t epoch, const std::vector<std::string>& prefix) {
  const auto command =
      kind == ImageKind::erofs ? erofs_command(directory, image) : ext4_command(directory, image);
  base::SpawnOptions options;
  options.arguments = prefix;
  options.arguments.insert(options.arguments.end(), command.begin(), command.end());
  options.environment.emplace();
  for (char** variable = ::environ; *variable != nullptr; ++variable) {
    options.environment->emplace_back(*variable);
  }
  options.environment->push_back(fmt::format("SOURCE_DATE_EPOCH={}", epoch));
  options.environment->push_back(fmt::format("E2FSPROGS_FAKE_TIME={}", epoch));
  const base::Captured result = base::run_and_capture(std::move(options));
  if (result.status.success()) return;
  std::string complaint = result.errors.empty() ? result.output : result.errors;
  complaint = complaint.substr(0, complaint.find('\n'));
  throw base::Error(fmt::format("cannot make the image: {} {}{}{}", command[0],
                                result.status.describe(), complaint.empty() ? "" : ": ", complaint),
                    base::free_bytes(image) < (64 << 20) ? "the disk is full: make room" : "");
}

}  // namespace quiz::root
