// The keys that quiz itself obeys on a raw terminal: Ctrl-] begins a command (. kills the machine,
// Ctrl-Z suspends, d detaches where that is possible, Ctrl-] sends itself), and Ctrl-C, which goes
// to the program, is noted. Everything else passes through.
#pragma once

#include <string>
#include <string_view>

namespace quiz::relay {

class Keyboard {
 public:
  struct Typed {
    std::string for_program;
    bool kill = false;
    bool suspend = false;
    bool detach = false;
    int interrupts = 0;  ///< how many Ctrl-C are among the bytes for the program
  };
  Typed type(std::string_view bytes);
  /// From now on there is something to detach from.
  void allow_detach() { detachable_ = true; }

 private:
  bool escaped_ = false;
  bool detachable_ = false;
};

}  // namespace quiz::relay
