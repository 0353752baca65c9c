#include "build/deb.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>

#include <functional>
#include <optional>
#include <string_view>
#include <vector>

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

void write_entry(archive* reader, const fs::path& path, mode_t mode, const DebFile& deb) {
  base::make_directories(path.parent_path());
  const base::Fd fd = base::open_file(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
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

/// One entry of the package: what it is is asked of `entry`, what is in it read from `reader`.
using TakeEntry =
    std::function<void(const fs::path& path, archive_entry* entry, archive* reader, DebFile& deb)>;

void for_each_entry(const fs::path& deb, const UnpackProgress& progress, const TakeEntry& take) {
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
    take(*path, entry, reader, file);
    if (progress && file.fraction() >= reported + kProgressStep) {
      reported = file.fraction();
      progress(reported);
    }
  }
}

bool is_plain_file(archive_entry* entry) {
  return archive_entry_filetype(entry) == AE_IFREG && archive_entry_hardlink(entry) == nullptr;
}

struct Link {
  fs::path at;     ///< where it is made, below the target
  fs::path leads;  ///< what it names, likewise
};

/// nullopt: it leads out of the package, or says nothing.
std::optional<Link> link_of(const fs::path& path, const fs::path& at, const char* names,
                            const UnpackPlace& place) {
  if (names == nullptr || *names == '\0') return std::nullopt;
  const fs::path named = fs::path("/") / path.parent_path() / names;
  // Above the root of a system is the root; above a tree's is the host.
  int depth = 0;
  for (const fs::path& part : named.relative_path()) {
    depth += part == ".." ? -1 : part == "." || part.empty() ? 0 : 1;
    if (depth < 0) return std::nullopt;
  }
  const fs::path inside = named.lexically_normal().relative_path();
  return Link{at, place(inside).value_or(inside)};
}

/// Throws where something on the way to `path` is a link.
void require_no_link(const fs::path& target, const fs::path& path, const DebFile& deb) {
  fs::path way = target;
  for (const fs::path& part : path.parent_path()) {
    way /= part;
    std::error_code ignored;
    if (fs::is_symlink(fs::symlink_status(way, ignored))) {
      deb.refuse(path.string() + " in it would lie behind a link");
    }
  }
}

void make_link(const fs::path& target, const Link& link) {
  const fs::path place = target / link.at;
  std::error_code error;
  if (fs::exists(fs::symlink_status(place, error))) return;
  base::make_directories(place.parent_path());
  const fs::path from = link.at.parent_path().empty() ? fs::path(".") : link.at.parent_path();
  const fs::path to = link.leads.empty() ? fs::path(".") : link.leads;
  fs::create_symlink(to.lexically_relative(from), place, error);
  if (error) throw base::SystemError("cannot make the link " + place.string(), error.value());
}

}  // namespace

void unpack_deb(const fs::path& deb, const fs::path& target, const UnpackPlace& place,
                const UnpackProgress& progress) {
  for_each_entry(deb, progress,
                 [&](const fs::path& path, archive_entry* entry, archive* reader, DebFile& file) {
                   if (const auto to = is_plain_file(entry) ? place(path) : std::nullopt) {
                     write_entry(reader, target / *to, 0644, file);
                   }
                 });
}

void unpack_deb_tree(const fs::path& deb, const fs::path& target, const UnpackPlace& place) {
  std::vector<Link> links;
  for_each_entry(deb, {},
                 [&](const fs::path& path, archive_entry* entry, archive* reader, DebFile& file) {
                   const auto to = place(path);
                   if (!to) return;
                   if (is_plain_file(entry)) {
                     require_no_link(target, *to, file);
                     const bool executable = (archive_entry_perm(entry) & 0111) != 0;
                     write_entry(reader, target / *to, executable ? 0755 : 0644, file);
                   } else if (archive_entry_filetype(entry) == AE_IFLNK) {
                     require_no_link(target, *to, file);
                     auto link = link_of(path, *to, archive_entry_symlink(entry), place);
                     if (!link) file.refuse("the link " + path.string() + " in it leads out of it");
                     links.push_back(std::move(*link));
                   }
                 });
  for (const Link& link : links) make_link(target, link);
}

}  // namespace quiz::build
