#include "kernel/entry.h"

#include <fmt/format.h>

#include "base/error.h"
#include "kernel/depmod.h"
#include "kernel/image.h"
#include "kernel/module_companions.h"

namespace quiz::kernel {

namespace {

constexpr const char* kSpaceHint =
    "make room there, or set XDG_DATA_HOME to a directory on a larger disk";

bool is_inside(const fs::path& path, const fs::path& directory) {
  const std::string relative = path.lexically_relative(directory).string();
  return !relative.empty() && !relative.starts_with("..");
}

void copy_modules(const fs::path& from, const fs::path& to) {
  base::make_directories(to);
  for (fs::recursive_directory_iterator it(from), end; it != end; ++it) {
    const fs::path target = to / it->path().lexically_relative(from);
    if (it->is_symlink()) continue;  // build and source: trees that the guest does not need
    if (it->is_directory()) {
      base::make_directories(target);
    } else if (it->is_regular_file()) {
      fs::copy_file(it->path(), target);
    }
  }
}

/// Brings lib/modules/RELEASE to draft/modules; returns that, or nothing when there are no modules.
fs::path take_modules(const fs::path& draft, const fs::path& modules, const std::string& release) {
  const fs::path relative = fs::path("lib") / "modules" / release;
  const fs::path from = modules / relative;
  if (modules.empty() || !fs::is_directory(from)) return {};
  const fs::path result = draft / "modules";
  if (is_inside(modules, draft)) {
    base::make_directories((result / relative).parent_path());
    fs::rename(from, result / relative);
  } else {
    copy_modules(from, result / relative);
  }
  return result;
}

/// Moves the tree that further modules are compiled against to where a guest finds it, whatever its
/// root is: beside the kernel's own modules.
fs::path take_kbuild(const fs::path& kbuild, const Kernel& kernel) {
  if (kbuild.empty() || kernel.modules.empty()) return kbuild;
  fs::path result = kernel.module_directory() / "build";
  fs::rename(kbuild, result);
  return result;
}

/// The one file in `directory` whose name begins so; empty if there is none.
fs::path find_by_prefix(const fs::path& directory, const std::string& prefix) {
  std::error_code ignored;
  for (const auto& item : fs::directory_iterator(directory, ignored)) {
    if (item.path().filename().string().starts_with(prefix)) return item.path();
  }
  return {};
}

std::string megabytes(std::uint64_t bytes) {
  return fmt::format("{} MB", (bytes + 999'999) / 1'000'000);
}

[[noreturn]] void report_full(const fs::path& directory, std::uint64_t needed,
                              const std::string& what) {
  throw base::Error(fmt::format("there is not enough space in {}: {} needs about {}, {} are free",
                                directory.string(), what, megabytes(needed),
                                megabytes(base::free_bytes(directory))),
                    kSpaceHint);
}

bool means_full(int error_number) { return error_number == ENOSPC || error_number == EDQUOT; }

}  // namespace

Kernel make_entry(Store& store, Store::Draft draft, const EntryRequest& request,
                  base::Reporter& reporter) {
  const LoadedImage image = load_image(request.image);
  Kernel kernel;
  kernel.release = image.release;
  kernel.version = request.version.empty() ? image.version : request.version;
  kernel.variant = request.variant;
  kernel.architecture = image.architecture;
  kernel.name = request.name.empty() ? image.release : request.name;
  kernel.source = request.source;
  kernel.origin = request.origin;
  kernel.memory_needed = image.memory_needed;
  kernel.image = draft.path() / "vmlinux";
  base::write_file_atomically(kernel.image, image.data);
  if (!request.config.empty()) {
    kernel.config = draft.path() / "config";
    base::write_file_atomically(kernel.config, base::read_file(request.config));
  }
  kernel.modules = take_modules(draft.path(), request.modules, kernel.release);
  if (!kernel.modules.empty()) run_depmod(kernel.modules, kernel.release, reporter);
  kernel.kbuild = take_kbuild(request.kbuild, kernel);
  kernel.symbols = request.symbols;
  make_module_companions(kernel);
  if (!request.scratch.empty()) base::remove_all_quietly(request.scratch);
  return request.replace ? store.replace(std::move(draft), std::move(kernel))
                         : store.publish(std::move(draft), std::move(kernel));
}

std::optional<fs::path> place_of_kernel_file(const fs::path& path) {
  const std::string text = path.string();
  // Where nothing is packed (riscv64, ppc64le) the image is a vmlinux.
  for (const char* part : {"boot/vmlinuz-", "boot/vmlinux-", "boot/config-"}) {
    if (text.starts_with(part)) return path;
  }
  if (text.starts_with("lib/modules/")) return path;
  if (text.starts_with("usr/lib/modules/")) return fs::path(text.substr(4));
  return std::nullopt;
}

void use_package(EntryRequest& request, const fs::path& unpacked,
                 const base::Architecture& architecture) {
  request.image = find_by_prefix(unpacked / "boot", "vmlinu");
  request.config = find_by_prefix(unpacked / "boot", "config-");
  if (request.image.empty()) {
    const fs::path modules = find_by_prefix(unpacked / "lib" / "modules", "");
    request.image = find_by_prefix(modules, "vmlinu");
    request.config = find_by_prefix(modules, "config");
  }
  request.modules = unpacked;
  request.scratch = unpacked;
  if (request.image.empty()) {
    throw base::Error("the package contains no kernel (vmlinuz)",
                      fmt::format("kernels of Debian are in packages like linux-image-6.1.0-56-{}",
                                  architecture.debian_kernel));
  }
}

void require_space(const fs::path& directory, std::uint64_t needed, const std::string& what) {
  if (base::free_bytes(directory) < needed) report_full(directory, needed, what);
}

void with_full_disk_explained(const fs::path& directory, std::uint64_t needed,
                              const std::string& what, const std::function<void()>& work) {
  try {
    work();
  } catch (const base::SystemError& error) {
    if (means_full(error.error_number())) report_full(directory, needed, what);
    throw;
  } catch (const fs::filesystem_error& error) {
    if (means_full(error.code().value())) report_full(directory, needed, what);
    throw base::Error(error.what());
  }
}

}  // namespace quiz::kernel
