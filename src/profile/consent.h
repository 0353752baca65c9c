// What of a project may act on the host: those of its settings files and profiles that the caller
// has agreed to with `quiz trust`, as they were then. A checkout that brings a hook, or wants a
// network or kept disks for its run, must not get its way unasked. What needs it is said by
// config/consent_table.h.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace quiz::profile {

/// Of a file its content, of a profile's folder the names, modes and contents of all that is in it.
/// Throws base::Error where something cannot be read, or where a link leads to a directory outside
/// the folder: nobody could say what was agreed to.
std::string digest_of(const std::filesystem::path& path);

/// Copies a profile's folder to `copy`, which must not exist. Returns the digest of what was
/// copied, which is what `copy` holds whatever happens to the folder. What a link out of the folder
/// leads to is a file in the copy. Throws base::Error.
std::string copy_with_digest(const std::filesystem::path& folder,
                             const std::filesystem::path& copy);

/// Of a layer: which directory it is in the end. What is in it may change.
std::string digest_of_place(const std::filesystem::path& path);

/// Something that can be agreed to, as it is or was.
struct Part {
  std::filesystem::path path;
  std::string digest;
};

class Consent {
 public:
  /// `file` keeps what was agreed to.
  explicit Consent(std::filesystem::path file) : file_(std::move(file)) {}

  bool given(const Part& part) const;
  /// Agrees to all of these, and forgets what was agreed to for the same paths. Throws base::Error.
  void give(const std::vector<Part>& parts) const;
  /// Takes it back for these paths.
  void withdraw(const std::vector<Part>& parts) const;

 private:
  std::filesystem::path file_;
};

}  // namespace quiz::profile
