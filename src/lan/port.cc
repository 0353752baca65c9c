#include "lan/port.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "base/local_socket.h"
#include "base/pipe.h"

namespace quiz::lan {

namespace fs = std::filesystem;

namespace {

// What a datagram is.
constexpr char kFrame = 'f';
constexpr char kHello = 'h';
constexpr char kBye = 'b';

constexpr std::size_t kSmallestFrame = 14;
constexpr std::size_t kLargestDatagram = std::size_t{64} << 10;
/// Of one socket in one turn, so that one who floods it holds nothing else up.
constexpr int kMostAtOnce = 64;

/// Where it is to go: the first six bytes (IEEE 802.3).
std::uint64_t destination_of(std::string_view frame) {
  std::uint64_t card = 0;
  for (int i = 0; i < 6; ++i) {
    card = card << 8 | static_cast<unsigned char>(frame[static_cast<std::size_t>(i)]);
  }
  return card;
}

/// None: nothing is there.
std::optional<std::string_view> receive(int socket, std::array<char, kLargestDatagram>& buffer) {
  const ssize_t count = ::recv(socket, buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (count < 0) return std::nullopt;
  return std::string_view(buffer.data(), static_cast<std::size_t>(count));
}

}  // namespace

Port::Port(const Wish& wish, const std::string& machine, const fs::path& directory,
           std::vector<fs::path> runtimes)
    : self_{wish.lan, 0, machine, directory}, runtimes_(std::move(runtimes)) {
  base::SocketPair pair = base::make_datagram_pair();
  machine_end_ = std::move(pair.second);
  machine_ = std::make_unique<Outlet>(std::move(pair.first));
  // Whoever is behind the same gate sees who has come, and can speak to them.
  const base::FileLock gate = base::FileLock::acquire_directory(directory.parent_path());
  const std::vector<Member> members = members_of(wish.lan, runtimes_);
  self_.number = choose_number(wish.number, wish.lan, members);
  inbox_ = base::receive_at(directory, kSocket);
  write_member(self_);
  for (const Member& member : members) {
    meet(member);
    const auto peer = peers_.find(member.number);
    if (peer != peers_.end()) tell(peer->second, kHello);
  }
}

Port::~Port() {
  for (auto& [number, peer] : peers_) tell(peer, kBye);
}

void Port::meet(const Member& member) {
  if (member.lan != self_.lan || member.number == self_.number) return;
  try {
    base::Fd socket = base::connect_datagrams_to(member.directory, kSocket);
    if (!socket) return;
    peers_.erase(member.number);  // one that has gone
    peers_.emplace(member.number, Peer{member, Outlet(std::move(socket))});
    hosts_changed_ = true;
  } catch (const base::Error&) {
    return;  // out of descriptors: one that cannot be reached
  }
}

void Port::part(const fs::path& directory) {
  const auto count = std::erase_if(
      peers_, [&](const auto& peer) { return peer.second.member.directory == directory; });
  hosts_changed_ = hosts_changed_ || count > 0;
}

void Port::forget_gone() {
  const auto count =
      std::erase_if(peers_, [](const auto& peer) { return peer.second.outlet.gone(); });
  hosts_changed_ = hosts_changed_ || count > 0;
}

void Port::tell(Peer& peer, char what) const { peer.outlet.send(what + self_.directory.string()); }

void Port::watch(base::PollSet& set) {
  send_due();
  forget_gone();
  set.add(machine_->socket(), POLLIN, [this] { read_machine(); });
  machine_->watch(set);
  set.add(inbox_.get(), POLLIN, [this] { read_peers(); });
  for (auto& [number, peer] : peers_) peer.outlet.watch(set);
}

void Port::read_machine() {
  static std::array<char, kLargestDatagram> buffer;
  for (int i = 0; i < kMostAtOnce; ++i) {
    const auto frame = receive(machine_->socket(), buffer);
    if (!frame) break;
    if (frame->size() >= kSmallestFrame) shaper_.add(std::string(*frame), Shaper::Clock::now());
  }
  send_due();
}

void Port::send_due() {
  while (auto frame = shaper_.take(Shaper::Clock::now())) carry(std::move(*frame));
}

/// To its receiver alone, where that is a member's card; else to all.
void Port::carry(std::string frame) {
  const auto number = number_of_card(destination_of(frame));
  frame.insert(frame.begin(), kFrame);
  if (number) {
    const auto peer = peers_.find(*number);
    if (peer != peers_.end()) peer->second.outlet.send(std::move(frame));
    return;
  }
  for (auto& [other, peer] : peers_) peer.outlet.send(frame);
}

void Port::read_peers() {
  static std::array<char, kLargestDatagram> buffer;
  for (int i = 0; i < kMostAtOnce; ++i) {
    const auto datagram = receive(inbox_.get(), buffer);
    if (!datagram) return;
    if (!datagram->empty()) take_word(datagram->front(), datagram->substr(1));
  }
}

void Port::take_word(char what, std::string_view payload) {
  if (what == kFrame) {
    if (!shaper_.down() && payload.size() >= kSmallestFrame) machine_->send(std::string(payload));
    return;
  }
  const fs::path directory(payload);
  const bool known =
      std::find(runtimes_.begin(), runtimes_.end(), directory.parent_path()) != runtimes_.end();
  if (!known) return;
  if (what == kBye) return part(directory);
  if (what != kHello) return;
  if (const auto member = read_member(directory)) meet(*member);
}

std::optional<std::string> Port::take_hosts() {
  if (!std::exchange(hosts_changed_, false)) return std::nullopt;
  std::map<unsigned, std::string> names = {{self_.number, self_.machine}};
  for (const auto& [number, peer] : peers_) names[number] = peer.member.machine;
  std::string text;
  for (const auto& [number, name] : names) {
    text += fmt::format("{} {}\n", address_text(number), name);
  }
  return text;
}

}  // namespace quiz::lan
