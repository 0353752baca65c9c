#include "run/writable_directories.h"

#include <algorithm>

#include "root/sharing.h"

namespace quiz::run {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

WritableDirectories::WritableDirectories(const Request& request) {
  const auto add = [&](const std::filesystem::path& directory, const std::filesystem::path& place) {
    watched_.push_back(
        {std::make_unique<OutputDirectory>(directory, request.output_limit, place), {}});
  };
  if (!request.output.empty()) add(request.output, root::kOutputInGuest);
  for (const WritableMount& mount : request.writes) add(mount.directory, mount.place);
}

relay::OutputLook WritableDirectories::look() {
  steady_clock::time_point next = steady_clock::time_point::max();
  for (Watched& watched : watched_) {
    if (watched.due <= steady_clock::now()) {
      relay::OutputLook look = watched.directory->look();
      if (!look.complaint.empty()) return look;
      watched.due = steady_clock::now() + look.next;
    }
    next = std::min(next, watched.due);
  }
  const auto rest = std::chrono::ceil<milliseconds>(next - steady_clock::now());
  return {{}, std::max(rest, milliseconds(1))};
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
