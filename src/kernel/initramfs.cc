#include "kernel/initramfs.h"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <memory>

#include "base/error.h"
#include "base/files.h"
#include "base/lines.h"
#include "base/sha256.h"
#include "build/archive.h"
#include "kernel/modules.h"

namespace quiz::kernel {

namespace {

/// Raised when the content below changes for the same inputs.
constexpr int kLayoutVersion = 2;

struct ArchiveWriteFree {
  void operator()(archive* handle) const { archive_write_free(handle); }
};
struct EntryFree {
  void operator()(archive_entry* entry) const { archive_entry_free(entry); }
};

/// A cpio archive in memory that depends on nothing but what is added: no times, no owners, counted
/// inodes.
class CpioWriter {
 public:
  CpioWriter() : archive_(archive_write_new()) {
    check(archive_write_set_format_cpio_newc(archive_.get()));
    check(archive_write_set_bytes_per_block(archive_.get(), 0));
    check(archive_write_open(archive_.get(), this, nullptr, &CpioWriter::append, nullptr));
  }

  void add_directory(const std::string& path) {
    const Entry entry = new_entry(path, AE_IFDIR, 0755);
    check(archive_write_header(archive_.get(), entry.get()));
  }

  void add_file(const std::string& path, std::string_view content, unsigned mode) {
    const Entry entry = new_entry(path, AE_IFREG, mode);
    archive_entry_set_size(entry.get(), static_cast<la_int64_t>(content.size()));
    check(archive_write_header(archive_.get(), entry.get()));
    if (archive_write_data(archive_.get(), content.data(), content.size()) !=
        static_cast<la_ssize_t>(content.size())) {
      check(ARCHIVE_FATAL);
    }
  }

  void add_character_device(const std::string& path, unsigned major, unsigned minor) {
    const Entry entry = new_entry(path, AE_IFCHR, 0600);
    archive_entry_set_rdevmajor(entry.get(), major);
    archive_entry_set_rdevminor(entry.get(), minor);
    check(archive_write_header(archive_.get(), entry.get()));
  }

  std::string finish() {
    check(archive_write_close(archive_.get()));
    return std::move(content_);
  }

 private:
  using Entry = std::unique_ptr<archive_entry, EntryFree>;

  Entry new_entry(const std::string& path, unsigned type, unsigned mode) {
    Entry entry(archive_entry_new());
    archive_entry_set_pathname(entry.get(), path.c_str());
    archive_entry_set_filetype(entry.get(), type);
    archive_entry_set_perm(entry.get(), mode);
    archive_entry_set_size(entry.get(), 0);
    archive_entry_set_nlink(entry.get(), 1);
    archive_entry_set_ino64(entry.get(), ++inode_);
    archive_entry_set_mtime(entry.get(), 0, 0);
    return entry;
  }

  void check(int result) {
    if (result < ARCHIVE_OK) {
      throw base::Error("cannot make an initramfs: " + build::archive_message(archive_.get()));
    }
  }

  static la_ssize_t append(archive*, void* self, const void* data, std::size_t size) {
    static_cast<CpioWriter*>(self)->content_.append(static_cast<const char*>(data), size);
    return static_cast<la_ssize_t>(size);
  }

  std::string content_;
  std::unique_ptr<archive, ArchiveWriteFree> archive_;
  la_int64_t inode_ = 0;
};

std::string stamp(const fs::path& path) {
  struct stat status = {};
  if (path.empty() || ::stat(path.c_str(), &status) != 0) return "-";
  return fmt::format("{}:{}:{}:{}.{}", status.st_dev, status.st_ino, status.st_size,
                     status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
}

/// Everything the content depends on, told by stat: entries of the store never change in place, and
/// depmod or an installation of modules changes the directory.
std::string cache_key(const Kernel& kernel, const std::vector<WantedModule>& wanted,
                      const std::string& init_sha256) {
  std::string text =
      fmt::format("{}\n{}\n{}\n{}\n{}\n{}\n", kLayoutVersion, kernel.name, kernel.release,
                  stamp(kernel.image), stamp(kernel.module_directory()), init_sha256);
  for (const WantedModule& module : wanted) {
    text += module.name + (module.required ? " required\n" : " optional\n");
  }
  return base::sha256(text).substr(0, 32);
}

std::vector<fs::path> module_files(const Kernel& kernel, const std::vector<WantedModule>& wanted) {
  if (kernel.module_directory().empty()) return {};
  std::vector<std::string> names;
  names.reserve(wanted.size());
  for (const WantedModule& module : wanted) names.push_back(module.name);
  const ModulePlan plan = plan_modules(kernel.module_directory(), names);
  for (const WantedModule& module : wanted) {
    if (module.required &&
        std::find(plan.missing.begin(), plan.missing.end(), module.name) != plan.missing.end()) {
      throw base::Error("the kernel " + kernel.name + " has no module " + module.name +
                            ", which quiz needs in the guest",
                        "`quiz kernel fetch` gets a kernel that has it; cloud flavours do not");
    }
  }
  return plan.files;
}

std::string build(const Kernel& kernel, std::string_view init_binary,
                  const std::vector<WantedModule>& wanted) {
  CpioWriter cpio;
  for (const char* directory : {"dev", "proc", "sys", "run", "modules"}) {
    cpio.add_directory(directory);
  }
  cpio.add_character_device("dev/console", 5, 1);
  cpio.add_file("init", init_binary, 0755);
  std::string order;
  int number = 0;
  for (const fs::path& file : module_files(kernel, wanted)) {
    const std::string name = fmt::format("{:02}-{}.ko", number++, module_name(file.string()));
    cpio.add_file("modules/" + name, build::read_decompressed(file), 0644);
    order += name + "\n";
  }
  cpio.add_file("modules/order", order, 0644);
  const fs::path directory = kernel.module_directory();
  const auto device_names =
      directory.empty() ? std::nullopt : base::read_file_if_exists(directory / "modules.devname");
  cpio.add_file("modules/devname", device_names.value_or(""), 0644);
  return cpio.finish();
}

}  // namespace

std::vector<WantedModule> default_modules(const base::Architecture& architecture) {
  std::vector<WantedModule> modules;
  for (const std::string& transport : base::words_of(std::string(architecture.transports))) {
    modules.push_back({transport, modules.empty()});
  }
  for (const char* needed : {"virtio_console", "9p", "9pnet_virtio", "overlay"}) {
    modules.push_back({needed, true});
  }
  modules.push_back({"virtio_rng", false});
  return modules;
}

fs::path make_initramfs(const Kernel& kernel, std::string_view init_binary,
                        const std::vector<WantedModule>& wanted, const fs::path& cache,
                        std::string init_sha256) {
  if (init_sha256.empty()) init_sha256 = base::sha256(init_binary);
  fs::path path = cache / "initramfs" / (cache_key(kernel, wanted, init_sha256) + ".cpio");
  std::error_code ignored;
  if (fs::exists(path, ignored)) return path;
  return base::with_note("while making the initramfs for the kernel " + kernel.name, [&] {
    const std::string content = build(kernel, init_binary, wanted);
    base::make_directories(path.parent_path(), 0700);
    base::write_file_atomically(path, content);
    return path;
  });
}

}  // namespace quiz::kernel
