#include "qemu/warm_image.h"

#include <fmt/format.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "base/beneath.h"
#include "base/error.h"
#include "base/files.h"
#include "base/hexadecimal.h"
#include "base/json.h"
#include "base/ownership.h"
#include "base/sha256.h"
#include "qemu/warm_key.h"
#include "wire/frame.h"

namespace quiz::qemu {

namespace fs = std::filesystem;

namespace {

constexpr char kMemory[] = "memory";
constexpr char kState[] = "state";
constexpr char kManifest[] = "manifest";
constexpr char kPages[] = "pages";
constexpr char kDraft[] = ".draft";

/// More than the RAM that a booted kernel has touched, and its devices' state.
constexpr std::uint64_t kImageSize = 400'000'000;
/// Of devices' states that are taken for one: they have less than a megabyte.
constexpr std::uint64_t kStateLimit = 32 << 20;
/// Of RAM that is brought in for a run, and of the list: a start needs some ten thousand pages.
constexpr std::uint64_t kMostPages = (64 << 20) / 4096;
constexpr std::uint64_t kPagesLimit = 1 << 20;
/// Beside the hello, two digits a byte, there are a few lines.
constexpr std::uint64_t kManifestLimit = 2 * wire::kMaxFrame + 4096;

/// Images do not outlive the host's boot: what a crash left of a file need not be what was written.
std::string host_boot() {
  return base::read_file_if_exists("/proc/sys/kernel/random/boot_id").value_or("unknown");
}

struct stat examine_file(int fd) {
  struct stat status = {};
  if (::fstat(fd, &status) != 0) throw base::SystemError("cannot examine an image");
  return status;
}

std::uint64_t bytes_of(const struct stat& status) {
  return static_cast<std::uint64_t>(status.st_blocks) * 512;
}

/// What it takes on the disk.
std::uint64_t disk_use(const base::Fd& file) { return bytes_of(examine_file(file.get())); }

bool is_same(const struct stat& one, const struct stat& other) {
  return one.st_ino == other.st_ino && one.st_dev == other.st_dev;
}

/// Whether the name still leads to what is open.
bool leads_to(int directory, const std::string& name, const base::Fd& file) {
  struct stat named = {};
  return ::fstatat(directory, name.c_str(), &named, AT_SYMLINK_NOFOLLOW) == 0 &&
         is_same(named, examine_file(file.get()));
}

bool lock(const base::Fd& file, int how) { return ::flock(file.get(), how | LOCK_NB) == 0; }

/// Somebody holds it. Not: the file system has no locks (of this kind).
bool is_held(const base::Fd& file) { return !lock(file, LOCK_EX) && errno == EWOULDBLOCK; }

// --- what others may have put there -------------------------------------------------------------

/// The directory of all images; none, and errno tells why.
base::Fd open_images(const fs::path& path) {
  return base::Fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

void require_private(const base::Fd& fd, const std::string& what) {
  const std::string fault = base::why_not_private(fd.get());
  if (!fault.empty()) throw base::Error(what + " " + fault);
}

/// A directory or a file of an image. Throws base::Error unless it is one, and the user's alone.
base::Fd open_part(const base::Fd& directory, const std::string& name, const std::string& what,
                   int flags = 0) {
  base::Fd fd =
      base::open_beneath_quietly(directory.get(), name, O_RDONLY | O_NONBLOCK | O_NOCTTY | flags);
  if (!fd) throw base::Error(what + (errno == ELOOP ? " is a symbolic link" : " cannot be read"));
  const mode_t kind = (flags & O_DIRECTORY) != 0 ? S_IFDIR : S_IFREG;
  if ((examine_file(fd.get()).st_mode & S_IFMT) != kind) throw base::Error(what + " is no file");
  require_private(fd, what);
  return fd;
}

base::Fd make_part(const base::Fd& directory, const std::string& name) {
  return base::open_beneath(directory.get(), name, O_RDWR | O_CREAT | O_EXCL, 0600);
}

/// Removes an image; not while somebody uses it. False: it is still there.
bool remove_image(const base::Fd& images, const std::string& name) noexcept {
  // NFS lets only those who may write lock others out.
  const base::Fd memory =
      base::open_beneath_quietly(images.get(), fs::path(name) / kMemory, O_RDWR | O_NONBLOCK);
  if (memory && is_held(memory)) return false;
  return base::remove_beneath(images.get(), name);
}

/// None while somebody else has it, or has just removed or renamed it.
base::Fd lock_draft(const base::Fd& images, const std::string& name) {
  base::Fd fd = base::open_beneath_quietly(images.get(), name, O_RDONLY | O_DIRECTORY);
  if (!fd || !lock(fd, LOCK_EX) || !leads_to(images.get(), name, fd)) return {};
  return fd;
}

/// A draft's directory, empty and locked; none while another process has it.
base::Fd make_draft(const base::Fd& images, const std::string& name) {
  struct stat status = {};
  if (::fstatat(images.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0) {
    // What a killed process left, or what is no draft at all, goes.
    const base::Fd old = S_ISDIR(status.st_mode) ? lock_draft(images, name) : base::Fd();
    if (S_ISDIR(status.st_mode) && !old) return {};
    if (!base::remove_beneath(images.get(), name)) {
      throw base::Error("what is left of an image cannot be removed: " + name);
    }
  }
  if (::mkdirat(images.get(), name.c_str(), 0700) != 0 && errno != EEXIST) {
    throw base::SystemError("cannot make the directory of an image");
  }
  return lock_draft(images, name);
}

/// A file that looks large and is not, or quiz would write all of the guest's memory.
void require_sparse_files(const base::Fd& directory, const fs::path& path) {
  constexpr char kName[] = "sparse";
  constexpr std::uint64_t kSize = 1 << 20;
  const base::Fd fd = make_part(directory, kName);
  const bool extended = ::ftruncate(fd.get(), static_cast<off_t>(kSize)) == 0;
  const std::uint64_t used = disk_use(fd);
  ::unlinkat(directory.get(), kName, 0);
  if (extended && used < kSize / 2) return;
  throw base::Error("the file system of " + path.string() + " has no sparse files");
}

/// A file of its own with this content, which nobody can change.
base::Fd unchangeable_copy(const std::string& content) {
  base::Fd file(::memfd_create("state", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!file) throw base::SystemError("its state cannot be copied");
  base::write_all(file.get(), content, "a copy of its state");
  constexpr int kSeals = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL;
  if (::fcntl(file.get(), F_ADD_SEALS, kSeals) != 0 || ::lseek(file.get(), 0, SEEK_SET) != 0) {
    throw base::SystemError("its state cannot be copied");
  }
  return file;
}

// --- manifests ----------------------------------------------------------------------------------

/// What a good seal vouches for, or nothing.
base::Json read_manifest(const base::Fd& file, const WarmSeal& seal) {
  const auto text = seal.unsealed(base::read_all(file.get(), "its manifest", kManifestLimit));
  if (!text) {
    const std::string fault = seal.fault();
    throw base::Error(fault.empty() ? "its manifest is damaged, or not yours" : fault);
  }
  return base::Json::parse(*text);
}

/// Not sealed: whatever stands there can cost time, and no more than kMostPages do.
std::optional<base::PagesInUse> read_pages(const base::Fd& place) {
  try {
    const base::Fd file = open_part(place, kPages, "its list of pages");
    auto pages = base::PagesInUse::parse(base::read_all(file.get(), kPages, kPagesLimit));
    return pages && pages->written_pages() <= kMostPages ? std::move(pages) : std::nullopt;
  } catch (const base::Error&) {
    return std::nullopt;
  }
}

}  // namespace

struct WarmImages::Entry {
  std::string name;
  std::uint64_t bytes = 0;
  timespec used = {};

  /// All that is no draft, the least recently used first.
  static std::vector<Entry> all(const fs::path& directory, const base::Fd& images);
};

namespace {

/// The names in the directory that end (or do not end) as drafts do.
std::vector<std::string> names_in(const fs::path& directory, bool drafts) {
  std::vector<std::string> names;
  std::error_code ignored;
  for (fs::directory_iterator item(directory, ignored), end; item != end; item.increment(ignored)) {
    if ((item->path().extension() == kDraft) == drafts) names.push_back(item->path().filename());
  }
  return names;
}

}  // namespace

std::vector<WarmImages::Entry> WarmImages::Entry::all(const fs::path& directory,
                                                      const base::Fd& images) {
  std::vector<Entry> found;
  for (const std::string& name : names_in(directory, false)) {
    Entry entry;
    entry.name = name;
    const base::Fd place = base::open_beneath_quietly(images.get(), name, O_RDONLY | O_DIRECTORY);
    for (const char* part : {kMemory, kState, kManifest, kPages}) {
      struct stat status = {};
      if (!place || ::fstatat(place.get(), part, &status, AT_SYMLINK_NOFOLLOW) != 0) continue;
      entry.bytes += bytes_of(status);
      if (std::string_view(part) == kManifest) entry.used = status.st_mtim;
    }
    found.push_back(std::move(entry));
  }
  std::sort(found.begin(), found.end(), [](const Entry& one, const Entry& other) {
    return std::pair(one.used.tv_sec, one.used.tv_nsec) <
           std::pair(other.used.tv_sec, other.used.tv_nsec);
  });
  return found;
}

// --- drafts -------------------------------------------------------------------------------------

WarmDraft::~WarmDraft() {
  if (place_) base::remove_beneath(images_.get(), key_ + kDraft);
}

bool WarmDraft::reserve() const {
  // Asked first: an attempt that fails would for a moment take what is left for others.
  if (base::free_bytes(directory_) < size_) return false;
  return ::fallocate(memory_.get(), 0, 0, static_cast<off_t>(size_)) == 0;
}

std::unique_ptr<WarmDraft> WarmImages::begin(const std::string& key, std::uint64_t memory) const {
  seal_.prepare();  // before a machine is booted for nothing
  base::make_private_directories(directory_);
  std::unique_ptr<WarmDraft> draft(new WarmDraft);
  draft->images_ = open_images(directory_);
  if (!draft->images_) throw base::SystemError("cannot open " + directory_.string());
  require_private(draft->images_, directory_.string());
  draft->key_ = key;
  draft->directory_ = directory_ / (key + kDraft);
  draft->place_ = make_draft(draft->images_, key + kDraft);
  if (!draft->place_) return nullptr;
  if (base::free_bytes(directory_) < kImageSize) {
    throw base::Error("there is too little space in " + directory_.string());
  }
  require_sparse_files(draft->place_, draft->directory_);
  draft->memory_ = make_part(draft->place_, kMemory);
  draft->size_ = memory;
  if (::ftruncate(draft->memory_.get(), static_cast<off_t>(memory)) != 0) {
    throw base::SystemError("cannot make " + draft->memory().string());
  }
  // Whoever goes on from the image shall be able to hold it.
  if (!lock(draft->memory_, LOCK_SH)) {
    throw base::SystemError("cannot lock " + draft->memory().string());
  }
  lock(draft->memory_, LOCK_UN);
  draft->state_ = make_part(draft->place_, kState);
  return draft;
}

void WarmImages::write_manifest(const WarmDraft& draft, const std::string& hello) const {
  if (::lseek(draft.state_.get(), 0, SEEK_SET) != 0) {
    throw base::SystemError("cannot read the state of the machine");
  }
  const std::string state =
      base::read_all(draft.state_.get(), "the state of the machine", kStateLimit);
  const base::Json manifest = base::Json::object({
      {"key", draft.key_},
      {"host_boot", host_boot()},
      {"memory", file_identity(examine_file(draft.memory_.get()))},
      {"state", base::sha256(state)},
      {"hello", base::to_hexadecimal(hello)},
  });
  const std::string text = seal_.sealed(manifest.dump());
  ::unlinkat(draft.place_.get(), kManifest, 0);  // not ours
  const base::Fd file = make_part(draft.place_, kManifest);
  base::write_all(file.get(), text, "the manifest of an image");
}

void WarmImages::publish(std::unique_ptr<WarmDraft> draft, const std::string& hello) const {
  const base::Fd& images = draft->images_;
  if (!leads_to(draft->place_.get(), kMemory, draft->memory_) ||
      !leads_to(draft->place_.get(), kState, draft->state_)) {
    throw base::Error("somebody has exchanged a file of " + draft->directory_.string());
  }
  const std::uint64_t bytes = disk_use(draft->memory_) + disk_use(draft->state_);
  if (bytes > limit_) {
    throw base::Error(fmt::format("it takes {} MiB, and all images together may take {} MiB",
                                  bytes >> 20, limit_ >> 20));
  }
  write_manifest(*draft, hello);
  if (!remove_image(images, draft->key_)) {
    throw base::Error("the image before this one is still in use");
  }
  if (::renameat(images.get(), (draft->key_ + kDraft).c_str(), images.get(), draft->key_.c_str()) !=
      0) {
    throw base::SystemError("cannot rename to " + (directory_ / draft->key_).string());
  }
  draft->place_.reset();
  make_room(images, draft->key_);
}

// --- images -------------------------------------------------------------------------------------

WarmImages::Finding WarmImages::find(const std::string& key) const {
  try {
    const base::Fd images = open_images(directory_);
    struct stat status = {};
    const bool exists =
        images && ::fstatat(images.get(), key.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
    if (!exists && (errno == ENOENT || errno == ENOTDIR)) {
      return {std::nullopt, "there is none yet"};
    }
    if (!images) throw base::SystemError("cannot open " + directory_.string());
    return {examine(images, key), {}};
  } catch (const base::Error& error) {
    return {std::nullopt, error.message()};
  } catch (const std::exception&) {  // a field that is missing or of another type
    return {std::nullopt, "its manifest is of another quiz"};
  }
}

WarmImage WarmImages::examine(const base::Fd& images, const std::string& key) const {
  require_private(images, "the directory of the images");
  const base::Fd place = open_part(images, key, "it", O_DIRECTORY);
  WarmImage image;
  image.memory = directory_ / key / kMemory;
  image.hold = open_part(place, kMemory, "its memory");
  // Whoever removes it holds the lock for that moment.
  if (!lock(image.hold, LOCK_SH) || !leads_to(images.get(), key, place)) {
    throw base::Error("it is being replaced");
  }
  image.memory_file = open_part(place, kMemory, "its memory");
  const struct stat memory = examine_file(image.memory_file.get());
  if (!is_same(memory, examine_file(image.hold.get()))) throw base::Error("it is being replaced");

  const base::Fd file = open_part(place, kManifest, "its manifest");
  const base::Json manifest = read_manifest(file, seal_);
  const auto require = [](bool good, const char* otherwise) {
    if (!good) throw base::Error(otherwise);
  };
  require(manifest.at("key").text() == key, "it is the image of another machine");
  require(manifest.at("host_boot").text() == host_boot(), "it is from before the host's reboot");
  require(manifest.at("memory").text() == file_identity(memory), "its memory was written to");
  const std::string state =
      base::read_all(open_part(place, kState, "its state").get(), "its state", kStateLimit);
  require(manifest.at("state").text() == base::sha256(state), "its state is damaged");
  const auto hello = base::from_hexadecimal(manifest.at("hello").text());
  require(hello && hello->size() <= wire::kMaxFrame, "its manifest is of another quiz");
  image.hello = *hello;
  image.state = unchangeable_copy(state);
  image.pages = read_pages(place);
  ::futimens(file.get(), nullptr);
  return image;
}

void WarmImages::keep_pages(const std::string& key, const WarmImage& image) const noexcept {
  try {
    if (image.pages->written_pages() > kMostPages) return;
    const base::Fd images = open_images(directory_);
    const base::Fd place = open_part(images, key, "it", O_DIRECTORY);
    if (!leads_to(place.get(), kMemory, image.memory_file)) return;
    const std::string draft = std::string(kPages) + kDraft;
    ::unlinkat(place.get(), draft.c_str(), 0);  // of one that was killed
    const base::Fd file = make_part(place, draft);
    base::write_all(file.get(), image.pages->to_text(), "a list of pages");
    ::renameat(place.get(), draft.c_str(), place.get(), kPages);
  } catch (const base::Error&) {  // the next run tells again
  }
}

void WarmImages::forget(const std::string& key) const noexcept {
  if (const base::Fd images = open_images(directory_)) remove_image(images, key);
}

void WarmImages::make_room(const base::Fd& images, const std::string& keep) const {
  // Drafts of killed processes: nobody holds them.
  for (const std::string& name : names_in(directory_, true)) {
    struct stat status = {};
    const bool is_draft =
        ::fstatat(images.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 &&
        S_ISDIR(status.st_mode);
    if (const base::Fd lock = lock_draft(images, name); lock || !is_draft) {
      base::remove_beneath(images.get(), name);
    }
  }
  const std::vector<Entry> entries = Entry::all(directory_, images);
  std::uint64_t total = 0;
  for (const Entry& image : entries) total += image.bytes;
  for (const Entry& image : entries) {
    if (image.name == keep || (total <= limit_ && !is_stale(images, image.name))) continue;
    if (remove_image(images, image.name)) total -= image.bytes;
  }
}

/// Nobody will ever go on from it.
bool WarmImages::is_stale(const base::Fd& images, const std::string& name) const {
  try {
    const base::Fd place = open_part(images, name, "it", O_DIRECTORY);
    const base::Fd file = open_part(place, kManifest, "its manifest");
    return read_manifest(file, seal_).text_or("host_boot", "") != host_boot();
  } catch (const std::exception&) {
    return true;
  }
}

WarmImages::Summary WarmImages::summary() const {
  const base::Fd images = open_images(directory_);
  Summary summary;
  if (!images) return summary;
  for (const Entry& image : Entry::all(directory_, images)) {
    ++summary.count;
    summary.bytes += image.bytes;
  }
  return summary;
}

WarmImages::Summary WarmImages::clear() const {
  const base::Fd images = open_images(directory_);
  Summary gone;
  if (!images) return gone;
  for (const Entry& image : Entry::all(directory_, images)) {
    if (!remove_image(images, image.name)) continue;
    ++gone.count;
    gone.bytes += image.bytes;
  }
  return gone;
}

}  // namespace quiz::qemu
