// Which hooks of projects may run on the host: those that the caller has agreed to with `quiz
// trust`, as they were then. A checkout that brings a hook must not run it unasked.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace quiz::profile {

class Consent {
 public:
  /// `file` keeps what was agreed to.
  explicit Consent(std::filesystem::path file) : file_(std::move(file)) {}

  /// The hook at this path with this content.
  bool given(const std::filesystem::path& hook, const std::string& content) const;
  /// Agrees to all of these as they are now, and forgets what was agreed to for the same paths.
  void give(const std::vector<std::filesystem::path>& hooks) const;
  /// Takes it back for all hooks below `folder`.
  void withdraw(const std::filesystem::path& folder) const;

 private:
  std::filesystem::path file_;
};

/// The hooks for the host below PROJECT/.quiz/profiles.
std::vector<std::filesystem::path> host_hooks_in(const std::filesystem::path& profiles);

}  // namespace quiz::profile
