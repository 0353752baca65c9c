#include "kernel/image.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/sha256.h"
#include "boot/bzimage.h"
#include "boot/elf.h"
#include "kernel/extract.h"
#include "kernel/foreign_image.h"
#include "kernel/image_armv7l.h"
#include "kernel/image_flat.h"
#include "kernel/image_i686.h"
#include "kernel/image_s390x.h"
#include "kernel/version.h"

namespace quiz::kernel {

namespace {

/// A vmlinux with full debug information is below this.
constexpr std::uint64_t kMaxImageSize = std::uint64_t{1} << 31;

void set_names(LoadedImage& image, std::string_view vmlinux, const std::string& fallback_version) {
  if (const auto banner = boot::find_linux_banner(vmlinux)) {
    image.release = banner->release;
    image.version = version_from_banner(banner->text, banner->release);
  } else {
    image.release = fallback_version.substr(0, fallback_version.find(' '));
    image.version = version_from_banner(fallback_version, image.release);
  }
  if (image.release.empty() || image.release.find('/') != std::string::npos ||
      image.release[0] == '.') {
    throw base::Error("it does not say which release of Linux it is");
  }
}

LoadedImage from_bzimage(std::string content) {
  const boot::BzImage header = boot::parse_bzimage(content);
  std::string vmlinux = extract_vmlinux(content);
  const boot::ElfKernel elf = boot::parse_elf_kernel(vmlinux);
  LoadedImage image;
  set_names(image, vmlinux, header.version);
  image.extracted = elf.pvh_entry.has_value();
  image.memory_needed = image.extracted ? elf.memory_end : header.memory_needed();
  image.data = image.extracted ? std::move(vmlinux) : std::move(content);
  return image;
}

/// QEMU loads it as it is, and it unpacks itself.
LoadedImage from_s390x(std::string content) {
  /// Packed, a kernel is about a quarter of itself; both are there for a while.
  constexpr std::uint64_t kGrowth = 5;
  LoadedImage image;
  image.architecture = base::architecture_named("s390x");
  set_names(image, {}, parse_s390x(content).version);
  image.memory_needed = content.size() * kGrowth;
  image.data = std::move(content);
  return image;
}

/// QEMU's loader enters it as a BIOS's boot loader would.
LoadedImage from_i686(std::string content) {
  const ImageI686 header = parse_i686(content);
  LoadedImage image;
  image.architecture = base::architecture_named("i686");
  set_names(image, {}, header.version);
  image.memory_needed = header.memory;
  image.data = std::move(content);
  return image;
}

/// QEMU loads it as it is, and it unpacks itself.
LoadedImage from_armv7l(std::string content) {
  const ImageArmv7l parsed = parse_armv7l(content);
  LoadedImage image;
  image.architecture = base::architecture_named("armv7l");
  image.memory_needed = parsed.memory;
  set_names(image, parsed.kernel, {});
  image.data = std::move(content);
  return image;
}

/// Nothing in it is packed.
LoadedImage from_flat_image(std::string content, const base::Architecture& architecture) {
  LoadedImage image;
  image.architecture = architecture;
  image.memory_needed = parse_flat_image(content).memory;
  set_names(image, content, {});
  image.data = std::move(content);
  return image;
}

/// The vmlinux that QEMU's pseries loads, whose addresses are the kernel's own, high ones.
LoadedImage from_ppc64le(std::string content) {
  const boot::ElfKernel elf = boot::parse_elf_executable(content);
  LoadedImage image;
  image.architecture = base::architecture_named("ppc64le");
  image.memory_needed = elf.memory_end - elf.memory_begin;
  set_names(image, content, {});
  image.data = std::move(content);
  return image;
}

LoadedImage from_vmlinux(std::string content) {
  const boot::ElfKernel elf = boot::parse_elf_kernel(content);
  if (!elf.pvh_entry) {
    throw base::Error(
        "it has no PVH entry (CONFIG_PVH), without which only its bzImage can be booted");
  }
  LoadedImage image;
  set_names(image, content, {});
  image.memory_needed = elf.memory_end;
  image.data = std::move(content);
  return image;
}

/// What a cached description of a file hangs on: another file, or a changed one, has another key.
std::string identity(const fs::path& path) {
  struct stat status = {};
  if (::stat(path.c_str(), &status) != 0) throw base::SystemError("cannot open " + path.string());
  if (S_ISDIR(status.st_mode)) {
    throw base::Error(path.string() + " is a directory, not a kernel image",
                      "name its vmlinux or " + built_image({}, base::host_architecture()).string());
  }
  return base::sha256(fmt::format("{} {} {} {} {}.{} {}.{}", fs::absolute(path).string(),
                                  status.st_dev, status.st_ino, status.st_size,
                                  status.st_mtim.tv_sec, status.st_mtim.tv_nsec,
                                  status.st_ctim.tv_sec, status.st_ctim.tv_nsec))
      .substr(0, 32);
}

struct CachedDescription {
  std::string release;
  std::string version;
  std::uint64_t memory_needed = 0;
  bool extracted = false;
  base::Architecture architecture = base::host_architecture();
};

std::optional<CachedDescription> read_description(const fs::path& file, const fs::path& extracted) {
  const auto text = base::read_file_if_exists(file);
  if (!text) return std::nullopt;
  const auto json = base::Json::try_parse(*text);
  if (!json) return std::nullopt;
  try {
    CachedDescription result{json->at("release").text(), json->at("version").text(),
                             json->at("memory_needed").number(), json->at("extracted").flag(),
                             base::architecture_named(json->at("architecture").text())};
    if (result.extracted && !fs::exists(extracted)) return std::nullopt;
    return result;
  } catch (const base::JsonError&) {
    return std::nullopt;  // of an older quiz: made again
  }
}

}  // namespace

LoadedImage load_image(const fs::path& path) {
  if (std::error_code error; fs::exists(path, error) && !fs::is_regular_file(path, error)) {
    throw base::Error(path.string() + " is no kernel: it is not a regular file");
  }
  std::string content = base::read_file(path, kMaxImageSize);
  const auto foreign = foreign_architecture(content);
  if (foreign) {
    base::with_note("as " + path.string() + " is a kernel of it",
                    [&] { base::architecture_named(*foreign); });
  }
  try {
    if (looks_like_s390x(content)) return from_s390x(std::move(content));
    if (looks_like_i686(content)) return from_i686(std::move(content));
    if (looks_like_armv7l(content)) return from_armv7l(std::move(content));
    if (foreign && looks_like_flat_image(content)) {
      return from_flat_image(std::move(content), base::architecture_named(*foreign));
    }
    if (foreign == "ppc64le") return from_ppc64le(std::move(content));
    if (foreign) {
      throw base::Error("what machines of " + *foreign + " boot is " +
                        built_image({}, base::architecture_named(*foreign)).string());
    }
    if (boot::looks_like_elf(content)) return from_vmlinux(std::move(content));
    if (boot::looks_like_bzimage(content)) return from_bzimage(std::move(content));
    throw base::Error("it is neither a bzImage nor a vmlinux");
  } catch (const base::Error& error) {
    throw base::Error(
        path.string() + " is no kernel: " + error.message(),
        fmt::format("a kernel is a bzImage, a vmlinux of {}, or a name from `quiz kernel list`",
                    base::host_architecture().name));
  }
}

Kernel describe_image(const fs::path& path, const fs::path& cache) {
  const std::string key = identity(path);
  const fs::path directory = cache / "images";
  const fs::path extracted = directory / (key + ".vmlinux");
  const fs::path description_file = directory / (key + ".json");

  auto description = read_description(description_file, extracted);
  if (!description) {
    const LoadedImage image = load_image(path);
    description = CachedDescription{image.release, image.version, image.memory_needed,
                                    image.extracted, image.architecture};
    base::make_directories(directory, 0700);
    if (image.extracted) base::write_file_atomically(extracted, image.data);
    base::write_file_atomically(
        description_file,
        base::Json::object({{"release", image.release},
                            {"version", image.version},
                            {"memory_needed", image.memory_needed},
                            {"extracted", image.extracted},
                            {"architecture", std::string(image.architecture.name)}})
            .dump());
  }
  Kernel kernel;
  kernel.name = path.string();
  kernel.release = description->release;
  kernel.version = description->version;
  kernel.architecture = description->architecture;
  kernel.image = description->extracted ? extracted : fs::absolute(path);
  kernel.modules = find_modules_for(path, kernel.release, kernel.architecture);
  kernel.source = "file";
  kernel.origin = "the file " + path.string();
  kernel.memory_needed = description->memory_needed;
  kernel.size = fs::file_size(path);
  return kernel;
}

fs::path built_image(const fs::path& build, const base::Architecture& architecture) {
  return build / architecture.kernel_image;
}

std::string image_target(const base::Architecture& architecture) {
  return fs::path(architecture.kernel_image).filename().string();
}

fs::path find_modules_for(const fs::path& path, const std::string& release,
                          const base::Architecture& architecture) {
  const fs::path beside = fs::absolute(path).parent_path();
  std::vector<fs::path> candidates = {beside, beside / "modules"};
  if (architecture == base::host_architecture()) candidates.emplace_back("/");
  for (const fs::path& candidate : candidates) {
    std::error_code ignored;
    if (fs::is_directory(candidate / "lib" / "modules" / release, ignored)) return candidate;
  }
  return {};
}

}  // namespace quiz::kernel
