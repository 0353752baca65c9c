#include "relay/keyboard.h"

namespace quiz::relay {

namespace {

constexpr char kEscape = 0x1d;   // Ctrl-]
constexpr char kSuspend = 0x1a;  // Ctrl-Z
constexpr char kDetach = 'd';
constexpr char kInterrupt = 0x03;  // Ctrl-C

}  // namespace

Keyboard::Typed Keyboard::type(std::string_view bytes) {
  Typed typed;
  for (const char c : bytes) {
    if (escaped_) {
      escaped_ = false;
      if (c == '.') {
        typed.kill = true;
      } else if (c == kSuspend) {
        typed.suspend = true;
      } else if (c == kDetach && detachable_) {
        typed.detach = true;
      } else {
        typed.for_program += kEscape;
        if (c != kEscape) typed.for_program += c;
      }
    } else if (c == kEscape) {
      escaped_ = true;
    } else {
      if (c == kInterrupt) ++typed.interrupts;
      typed.for_program += c;
    }
  }
  return typed;
}

}  // namespace quiz::relay
