// Machines saved where init has said hello: the file that is the guest's RAM, the state of the
// devices, and a manifest that both are checked against. Made once, resumed many times at once;
// each is a directory of the cache, there completely or not at all.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"

namespace quiz::qemu {

/// A good image, held against removal while this lives.
struct WarmImage {
  std::filesystem::path memory;  ///< to be mapped privately
  base::Fd memory_file;          ///< it, readable only
  base::Fd state;                ///< of the devices, at its beginning
  std::string hello;             ///< the frames that the guest's init had sent
  base::Fd hold;                 ///< a shared lock on the RAM file
};

/// An image that is being made. Goes without a trace unless it is published.
class WarmDraft {
 public:
  std::filesystem::path memory() const { return directory_ / "memory"; }
  /// Writable.
  int memory_descriptor() const { return memory_.get(); }
  /// Writable; the state of the devices belongs there.
  int state() const { return state_.get(); }
  /// Takes the space on the disk for all of the RAM, which a machine that stays needs: a page that
  /// finds none ends QEMU. False: there is too little.
  bool reserve() const;

  WarmDraft(const WarmDraft&) = delete;
  WarmDraft& operator=(const WarmDraft&) = delete;
  ~WarmDraft();

 private:
  friend class WarmImages;
  WarmDraft() = default;

  std::string key_;
  std::filesystem::path directory_;
  base::Fd memory_;
  std::uint64_t size_ = 0;  // of the RAM
  base::Fd state_;
  base::Fd lock_;  // of the directory
};

class WarmImages {
 public:
  /// What find() found, or why it found nothing.
  struct Finding {
    std::optional<WarmImage> image;
    std::string reason;  ///< "there is none yet", "its state is damaged" …
  };
  struct Summary {
    unsigned count = 0;
    std::uint64_t bytes = 0;  ///< on the disk
  };

  /// `limit`: bytes on the disk beyond which the least recently used go.
  WarmImages(std::filesystem::path directory, std::uint64_t limit)
      : directory_(std::move(directory)), limit_(limit) {}

  const std::filesystem::path& directory() const { return directory_; }

  /// Checks everything and marks it as used.
  Finding find(const std::string& key) const;

  /// The right to make this image, with an empty RAM file of `memory` bytes; null while another
  /// process has it. Throws base::Error: no space, no sparse files, a cache that cannot be written.
  std::unique_ptr<WarmDraft> begin(const std::string& key, std::uint64_t memory) const;

  /// To be called when nothing writes to the draft any more. Replaces what there was. Throws
  /// base::Error; afterwards older images may have gone.
  void publish(std::unique_ptr<WarmDraft> draft, const std::string& hello) const;

  /// Removes an image that turned out bad; not while another process uses it.
  void forget(const std::string& key) const noexcept;

  Summary summary() const;
  /// Removes all that are not in use; returns what went.
  Summary clear() const;

 private:
  struct Entry;
  std::vector<Entry> entries() const;
  void make_room(const std::string& keep) const;
  bool remove(const std::filesystem::path& image) const noexcept;

  std::filesystem::path directory_;
  std::uint64_t limit_;
};

}  // namespace quiz::qemu
