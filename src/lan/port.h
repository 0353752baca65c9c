// The place of one machine at its LAN. Every owner carries the frames of its own machine to the
// owners of the others, each of which has a datagram socket in its instance's directory: there is
// no hub that could end before the last machine, and nothing that other users could reach. The
// monitor gets one end of a pair of sockets and knows nothing of all this.
//
// A datagram between owners is one byte, what it is, and the frame, or the directory of a member
// that comes or goes. What comes is a guest's and is only carried on, by the address in front.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "lan/membership.h"
#include "lan/outlet.h"
#include "lan/shaper.h"
#include "relay/network_port.h"

namespace quiz::lan {

/// What a machine wants of a LAN.
struct Wish {
  std::string lan;
  unsigned number = 0;  ///< 0: any
};

class Port final : public relay::NetworkPort {
 public:
  /// Joins as `machine`, whose instance has `directory`. Members are looked for below `runtimes`,
  /// of which one contains it. Throws base::Error: the address is taken.
  Port(const Wish& wish, const std::string& machine, const std::filesystem::path& directory,
       std::vector<std::filesystem::path> runtimes);
  /// Tells the others that it goes.
  ~Port() override;
  Port(const Port&) = delete;
  Port& operator=(const Port&) = delete;

  unsigned number() const { return self_.number; }
  /// A connected datagram socket for the monitor: one datagram is one Ethernet frame.
  int machine_end() const { return machine_end_.get(); }

  void watch(base::PollSet& set) override;
  int until_next() const override { return shaper_.until_next(Shaper::Clock::now()); }
  void set_link(const relay::LinkState& state) override { shaper_.set(state); }
  std::optional<std::string> take_hosts() override;

 private:
  struct Peer {
    Member member;
    Outlet outlet;
  };

  void meet(const Member& member);
  void part(const std::filesystem::path& directory);
  void forget_gone();
  void tell(Peer& peer, char what) const;
  void read_machine();
  void read_peers();
  void take_word(char what, std::string_view payload);
  void send_due();
  void carry(std::string frame);

  Member self_;
  std::vector<std::filesystem::path> runtimes_;
  base::Fd inbox_;
  base::Fd machine_end_;
  std::unique_ptr<Outlet> machine_;
  std::map<unsigned, Peer> peers_;  // by number
  Shaper shaper_;
  bool hosts_changed_ = true;
};

}  // namespace quiz::lan
