// The door of a running machine: a socket in its instance's directory, at which the owning quiz
// serves its user's other quizzes, `quiz vm …`. Whoever comes as another user is turned away. The
// relay looks here at each turn of its loop.
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "base/fd.h"
#include "live/protocol.h"
#include "live/visit.h"
#include "relay/visitors.h"

namespace quiz::live {

class Server final : public relay::Visitors {
 public:
  /// From now on visitors may come, and wait until the relay looks. Throws base::SystemError.
  Server(const std::filesystem::path& directory, Description description);
  /// Tells the end to whoever was not told: the owner did not come to it.
  ~Server() override;

  void watch(base::PollSet& set, relay::Visited& visited) override;
  /// After the relay's end, to whoever is there. Waits a moment for those who have not taken what
  /// they were told.
  void tell_end(const Over& over);

 private:
  void let_in();

  base::Fd listener_;
  Description description_;
  std::vector<std::unique_ptr<Visit>> visits_;
};

}  // namespace quiz::live
