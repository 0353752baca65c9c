// Files that hold a file system: what kind it is, and how the host makes one of a directory.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/architecture.h"

namespace quiz::root {

/// How a root's files are packed.
enum class ImageKind {
  erofs,  ///< compressed, read-only by design: half the size of the other, and as fast
  ext4,   ///< for kernels before 5.4, and for hosts without mkfs.erofs
};
const char* name_of(ImageKind kind);

/// The kernel's name for the file system that is in the image: "erofs", "ext4" (also for ext2 and
/// ext3), "squashfs", "xfs", "btrfs"; empty: none of these. Throws base::SystemError if the file
/// cannot be read.
std::string file_system_of(const std::filesystem::path& image);

/// What is best on this host for machines of the architecture. Throws base::Error when it can make
/// neither.
ImageKind default_image_kind(const base::Architecture& architecture);

/// Throws base::Error for a kind whose files such machines do not see.
void require_kind(ImageKind kind, const base::Architecture& architecture);

/// Makes `image` of all that is in `directory`. Depends on nothing but that: the same files give
/// the same bytes. `prefix` is a command that the maker is run by, such as fakeroot and its
/// options; may be empty. `epoch` is its time, in seconds. Throws base::Error; a full disk among
/// others.
void make_image(ImageKind kind, const std::filesystem::path& directory,
                const std::filesystem::path& image, std::int64_t epoch,
                const std::vector<std::string>& prefix);

}  // namespace quiz::root
