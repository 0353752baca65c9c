#include "kernel/kbuild_tree.h"

#include <string>

#include "base/error.h"
#include "base/files.h"

namespace quiz::kernel {

namespace fs = std::filesystem;

namespace {

/// Left over by the build and of no use to another.
bool is_by_product(const fs::path& path) {
  const std::string name = path.filename().string();
  return name.ends_with(".o") || name.ends_with(".a") || name.ends_with(".cmd") ||
         name.ends_with(".d") || name == ".gitignore";
}

void copy_one(const fs::path& from, const fs::path& to) {
  base::make_directories(to.parent_path());
  fs::copy_file(from, to, fs::copy_options::overwrite_existing);
}

/// What is a link into the source tree in a build directory is not followed: the source's own copy
/// is there.
void copy_directory(const fs::path& from, const fs::path& to) {
  if (!fs::is_directory(from)) return;
  for (const auto& item : fs::recursive_directory_iterator(from)) {
    const fs::path target = to / item.path().lexically_relative(from);
    if (item.is_symlink()) {
      if (fs::is_directory(item.path()) || fs::exists(target)) continue;
      if (fs::exists(item.path())) copy_one(item.path(), target);
    } else if (item.is_regular_file() && !is_by_product(item.path())) {
      copy_one(item.path(), target);
    }
  }
}

/// Makefiles, Kbuild and Kconfig files directly in a directory.
void copy_build_files(const fs::path& from, const fs::path& to) {
  for (const auto& item : fs::directory_iterator(from)) {
    const std::string name = item.path().filename().string();
    if (item.is_regular_file() && (name.starts_with("Makefile") || name.starts_with("Kbuild") ||
                                   name.starts_with("Kconfig"))) {
      copy_one(item.path(), to / name);
    }
  }
}

}  // namespace

void copy_kbuild_tree(const fs::path& source, const fs::path& build, const fs::path& target,
                      const base::Architecture& of) {
  try {
    const fs::path architecture = fs::path("arch") / of.kernel_folder;
    copy_build_files(source, target);
    copy_build_files(source / architecture, target / architecture);
    for (const fs::path& part :
         {fs::path("scripts"), fs::path("include"), architecture / "include"}) {
      copy_directory(source / part, target / part);
      copy_directory(build / part, target / part);
    }
    for (const char* file : {".config", "Module.symvers", "tools/objtool/objtool"}) {
      if (fs::exists(build / file)) copy_one(build / file, target / file);
    }
    for (const char* file : {"tools/bpf/resolve_btfids/resolve_btfids"}) {
      if (fs::exists(build / file)) copy_one(build / file, target / file);
    }
  } catch (const fs::filesystem_error& error) {
    throw base::SystemError(
        "cannot copy the files that modules are built with to " + target.string(),
        error.code().value());
  }
}

}  // namespace quiz::kernel
