// What of a project may act on the host: those of its settings files and profiles that the caller
// has agreed to with `quiz trust`, as they were then. A checkout that brings a hook, or wants a
// network or kept disks for its run, must not get its way unasked.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace quiz::profile {

/// Of a file its content, of a profile's folder the names, modes and contents of all that is in it.
/// Throws base::Error where something cannot be read.
std::string digest_of(const std::filesystem::path& path);

class Consent {
 public:
  /// `file` keeps what was agreed to.
  explicit Consent(std::filesystem::path file) : file_(std::move(file)) {}

  /// The file or the folder with this digest.
  bool given(const std::filesystem::path& path, const std::string& digest) const;
  /// Agrees to all of these as they are now, and forgets what was agreed to for the same paths.
  /// Throws base::Error.
  void give(const std::vector<std::filesystem::path>& paths) const;
  /// Takes it back for these.
  void withdraw(const std::vector<std::filesystem::path>& paths) const;

 private:
  std::filesystem::path file_;
};

}  // namespace quiz::profile
