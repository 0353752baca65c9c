// A machine and a monitor without anything behind them, for the tests of who owns machines.
#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/fd.h"
#include "base/pipe.h"
#include "machine/machine.h"
#include "machine/monitor.h"

namespace quiz::machine::test {

/// A machine without anything in it. What happens to it is told by happen(), from any thread.
class FakeMachine final : public Machine {
 public:
  FakeMachine() {
    for (const int fd : {wire_.first.get(), console_.first.get()}) base::set_nonblocking(fd, true);
  }

  int wire() const override { return wire_.first.get(); }
  int console() const override { return console_.first.get(); }
  Start start() const override { return Start::cold; }
  std::vector<int> descriptors() const override { return {events_.read_end.get()}; }
  std::vector<MachineEvent> handle() override {
    char kind = 0;
    if (::read(events_.read_end.get(), &kind, 1) != 1) return {};
    return {{static_cast<MachineEvent::Kind>(kind), "QEMU exited with status 1: no space", 1}};
  }
  void pause() override {}
  void resume() override {}
  void system_request(char key) override {
    keys_ += key;
    asked_ = true;
    say(std::string("sysrq: ") + key + "\n");
  }
  base::Fd begin_debugging() override {
    stub_ = base::make_socket_pair();
    debugged_ = true;
    return std::move(stub_.first);
  }
  void end_debugging() override { debugged_ = false; }
  void kill() override {}

  void happen(MachineEvent::Kind kind) const {
    const char byte = static_cast<char>(kind);
    ASSERT_EQ(::write(events_.write_end.get(), &byte, 1), 1);
  }
  void say(const std::string& text) const {
    ASSERT_EQ(::write(console_.second.get(), text.data(), text.size()),
              static_cast<ssize_t>(text.size()));
  }
  /// False while there is no room.
  bool try_to_say(const std::string& text) const {
    return ::send(console_.second.get(), text.data(), text.size(), MSG_DONTWAIT) > 0;
  }
  base::Fd take_guest_end() { return std::move(wire_.second); }
  const std::string& keys() const { return keys_; }
  bool debugged() const { return debugged_; }
  /// Any key has come; from any thread.
  bool asked() const { return asked_; }

 private:
  base::SocketPair wire_ = base::make_socket_pair();
  base::SocketPair console_ = base::make_socket_pair();
  base::Pipe events_ = base::make_pipe();
  base::SocketPair stub_;
  std::atomic<bool> debugged_ = false;
  std::string keys_;
  std::atomic<bool> asked_ = false;
};

/// Makes FakeMachines, and keeps what it was asked for.
class FakeMonitor final : public Monitor {
 public:
  /// Gets each machine before its owner does, and what is wanted of it.
  using Play = std::function<void(FakeMachine&, const MachineSpec&, const StartOrder&)>;
  explicit FakeMonitor(Play play) : play_(std::move(play)) {}

  void check_present(const base::Architecture&) const override {}
  std::vector<std::filesystem::path> needed_files() const override { return {"/usr/lib"}; }
  bool can_emulate() const override { return true; }
  std::string board(const MachineSpec&) const override { return "breadboard"; }
  void check_room(const MachineSpec& spec) const override {
    if (spec.memory_mib > most_memory) throw base::Error("the board has no place for it");
  }
  std::size_t kernel_line_size(const MachineSpec& spec) const override {
    return spec.command_line.size();
  }
  NetworkAddresses network_addresses() const override {
    return {.guest = 0xc0000207, .prefix = 16, .gateway = 0xc0000201, .resolver = 0xc0000202};
  }
  std::vector<std::string> invocation(const MachineSpec& spec) const override {
    return {"fake", spec.kernel.string()};
  }
  std::unique_ptr<Machine> start(const MachineSpec& spec, const StartOrder& order) const override {
    auto machine = std::make_unique<FakeMachine>();
    ++started;
    play_(*machine, spec, order);
    return machine;
  }

  std::uint64_t most_memory = 1 << 20;
  mutable int started = 0;

 private:
  Play play_;
};

}  // namespace quiz::machine::test
