#include "live/server.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/local_socket.h"

namespace quiz::live {

namespace {

/// More wait for their turn.
constexpr std::size_t kMostVisits = 1000;
constexpr std::size_t kMostUnfinished = 10'000;

/// For all of them together: who is told the end of the machine has nothing else to do, but for its
/// own reader.
constexpr std::chrono::milliseconds kPatience{250};

}  // namespace

Server::Server(const std::filesystem::path& directory, Description description)
    : listener_(base::listen_at(directory, kSocket)), description_(std::move(description)) {}

void Server::watch(base::PollSet& set, relay::Visited& visited) {
  std::erase_if(visits_, [](const auto& visit) { return visit->finished(); });
  for (const auto& visit : visits_) visit->watch(set, visited);
  // Whoever has gone may still wait for the guest; that is limited by itself, and holds nobody up.
  const auto there = std::count_if(visits_.begin(), visits_.end(),
                                   [](const auto& visit) { return !visit->gone(); });
  const bool room = static_cast<std::size_t>(there) < kMostVisits &&
                    visits_.size() < kMostVisits + kMostUnfinished;
  if (room) set.add(listener_.get(), POLLIN, [this] { let_in(); });
}

Server::~Server() {
  try {
    if (listener_) tell_end({End::lost, "its quiz could not go on"});
  } catch (const std::exception&) {  // then they see that it is gone
  }
}

void Server::let_in() {
  base::Fd socket = base::accept_one(listener_.get());
  if (!socket) return;
  const auto peer = base::peer_of(socket.get());
  if (!peer || peer->uid != ::geteuid()) return;
  visits_.push_back(std::make_unique<Visit>(std::move(socket), description_));
}

void Server::tell_end(const Over& over) {
  listener_.reset();
  for (const auto& visit : visits_) visit->tell_end(over);
  const auto end = std::chrono::steady_clock::now() + kPatience;
  for (auto now = end - kPatience; now < end; now = std::chrono::steady_clock::now()) {
    base::PollSet set;
    bool any = false;
    for (const auto& visit : visits_) {
      any = any || visit->wants_write() >= 0;
      set.add(visit->wants_write(), POLLOUT, [&visit] { visit->flush(); });
    }
    if (!any) return;
    set.wait(static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(end - now).count()));
    set.serve();
  }
}

}  // namespace quiz::live
