#include "base/watched_child.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

#include "base/error.h"
#include "base/pipe.h"

namespace quiz::base {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

/// Read at once, so that signals count behind a child that never ends to talk; and what a pipe
/// holds.
constexpr std::size_t kPiece = 65536;

class Watch {
 public:
  explicit Watch(const WatchedChild& watched) : watched_(watched), child_(start()) {
    if (watched.time_limit) deadline_ = Clock::now() + *watched.time_limit;
  }

  WatchedEnd run() {
    while (!is_over()) {
      wait();
      if (deadline_ && Clock::now() >= *deadline_) {
        child_.kill(SIGKILL);
        return {child_.wait(), true};
      }
      while (watched_.signals != nullptr) {
        const auto signal = watched_.signals->next();
        if (!signal) break;
        if (watched_.on_signal) watched_.on_signal(child_, *signal);
      }
      for (std::size_t i = 0; i < ends_.size(); ++i) {
        if (polled_[i].revents != 0) take(i);
      }
      if (watched_.on_interval) watched_.on_interval();
    }
    const ExitStatus status = child_.wait();
    for (std::size_t i = 0; i < ends_.size(); ++i) {
      if (ends_[i]) take(i);
    }
    return {status, false};
  }

 private:
  Child start() {
    SpawnOptions options = watched_.options;
    std::vector<Fd> write_ends;
    for (const WatchedChild::Stream& stream : watched_.streams) {
      Pipe pipe = make_pipe();
      set_nonblocking(pipe.read_end.get(), true);
      for (const int number : stream.in_child) {
        options.descriptors.push_back({number, pipe.write_end.get()});
      }
      ends_.push_back(std::move(pipe.read_end));
      write_ends.push_back(std::move(pipe.write_end));
    }
    return Child::spawn(options);
  }

  bool is_over() {
    if (watched_.until == WatchedChild::Until::child_ends) return child_.try_wait().has_value();
    return std::none_of(ends_.begin(), ends_.end(), [](const Fd& end) { return bool(end); });
  }

  void wait() {
    polled_.clear();
    for (const Fd& end : ends_) polled_.push_back({end ? end.get() : -1, POLLIN, 0});
    if (watched_.signals != nullptr) polled_.push_back({watched_.signals->fd(), POLLIN, 0});
    if (watched_.until == WatchedChild::Until::child_ends) {
      polled_.push_back({child_.pidfd(), POLLIN, 0});
    }
    auto longest = watched_.interval;
    if (deadline_) {
      const auto left =
          std::max(std::chrono::ceil<milliseconds>(*deadline_ - Clock::now()), milliseconds(0));
      longest = longest ? std::min(*longest, left) : left;
    }
    const int timeout = longest ? static_cast<int>(longest->count()) : -1;
    if (::poll(polled_.data(), polled_.size(), timeout) >= 0) return;
    if (errno != EINTR) throw SystemError("cannot wait for " + watched_.options.arguments.front());
    for (pollfd& one : polled_) one.revents = 0;
  }

  /// What is there, but no more than a piece.
  void take(std::size_t stream) {
    std::array<char, kPiece> buffer;
    const ssize_t count = ::read(ends_[stream].get(), buffer.data(), buffer.size());
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (count <= 0) {
      ends_[stream].reset();
      return;
    }
    watched_.streams[stream].on_data({buffer.data(), static_cast<std::size_t>(count)});
  }

  const WatchedChild& watched_;
  std::vector<Fd> ends_;  ///< ours of the streams; invalid once closed
  std::vector<pollfd> polled_;
  std::optional<Clock::time_point> deadline_;
  Child child_;
};

}  // namespace

WatchedEnd run_watched(const WatchedChild& watched) { return Watch(watched).run(); }

}  // namespace quiz::base
