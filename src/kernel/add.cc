#include "kernel/add.h"

#include "base/error.h"
#include "build/deb.h"
#include "kernel/entry.h"
#include "kernel/image.h"

namespace quiz::kernel {

namespace {

/// The directory that holds lib/modules/RELEASE, from that or from lib/modules/RELEASE itself.
fs::path check_modules(const fs::path& given, const std::string& release) {
  fs::path path = fs::absolute(given).lexically_normal();
  if (fs::is_directory(path / "lib" / "modules" / release)) return path;
  const fs::path directory = path.has_filename() ? path : path.parent_path();
  const fs::path modules = directory.parent_path();
  if (directory.filename() == release && modules.filename() == "modules" &&
      modules.parent_path().filename() == "lib" && fs::is_directory(directory)) {
    return modules.parent_path().parent_path();
  }
  throw base::Error("there are no modules of the kernel " + release + " in " + given.string(),
                    "--modules takes the directory that contains lib/modules/" + release);
}

void refuse_taken(const Store& store, const std::string& name) {
  if (store.find_name(name)) {
    throw base::Error(
        "there is already a kernel '" + name + "' in the store",
        "choose another name with --name, or remove it with `quiz kernel remove " + name + "`");
  }
}

std::uint64_t directory_size(const fs::path& directory) {
  std::uint64_t total = 0;
  std::error_code error;
  for (const auto& item : fs::recursive_directory_iterator(directory, error)) {
    if (item.is_regular_file(error) && !item.is_symlink(error)) total += item.file_size(error);
  }
  return total;
}

/// An upper bound: compressed contents grow.
std::uint64_t space_needed(const AddRequest& request, const EntryRequest& entry,
                           const std::string& release) {
  constexpr std::uint64_t kGrowth = 8;
  std::uint64_t needed = fs::file_size(request.path) * kGrowth;
  if (!entry.modules.empty()) {
    needed += directory_size(entry.modules / "lib" / "modules" / release);
  }
  return needed;
}

}  // namespace

Kernel add_kernel(Store& store, const AddRequest& request, base::Reporter& reporter) {
  std::error_code error;
  if (!fs::is_regular_file(request.path, error)) {
    throw base::SystemError("cannot use " + request.path.string() + " as a kernel",
                            fs::is_directory(request.path, error) ? EISDIR
                            : fs::exists(request.path, error)     ? EINVAL
                                                                  : ENOENT,
                            "name a bzImage, a vmlinux or a .deb");
  }
  if (!request.name.empty()) {
    Store::check_name(request.name);
    refuse_taken(store, request.name);
  }
  const bool is_package = request.path.extension() == ".deb";
  EntryRequest entry;
  entry.name = request.name;
  entry.source = kSourceAdded;
  entry.origin = "added from " + fs::absolute(request.path).string();
  std::string release;
  if (!is_package) {
    entry.image = request.path;
    const LoadedImage image = load_image(request.path);
    release = image.release;
    entry.modules = request.modules.empty()
                        ? find_modules_for(request.path, release, image.architecture)
                        : check_modules(request.modules, release);
    refuse_taken(store, request.name.empty() ? release : request.name);
  }
  const std::uint64_t needed = space_needed(request, entry, release);
  const std::string what = "the kernel of " + request.path.string();
  std::optional<Kernel> result;
  with_full_disk_explained(store.directory(), needed, what, [&] {
    Store::Draft draft = store.begin();
    if (is_package) {
      reporter.step("unpacking " + request.path.filename().string());
      const fs::path unpacked = draft.path() / "unpacked";
      build::unpack_deb(request.path, unpacked, place_of_kernel_file,
                        [&](double fraction) { reporter.progress(fraction, ""); });
      use_package(entry, unpacked);
      release = load_image(entry.image).release;
      refuse_taken(store, request.name.empty() ? release : request.name);
      if (!request.modules.empty()) entry.modules = check_modules(request.modules, release);
    }
    reporter.step("adding the kernel " + release);
    result = make_entry(store, std::move(draft), entry, reporter);
  });
  return *result;
}

}  // namespace quiz::kernel
