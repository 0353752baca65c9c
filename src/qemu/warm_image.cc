#include "qemu/warm_image.h"

#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files.h"
#include "base/sha256.h"
#include "qemu/warm_key.h"

namespace quiz::qemu {

namespace fs = std::filesystem;

namespace {

constexpr char kMemory[] = "memory";
constexpr char kState[] = "state";
constexpr char kManifest[] = "manifest";
constexpr char kDraft[] = ".draft";

/// More than the RAM that a booted kernel has touched, and its devices' state.
constexpr std::uint64_t kImageSize = 400'000'000;

/// Images do not outlive the host's boot: what a crash left of a file need not be what was written.
std::string host_boot() {
  return base::read_file_if_exists("/proc/sys/kernel/random/boot_id").value_or("unknown");
}

std::uint64_t disk_use(const fs::path& file) {
  struct stat status = {};
  return ::stat(file.c_str(), &status) == 0 ? static_cast<std::uint64_t>(status.st_blocks) * 512
                                            : 0;
}

/// A file that looks large and is not, or quiz would write all of the guest's memory.
void require_sparse_files(const fs::path& directory) {
  const fs::path file = directory / "sparse";
  constexpr off_t kSize = 1 << 20;
  const base::Fd fd = base::open_file(file, O_WRONLY | O_CREAT | O_EXCL);
  const bool extended = ::ftruncate(fd.get(), kSize) == 0;
  const std::uint64_t used = disk_use(file);
  ::unlink(file.c_str());
  if (extended && used < kSize / 2) return;
  throw base::Error("the file system of " + directory.string() + " has no sparse files");
}

/// The first line is the checksum of the rest.
std::string sealed(const std::string& text) { return base::sha256(text) + "\n" + text; }

std::optional<nlohmann::json> unsealed(const std::string& text) {
  const std::size_t end = text.find('\n');
  if (end == std::string::npos || base::sha256(text.substr(end + 1)) != text.substr(0, end)) {
    return std::nullopt;
  }
  auto json = nlohmann::json::parse(text.substr(end + 1), nullptr, false);
  if (!json.is_object()) return std::nullopt;
  return json;
}

std::string hexadecimal(const std::string& bytes) {
  std::string text;
  for (const char c : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return text;
}

std::string from_hexadecimal(const std::string& text) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(text.substr(i, 2), nullptr, 16));
  }
  return bytes;
}

/// Of the RAM file: everything that writing to it changes. Its path is not part of it.
std::string memory_identity(const fs::path& file) {
  const std::string identity = file_identity(file);
  return identity.substr(file.string().size());
}

/// Whether the path still leads to the file that is open.
bool is_same_file(const base::Fd& file, const fs::path& path) {
  struct stat open = {};
  struct stat named = {};
  return ::fstat(file.get(), &open) == 0 && ::stat(path.c_str(), &named) == 0 &&
         open.st_ino == named.st_ino && open.st_dev == named.st_dev;
}

bool lock(const base::Fd& file, int how) { return ::flock(file.get(), how | LOCK_NB) == 0; }

/// Somebody holds it. Not: the file system has no locks (of this kind).
bool is_held(const base::Fd& file) { return !lock(file, LOCK_EX) && errno == EWOULDBLOCK; }

/// None while somebody else has it, or has just removed or renamed it.
base::Fd lock_draft(const fs::path& directory) {
  base::Fd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd || !lock(fd, LOCK_EX) || !is_same_file(fd, directory)) return {};
  return fd;
}

/// Opens without an exception: what is not there is no image.
base::Fd open_quietly(const fs::path& file, int flags) {
  return base::Fd(::open(file.c_str(), flags | O_CLOEXEC));
}

}  // namespace

struct WarmImages::Entry {
  fs::path path;
  std::uint64_t bytes = 0;
  timespec used = {};
};

// --- drafts -------------------------------------------------------------------------------------

WarmDraft::~WarmDraft() {
  if (!directory_.empty()) base::remove_all_quietly(directory_);
}

bool WarmDraft::reserve() const {
  // Asked first: an attempt that fails would for a moment take what is left for others.
  if (base::free_bytes(directory_) < size_) return false;
  return ::fallocate(memory_.get(), 0, 0, static_cast<off_t>(size_)) == 0;
}

std::unique_ptr<WarmDraft> WarmImages::begin(const std::string& key, std::uint64_t memory) const {
  base::make_directories(directory_, 0700);
  std::unique_ptr<WarmDraft> draft(new WarmDraft);
  const fs::path place = directory_ / (key + kDraft);
  base::make_directories(place, 0700);
  draft->lock_ = lock_draft(place);
  if (!draft->lock_) return nullptr;
  draft->directory_ = place;
  for (const char* part : {kMemory, kState, kManifest}) {
    ::unlink((place / part).c_str());  // what a killed process left
  }
  if (base::free_bytes(directory_) < kImageSize) {
    throw base::Error("there is too little space in " + directory_.string());
  }
  draft->key_ = key;
  require_sparse_files(draft->directory_);
  draft->memory_ = base::open_file(draft->memory(), O_RDWR | O_CREAT, 0600);
  draft->size_ = memory;
  if (::ftruncate(draft->memory_.get(), static_cast<off_t>(memory)) != 0) {
    throw base::SystemError("cannot make " + draft->memory().string());
  }
  // Whoever goes on from the image shall be able to hold it.
  if (!lock(draft->memory_, LOCK_SH)) {
    throw base::SystemError("cannot lock " + draft->memory().string());
  }
  lock(draft->memory_, LOCK_UN);
  draft->state_ = base::open_file(draft->directory_ / kState, O_RDWR | O_CREAT, 0600);
  return draft;
}

void WarmImages::publish(std::unique_ptr<WarmDraft> draft, const std::string& hello) const {
  const std::uint64_t bytes = disk_use(draft->memory()) + disk_use(draft->directory_ / kState);
  if (bytes > limit_) {
    throw base::Error(fmt::format("it takes {} MiB, and all images together may take {} MiB",
                                  bytes >> 20, limit_ >> 20));
  }
  const nlohmann::json manifest = {
      {"host_boot", host_boot()},
      {"memory", memory_identity(draft->memory())},
      {"state", base::sha256_file(draft->directory_ / kState)},
      {"hello", hexadecimal(hello)},
  };
  const base::Fd file = base::open_file(draft->directory_ / kManifest, O_WRONLY | O_CREAT, 0600);
  base::write_all(file.get(), sealed(manifest.dump()), "the manifest of an image");
  const fs::path target = directory_ / draft->key_;
  if (fs::exists(target) && !remove(target)) {
    throw base::Error("the image before this one is still in use");
  }
  std::error_code error;
  fs::rename(draft->directory_, target, error);
  if (error) throw base::SystemError("cannot rename to " + target.string(), error.value());
  draft->directory_.clear();
  make_room(draft->key_);
}

// --- images -------------------------------------------------------------------------------------

WarmImages::Finding WarmImages::find(const std::string& key) const {
  const fs::path path = directory_ / key;
  const auto none = [](const char* reason) { return Finding{std::nullopt, reason}; };
  WarmImage image;
  image.memory = path / kMemory;
  image.hold = open_quietly(image.memory, O_RDONLY);
  if (!image.hold)
    return none(fs::exists(path) ? "its memory cannot be read" : "there is none yet");
  // Whoever removes it holds the lock for that moment.
  if (!lock(image.hold, LOCK_SH) || !is_same_file(image.hold, image.memory)) {
    return none("it is being replaced");
  }
  try {
    const auto text = base::read_file_if_exists(path / kManifest);
    const auto manifest = unsealed(text.value_or(""));
    if (!manifest) return none("its manifest is damaged");
    if (manifest->at("host_boot") != host_boot())
      return none("it is from before the host's reboot");
    if (manifest->at("memory") != memory_identity(image.memory)) {
      return none("its memory was written to");
    }
    if (manifest->at("state") != base::sha256_file(path / kState))
      return none("its state is damaged");
    image.hello = from_hexadecimal(manifest->at("hello"));
    image.state = base::open_file(path / kState, O_RDONLY);
    image.memory_file = base::open_file(image.memory, O_RDONLY);
  } catch (const base::Error&) {
    return none("it cannot be read");
  } catch (const std::exception&) {  // a field that is missing or of another type
    return none("its manifest is of another quiz");
  }
  ::utimensat(AT_FDCWD, (path / kManifest).c_str(), nullptr, 0);
  return {std::move(image), {}};
}

bool WarmImages::remove(const fs::path& image) const noexcept {
  // NFS lets only those who may write lock others out.
  const base::Fd memory = open_quietly(image / kMemory, O_RDWR);
  if (memory && is_held(memory)) return false;
  base::remove_all_quietly(image);
  std::error_code ignored;
  return !fs::exists(image, ignored);
}

void WarmImages::forget(const std::string& key) const noexcept { remove(directory_ / key); }

std::vector<WarmImages::Entry> WarmImages::entries() const {
  std::vector<Entry> found;
  std::error_code ignored;
  for (fs::directory_iterator item(directory_, ignored), end; item != end;
       item.increment(ignored)) {
    if (item->path().extension() == kDraft) continue;
    Entry entry;
    entry.path = item->path();
    for (const char* part : {kMemory, kState, kManifest})
      entry.bytes += disk_use(entry.path / part);
    struct stat status = {};
    if (::stat((entry.path / kManifest).c_str(), &status) == 0) entry.used = status.st_mtim;
    found.push_back(std::move(entry));
  }
  std::sort(found.begin(), found.end(), [](const Entry& one, const Entry& other) {
    return std::pair(one.used.tv_sec, one.used.tv_nsec) <
           std::pair(other.used.tv_sec, other.used.tv_nsec);
  });
  return found;
}

void WarmImages::make_room(const std::string& keep) const {
  // Drafts of killed processes: nobody holds them.
  std::error_code ignored;
  for (fs::directory_iterator item(directory_, ignored), end; item != end;
       item.increment(ignored)) {
    if (item->path().extension() != kDraft) continue;
    if (const base::Fd lock = lock_draft(item->path())) base::remove_all_quietly(item->path());
  }
  std::vector<Entry> images = entries();
  std::uint64_t total = 0;
  for (const Entry& image : images) total += image.bytes;
  for (const Entry& image : images) {
    const bool stale = unsealed(base::read_file_if_exists(image.path / kManifest).value_or(""))
                           .value_or(nlohmann::json::object())
                           .value("host_boot", "") != host_boot();
    if (image.path.filename() == keep || (total <= limit_ && !stale)) continue;
    if (remove(image.path)) total -= image.bytes;
  }
}

WarmImages::Summary WarmImages::summary() const {
  Summary summary;
  for (const Entry& image : entries()) {
    ++summary.count;
    summary.bytes += image.bytes;
  }
  return summary;
}

WarmImages::Summary WarmImages::clear() const {
  Summary gone;
  for (const Entry& image : entries()) {
    if (!remove(image.path)) continue;
    ++gone.count;
    gone.bytes += image.bytes;
  }
  return gone;
}

}  // namespace quiz::qemu
