// Small kernels, packages and stores for tests, made with the same library that the code under test
// reads them with.
#pragma once

#include <archive.h>
#include <archive_entry.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "../boot/images.h"
#include "base/files.h"
#include "kernel/store.h"

namespace quiz::kernel::test {

namespace fs = std::filesystem;

inline constexpr const char* kRelease = "6.1.0-9-amd64";
inline constexpr const char* kBanner =
    "Linux version 6.1.0-9-amd64 (me@here) (gcc) #1 SMP Debian 6.1.27-1 (2023-05-08)\n";

/// A directory that is gone after the test.
class Scratch {
 public:
  const fs::path& path() const { return directory_.path(); }
  fs::path write(const fs::path& relative, std::string_view content) const {
    const fs::path file = path() / relative;
    fs::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << content;
    return file;
  }

 private:
  base::TempDir directory_{fs::temp_directory_path(), "quiz-test-"};
};

inline la_ssize_t append_to_string(archive*, void* target, const void* data, std::size_t size) {
  static_cast<std::string*>(target)->append(static_cast<const char*>(data), size);
  return static_cast<la_ssize_t>(size);
}

struct Member {
  std::string path;
  std::string content;
  unsigned type = AE_IFREG;
  std::string link{};
  unsigned mode = 0644;
};

/// What sets one of libarchive's formats: archive_write_set_format_gnutar … By name it would want
/// all of them, and their libraries.
using Format = int (*)(archive*);

/// An archive of the members (a raw one takes one); `filter` is libarchive's name: "xz", "gzip",
/// "none" …
inline std::string make_archive(Format format, const char* filter,
                                const std::vector<Member>& members) {
  std::string result;
  archive* handle = archive_write_new();
  format(handle);
  if (std::string_view(filter) != "none") archive_write_add_filter_by_name(handle, filter);
  archive_write_set_bytes_per_block(handle, 0);
  archive_write_open(handle, &result, nullptr, append_to_string, nullptr);
  for (const Member& member : members) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, member.path.c_str());
    archive_entry_set_filetype(entry, member.type);
    archive_entry_set_perm(entry, static_cast<mode_t>(member.mode));
    archive_entry_set_size(entry, static_cast<la_int64_t>(member.content.size()));
    if (member.type == AE_IFLNK) archive_entry_set_symlink(entry, member.link.c_str());
    archive_write_header(handle, entry);
    archive_write_data(handle, member.content.data(), member.content.size());
    archive_entry_free(entry);
  }
  archive_write_close(handle);
  archive_write_free(handle);
  return result;
}

inline std::string compress(std::string_view data, const char* filter) {
  return make_archive(archive_write_set_format_raw, filter, {{"data", std::string(data)}});
}

/// A bzImage whose payload is the vmlinux, compressed as the kernel's build does it.
inline std::string make_compressed_bzimage(const std::string& vmlinux, const char* filter) {
  std::string payload = compress(vmlinux, filter);
  if (std::string_view(filter) != "gzip") {
    payload += boot::test::little_endian_bytes(static_cast<std::uint32_t>(vmlinux.size()));
  }
  return boot::test::make_bzimage(payload,
                                  "6.1.0-9-amd64 (me@here) #1 SMP Debian 6.1.27-1 (2023-05-08)");
}

inline std::string make_deb(const std::vector<Member>& members, const char* filter = "xz") {
  return make_archive(archive_write_set_format_ar_bsd, "none",
                      {{"debian-binary", "2.0\n"},
                       {"control.tar.xz", "none of our business"},
                       {std::string("data.tar.") + filter,
                        make_archive(archive_write_set_format_gnutar, filter, members)}});
}

/// What Debian's kernel package contains, in small.
inline std::vector<Member> kernel_package_members() {
  const std::string modules = std::string("./lib/modules/") + kRelease;
  return {{"./", "", AE_IFDIR},
          {"./boot/", "", AE_IFDIR},
          {std::string("./boot/vmlinuz-") + kRelease,
           make_compressed_bzimage(boot::test::make_vmlinux(kBanner), "xz")},
          {std::string("./boot/config-") + kRelease, "CONFIG_PVH=y\n"},
          {modules + "/", "", AE_IFDIR},
          {modules + "/build", "", AE_IFLNK, "/usr/src/linux"},
          {modules + "/modules.order", "kernel/fs/9p/9p.ko\n"},
          {modules + "/modules.builtin", ""},
          {modules + "/kernel/fs/9p/9p.ko", boot::test::make_module("depends=")},
          {"./usr/share/doc/readme", "not wanted"}};
}

/// Puts an entry with next to nothing in it into the store.
inline Kernel add_entry(Store& store, const std::string& name, const std::string& release,
                        const std::string& version, const std::string& source) {
  Store::Draft draft = store.begin();
  Kernel kernel;
  kernel.name = name;
  kernel.release = release;
  kernel.version = version;
  kernel.architecture = base::architecture_named("x86_64");
  kernel.source = source;
  kernel.origin = "a test";
  kernel.image = draft.path() / "vmlinux";
  std::ofstream(kernel.image) << "image of " << name;
  return store.publish(std::move(draft), kernel);
}

}  // namespace quiz::kernel::test
