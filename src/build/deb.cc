#include "build/deb.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>

#include <optional>
#include <string_view>

#include "base/error.h"
#include "base/files.h"
#include "build/archive.h"

namespace quiz::build {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kBlock = std::size_t{1} << 16;
constexpr std::uint64_t kMaxFileSize = std::uint64_t{1} << 31;
constexpr double kProgressStep = 0.01;

/// The .deb itself: an ar archive positioned at its member data.tar.*.
class DebFile {
 public:
  explicit DebFile(const fs::path& path)
      : path_(path), size_(static_cast<double>(fs::file_size(path))), outer_(new_archive_reader()) {
    archive_read_support_format_ar(outer_.get());
    check(archive_read_open_filename(outer_.get(), path.c_str(), kBlock));
    find_data();
  }

  /// What the reader of the tar asks for; negative on errors.
  static la_ssize_t read(archive*, void* self, const void** block) {
    auto* file = static_cast<DebFile*>(self);
    const la_ssize_t count =
        archive_read_data(file->outer_.get(), file->buffer_.data(), file->buffer_.size());
    *block = file->buffer_.data();
    return count;
  }

  double fraction() const {
    return static_cast<double>(archive_filter_bytes(outer_.get(), -1)) / size_;
  }

  [[noreturn]] void refuse(const std::string& reason) const {
    throw base::Error(path_.string() + " is no usable Debian package: " + reason);
  }

 private:
  void check(int result) const {
    if (result < ARCHIVE_WARN) refuse(archive_message(outer_.get()));
  }

  void find_data() {
    archive_entry* entry = nullptr;
    bool first = true;
    for (;;) {
      const int result = archive_read_next_header(outer_.get(), &entry);
      if (result == ARCHIVE_EOF) refuse("it has no data.tar");
      check(result);
      const char* raw = archive_entry_pathname(entry);
      const std::string_view name = raw != nullptr ? raw : "";
      if (first && name != "debian-binary") refuse("it does not begin with debian-binary");
      first = false;
      if (name.starts_with("data.tar")) return;
    }
  }

  fs::path path_;
  double size_;
  ArchiveReader outer_;
  std::string buffer_ = std::string(kBlock, '\0');
};

/// The path below the package's root, checked: no "..", not absolute.
std::optional<fs::path> checked_path(const char* raw) {
  if (raw == nullptr) return std::nullopt;
  const fs::path path(raw);
  if (path.is_absolute()) return std::nullopt;
  for (const fs::path& part : path) {
    if (part == "..") return std::nullopt;
  }
  return path.lexically_normal();
}

void write_entry(archive* reader, const fs::path& path, const DebFile& deb) {
  base::make_directories(path.parent_path());
  const base::Fd fd = base::open_file(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0644);
  std::uint64_t total = 0;
  for (;;) {
    const void* block = nullptr;
    std::size_t size = 0;
    la_int64_t offset = 0;
    const int result = archive_read_data_block(reader, &block, &size, &offset);
    if (result == ARCHIVE_EOF) return;
    if (result < ARCHIVE_WARN) deb.refuse(archive_message(reader));
    // A sparse entry would leave holes to fill; packages have none.
    if (static_cast<std::uint64_t>(offset) != total) deb.refuse("it contains a sparse file");
    total += size;
    if (total > kMaxFileSize) deb.refuse(path.filename().string() + " in it is larger than 2 GiB");
    base::write_all(fd.get(), {static_cast<const char*>(block), size}, path.string());
  }
}

}  // namespace

void unpack_deb(const fs::path& deb, const fs::path& target, const UnpackPlace& place,
                const UnpackProgress& progress) {
  DebFile file(deb);
  const ArchiveReader tar = new_archive_reader();
  archive* reader = tar.get();
  archive_read_support_filter_all(reader);
  archive_read_support_format_tar(reader);
  if (archive_read_open(reader, &file, nullptr, &DebFile::read, nullptr) < ARCHIVE_WARN) {
    file.refuse(archive_message(reader));
  }
  double reported = 0;
  archive_entry* entry = nullptr;
  for (;;) {
    const int result = archive_read_next_header(reader, &entry);
    if (result == ARCHIVE_EOF) return;
    if (result < ARCHIVE_WARN) file.refuse(archive_message(reader));
    const auto path = checked_path(archive_entry_pathname(entry));
    if (!path) file.refuse("a path in it leads out of it");
    const bool plain =
        archive_entry_filetype(entry) == AE_IFREG && archive_entry_hardlink(entry) == nullptr;
    if (const auto to = plain ? place(*path) : std::nullopt) {
      write_entry(reader, target / *to, file);
    }
    if (progress && file.fraction() >= reported + kProgressStep) {
      reported = file.fraction();
      progress(reported);
    }
  }
}

}  // namespace quiz::build
