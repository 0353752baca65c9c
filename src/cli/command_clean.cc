// `quiz clean`: removes what can be made again, and what killed runs left.
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdint>
#include <system_error>

#include "base/error.h"
#include "base/files.h"
#include "base/paths.h"
#include "cli/command.h"
#include "cli/standard_streams.h"
#include "kernel/build.h"
#include "qemu/warm_image.h"
#include "run/instance.h"
#include "run/places.h"

namespace quiz::cli {

namespace fs = std::filesystem;

namespace {

/// Bytes on the disk; links are not followed, what cannot be read is not counted.
std::uint64_t disk_use(const fs::path& path) {
  const auto own = [](const fs::path& file) {
    struct stat status = {};
    if (::lstat(file.c_str(), &status) != 0) return std::uint64_t{0};
    return static_cast<std::uint64_t>(status.st_blocks) * 512;
  };
  std::uint64_t bytes = own(path);
  std::error_code ignored;
  if (!fs::is_directory(fs::symlink_status(path, ignored))) return bytes;
  constexpr auto kOptions = fs::directory_options::skip_permission_denied;
  for (fs::recursive_directory_iterator entry(path, kOptions, ignored), end; entry != end;
       entry.increment(ignored)) {
    bytes += own(entry->path());
  }
  return bytes;
}

std::string readable(std::uint64_t bytes) {
  const auto number = static_cast<double>(bytes);
  if (number >= 1e9) return fmt::format("{:.1f} GB", number / 1e9);
  if (number >= 1e6) return fmt::format("{:.1f} MB", number / 1e6);
  return fmt::format("{:.0f} kB", number / 1e3);
}

std::vector<fs::path> entries(const fs::path& directory) {
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error)) {
    found.push_back(entry->path());
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    throw base::SystemError("cannot read " + directory.string(), error.value());
  }
  return found;
}

/// Saved machines, but for those that are running.
std::uint64_t remove_images(const Context& context) {
  const qemu::WarmImages images(run::image_directory(context.paths), run::image_key(context.paths),
                                0);
  const auto removed = images.clear();
  const auto left = images.summary();
  if (removed.count > 0) {
    print(fmt::format("removed {} saved machine{} ({})\n", removed.count,
                      removed.count == 1 ? "" : "s", readable(removed.bytes)));
  }
  if (left.count > 0) {
    print(fmt::format("{} saved machine{} in use and stay{}\n", left.count,
                      left.count == 1 ? " is" : "s are", left.count == 1 ? "s" : ""));
  }
  std::error_code ignored;
  fs::remove(images.directory(), ignored);  // if nothing is left in it
  return removed.bytes;
}

/// The directories of kernel builds, but for those where one is under way; returns how many those
/// are.
std::size_t remove_builds(const fs::path& directory, std::uint64_t& freed) {
  std::size_t busy = 0;
  for (const fs::path& build : entries(directory)) {
    const auto lock = base::FileLock::try_acquire(build / kernel::kBuildLock);
    if (!lock) {
      ++busy;
      continue;
    }
    freed += disk_use(build);
    base::remove_all_quietly(build);
  }
  if (busy > 0) print("a kernel is being built: its build and the sources stay\n");
  return busy;
}

}  // namespace

int command_clean(const Context& context, const std::vector<std::string>& words) {
  const bool warm_only = words.size() == 1 && words[0] == "--warm";
  if (!words.empty() && !warm_only) {
    throw base::Error(fmt::format("clean does not know '{}'", words[0]),
                      "usage: quiz clean [--warm]");
  }
  std::uint64_t freed = remove_images(context);
  const bool building = !warm_only && remove_builds(context.paths.cache / "build", freed) > 0;
  for (const fs::path& path : entries(context.paths.cache)) {
    if (warm_only || path == run::image_directory(context.paths)) continue;
    if (building && (path.filename() == "build" || path.filename() == "sources")) continue;
    if (path == run::large_files(context.paths)) continue;
    if (path.filename() == base::kRuntimeInCache) continue;
    const std::uint64_t bytes = disk_use(path);
    base::remove_all_quietly(path);
    if (std::error_code error; fs::exists(fs::symlink_status(path, error))) {
      throw base::Error("cannot remove " + path.string(), "does all of it belong to you?");
    }
    print(fmt::format("removed {} ({})\n", path.string(), readable(bytes)));
    freed += bytes;
  }
  // A run may have a directory here and there.
  const int elsewhere = run::sweep_elsewhere(context.paths);
  const int here = run::Instance::sweep(context.paths.runtime);
  if (const int swept = std::max(here, elsewhere); swept > 0) {
    print(fmt::format("removed what {} killed run{} left\n", swept, swept == 1 ? "" : "s"));
  }
  print(freed == 0 ? fmt::format("nothing to remove below {}\n", context.paths.cache.string())
                   : fmt::format("{} freed\n", readable(freed)));
  return 0;
}

}  // namespace quiz::cli
