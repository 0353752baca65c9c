#include "run/writable_directories.h"

#include <algorithm>

#include "root/sharing.h"

namespace quiz::run {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

/// In which the run has the loop for itself.
constexpr milliseconds kBetweenLooks(20);

}  // namespace

WritableDirectories::WritableDirectories(const Request& request) {
  const auto add = [&](Writable directory) {
    watched_.push_back(
        {std::make_unique<OutputDirectory>(std::move(directory), request.output_limit), {}});
  };
  if (!request.output.empty()) add({request.output, root::kOutputInGuest});
  for (const WritableMount& mount : request.writes) {
    add({mount.directory, mount.place, true, mount.kept});
  }
}

relay::OutputLook WritableDirectories::look() {
  // One at a time: each takes as long as the streams of the run may wait.
  const auto earlier = [](const Watched& one, const Watched& other) { return one.due < other.due; };
  const auto first = std::min_element(watched_.begin(), watched_.end(), earlier);
  if (first->due <= steady_clock::now()) {
    relay::OutputLook look = first->directory->look();
    if (!look.complaint.empty()) return look;
    first->due = steady_clock::now() + look.next;
  }
  const auto next = std::min_element(watched_.begin(), watched_.end(), earlier)->due;
  const auto rest = std::chrono::ceil<milliseconds>(next - steady_clock::now());
  return {{}, std::max(rest, kBetweenLooks)};
}

std::vector<std::string> WritableDirectories::take() {
  std::vector<std::string> all;
  for (Watched& watched : watched_) {
    for (std::string& sentence : watched.directory->take()) all.push_back(std::move(sentence));
  }
  return all;
}

std::string WritableDirectories::complaint() const {
  for (const Watched& watched : watched_) {
    if (!watched.directory->complaint().empty()) return watched.directory->complaint();
  }
  return {};
}

}  // namespace quiz::run
