#include "openzfs/source_links.h"

#include "base/error.h"

namespace quiz::openzfs {

namespace fs = std::filesystem;

namespace {

bool is_source(const fs::path& file) {
  const std::string extension = file.extension().string();
  return extension == ".c" || extension == ".S" || extension == ".h";
}

void remove_dangling(const fs::path& build) {
  for (const auto& item : fs::recursive_directory_iterator(build)) {
    if (item.is_symlink() && !fs::exists(item.path())) fs::remove(item.path());
  }
}

}  // namespace

void link_sources(const fs::path& source, const fs::path& build) {
  try {
    fs::create_directories(build);
    remove_dangling(build);
    for (const auto& item : fs::recursive_directory_iterator(source)) {
      const fs::path target = build / item.path().lexically_relative(source);
      if (item.is_directory()) {
        fs::create_directories(target);
      } else if (is_source(item.path()) && !fs::exists(fs::symlink_status(target))) {
        fs::create_symlink(item.path(), target);
      }
    }
  } catch (const fs::filesystem_error& error) {
    throw base::SystemError("cannot link the modules' sources to " + build.string(),
                            error.code().value());
  }
}

}  // namespace quiz::openzfs
