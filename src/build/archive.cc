#include "build/archive.h"

#include <archive_entry.h>

#include <algorithm>

#include "base/error.h"
#include "base/files.h"

namespace quiz::build {

ArchiveReader new_archive_reader() {
  ArchiveReader reader(archive_read_new());
  if (!reader) throw base::Error("libarchive cannot be used: out of memory");
  return reader;
}

std::string archive_message(archive* handle) {
  const char* message = archive_error_string(handle);
  return message != nullptr ? message : "the data is damaged";
}

std::string decompress(std::string_view data, const std::string& what, std::uint64_t limit) {
  const ArchiveReader reader = new_archive_reader();
  archive* handle = reader.get();
  const auto check = [&](int result) {
    if (result < ARCHIVE_WARN) {
      throw base::Error("cannot decompress " + what + ": " + archive_message(handle));
    }
  };
  archive_read_support_filter_all(handle);  // lzop by the program of that name: a warning
  check(archive_read_support_format_raw(handle));
  check(archive_read_open_memory(handle, data.data(), data.size()));
  archive_entry* entry = nullptr;
  check(archive_read_next_header(handle, &entry));

  std::string content;
  content.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(data.size() * 4, limit)));
  for (;;) {
    const void* block = nullptr;
    std::size_t size = 0;
    la_int64_t offset = 0;
    const int result = archive_read_data_block(handle, &block, &size, &offset);
    if (result == ARCHIVE_EOF) return content;
    check(result);
    if (size > limit - content.size()) {
      throw base::Error(what + " is larger than " + std::to_string(limit) +
                        " bytes when decompressed");
    }
    content.append(static_cast<const char*>(block), size);
  }
}

std::string read_decompressed(const std::filesystem::path& path) {
  std::string content = base::read_file(path);
  const auto extension = path.extension();
  if (extension != ".xz" && extension != ".zst" && extension != ".gz") return content;
  return decompress(content, path.string());
}

}  // namespace quiz::build
