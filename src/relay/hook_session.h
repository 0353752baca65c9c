// A guest hook of a profile as the host sees it: a program without a terminal whose output is only
// of interest when it fails. The relay runs the hooks one after the other, each in a session of its
// own.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "relay/wire_link.h"
#include "wire/messages.h"

namespace quiz::relay {

/// A program that prepares the guest, or looks at it when the user's program has ended.
struct Hook {
  std::string name;  ///< "the guest hook of the profile trace"
  wire::Exec exec;   ///< stdout a pipe, stderr joined to it
};

class HookSession {
 public:
  /// Asks the guest to start it.
  HookSession(std::uint16_t id, const Hook& hook, WireLink& link);

  std::uint16_t id() const { return id_; }
  const std::string& name() const { return name_; }
  /// False for a frame that no guest may send.
  bool serve(const wire::Frame& frame);
  const std::optional<wire::Exit>& exit() const { return exit_; }
  /// Ended with status 0.
  bool success() const;
  /// "exited with status 3", "was killed by signal 9", "cannot be run: Permission denied".
  std::string describe_end() const;
  /// The last part of what it printed.
  const std::string& output() const { return output_; }

 private:
  bool take_output(std::string_view data);

  std::uint16_t id_;
  std::string name_;
  WireLink& link_;
  std::uint64_t granted_ = wire::kInitialCredit;
  std::uint32_t due_ = 0;
  std::string output_;
  std::optional<wire::Exit> exit_;
};

}  // namespace quiz::relay
