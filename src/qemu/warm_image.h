// Machines saved where init has said hello: the file that is the guest's RAM, the state of the
// devices, and a sealed manifest that both are checked against. Made once, resumed many times at
// once; each is a directory of the cache, there completely or not at all.
//
// A QEMU that is made use of may have written what it could reach: so everything here is opened
// beneath the directory of the images, through no link, must be the user's alone, and counts only
// as far as a manifest tells that only this user can have sealed (warm_seal.h).
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/process_pages.h"
#include "qemu/warm_seal.h"

namespace quiz::qemu {

/// A good image, held against removal while this lives.
struct WarmImage {
  std::filesystem::path memory;  ///< to be mapped privately
  base::Fd memory_file;          ///< that very file, which cannot be written by this; not locked
  base::Fd state;     ///< of the devices, at its beginning: a copy that nobody can change
  std::string hello;  ///< the frames that the guest's init had sent
  base::Fd hold;      ///< a shared lock on the RAM file
  /// What runs from it use of the RAM until their programs begin; nullopt: no run has told yet.
  std::optional<base::PagesInUse> pages;
};

/// An image that is being made. Goes without a trace unless it is published.
class WarmDraft {
 public:
  std::filesystem::path memory() const { return directory_ / "memory"; }
  /// That very file, to be read and written.
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
  base::Fd images_;  // the directory of all of them
  base::Fd place_;   // this one's own, locked; none once it is published
  base::Fd memory_;
  std::uint64_t size_ = 0;  // of the RAM
  base::Fd state_;
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

  /// `key`: the file with the key of their seals. `limit`: bytes on the disk beyond which the least
  /// recently used go.
  WarmImages(std::filesystem::path directory, std::filesystem::path key, std::uint64_t limit)
      : directory_(std::move(directory)), seal_(std::move(key)), limit_(limit) {}

  const std::filesystem::path& directory() const { return directory_; }

  /// Checks everything and marks it as used.
  Finding find(const std::string& key) const;

  /// The right to make this image, with an empty RAM file of `memory` bytes; null while another
  /// process has it. Throws base::Error: no space, no sparse files, a cache that cannot be written,
  /// no key to seal it with.
  std::unique_ptr<WarmDraft> begin(const std::string& key, std::uint64_t memory) const;

  /// To be called when nothing writes to the draft any more. Replaces what there was. Throws
  /// base::Error; afterwards older images may have gone.
  void publish(std::unique_ptr<WarmDraft> draft, const std::string& hello) const;

  /// Notes image.pages, which are there, for the runs to come; does nothing where the image is no
  /// longer that one, or notes cannot be kept.
  void keep_pages(const std::string& key, const WarmImage& image) const noexcept;

  /// Removes an image that turned out bad; not while another process uses it.
  void forget(const std::string& key) const noexcept;

  Summary summary() const;
  /// Removes all that are not in use; returns what went.
  Summary clear() const;

 private:
  struct Entry;
  WarmImage examine(const base::Fd& images, const std::string& key) const;
  void write_manifest(const WarmDraft& draft, const std::string& hello) const;
  void make_room(const base::Fd& images, const std::string& keep) const;
  bool is_stale(const base::Fd& images, const std::string& name) const;

  std::filesystem::path directory_;
  WarmSeal seal_;
  std::uint64_t limit_;
};

}  // namespace quiz::qemu
