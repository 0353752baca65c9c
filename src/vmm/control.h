// The socket to quiz, which owns this process.
#pragma once

#include <cstddef>
#include <mutex>
#include <optional>
#include <string_view>

#include "vmm/order.h"

namespace quiz::vmm {

class Control {
 public:
  explicit Control(int socket) : socket_(socket) {}

  int fd() const { return socket_; }
  /// From any thread. Ends the process when nobody is there to hear it.
  void tell(Word word, std::string_view text = {});
  /// Tells what failed, with errno's meaning where `error` is not 0, and ends the process.
  [[noreturn]] void give_up(std::string_view what, int error = 0);
  /// The next message that has come whole. Ends the process at the end of the connection. Call only
  /// when fd() is readable, from one thread.
  std::optional<Message> receive();

 private:
  int socket_;
  std::mutex writing_;
  Message incoming_{};
  std::size_t received_ = 0;
};

}  // namespace quiz::vmm
