// What is believed of an image is sealed (HMAC-SHA-256) with a random key of the user's. Whoever
// could write to images but not read the key, as a QEMU that its guest has taken over, cannot make
// a seal. The key is a file that no QEMU may write, and that none is shown where the host can hide
// a file from it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace quiz::qemu {

class WarmSeal {
 public:
  explicit WarmSeal(std::filesystem::path key) : key_(std::move(key)) {}

  /// The file with the key: 32 bytes, the user's alone.
  const std::filesystem::path& key() const { return key_; }

  /// Makes a key where there is none, or none that may be used: what the one before had sealed is
  /// not believed any more. Throws base::Error where there can be none.
  void prepare() const;

  /// The text under its seal. Throws base::Error without a good key.
  std::string sealed(const std::string& text) const;

  /// The text, if this user sealed it.
  std::optional<std::string> unsealed(const std::string& text) const;

  /// Why nothing can be believed: "the key of the images is open to other users"; empty if the key
  /// is good.
  std::string fault() const;

 private:
  struct Key;
  Key read() const;
  void make() const;

  std::filesystem::path key_;
};

}  // namespace quiz::qemu
