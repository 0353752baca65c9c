#include "openzfs/module_index.h"

#include "base/child.h"
#include "base/error.h"
#include "base/files.h"
#include "openzfs/needs.h"

namespace quiz::openzfs {

namespace fs = std::filesystem;

namespace {

/// What depmod reads itself, of the files that it does not write.
bool is_read_by_depmod(const std::string& name) {
  return name == "modules.order" || name == "modules.builtin" || name == "modules.builtin.modinfo";
}

void link_into(const fs::path& from, const fs::path& to, bool kernels_own) {
  for (const auto& item : fs::directory_iterator(from)) {
    const std::string name = item.path().filename().string();
    const bool wanted = kernels_own && is_read_by_depmod(name);
    if ((!item.is_directory() || item.is_symlink()) && !wanted) continue;
    fs::create_symlink(item.path(), to / name);
  }
}

}  // namespace

void make_module_index(const fs::path& kernel, const fs::path& installed,
                       const std::string& release) {
  const base::TempDir view(installed.parent_path(), ".index-");
  const fs::path both = view.path() / "lib" / "modules" / release;
  try {
    fs::create_directories(both);
    link_into(installed, both, false);
    if (!kernel.empty()) link_into(kernel, both, true);
    base::run_or_throw(
        {find_system_program("depmod").value_or("depmod"), "-b", view.path().string(), release});
    for (const auto& item : fs::directory_iterator(both)) {
      if (item.is_symlink()) continue;
      fs::rename(item.path(), installed / item.path().filename());
    }
  } catch (const fs::filesystem_error& error) {
    throw base::SystemError("cannot make modules.dep in " + installed.string(),
                            error.code().value());
  }
}

}  // namespace quiz::openzfs
