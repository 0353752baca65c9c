// libarchive behind two owners, with quiz's errors. Used by the readers of packages and compressed
// files here; the writer of initramfs images has its own few lines.
#pragma once

#include <archive.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace quiz::build {

struct ArchiveReadFree {
  void operator()(archive* handle) const { archive_read_free(handle); }
};
/// Owns a libarchive reader.
using ArchiveReader = std::unique_ptr<archive, ArchiveReadFree>;

/// A reader without formats and filters. Throws base::Error when memory is short.
ArchiveReader new_archive_reader();

/// libarchive's last message about `handle`, never empty.
std::string archive_message(archive* handle);

/// Decompresses one stream of gzip, xz, lzma, bzip2, lz4, zstd or lzop; data in no known format is
/// returned as it is. `what` names the data in messages. Throws base::Error when the data is
/// damaged or larger than `limit`.
std::string decompress(std::string_view data, const std::string& what,
                       std::uint64_t limit = std::uint64_t{1} << 31);

/// The content of a file, decompressed if its name ends in .xz, .zst or .gz. Throws base::Error.
std::string read_decompressed(const std::filesystem::path& path);

}  // namespace quiz::build
