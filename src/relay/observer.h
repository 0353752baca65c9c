// What src/cli learns while a run goes on; it decides what to show.
#pragma once

#include <string>

namespace quiz::relay {

class Observer {
 public:
  virtual ~Observer() = default;
  /// A line of the guest's console, from the first one of its kernel on.
  virtual void console_line(const std::string& line) = 0;
  /// A kernel message after the program's start; level as in <linux/kern_levels.h>.
  virtual void kernel_message(int level, const std::string& text) = 0;
  /// Something to say to the user at once, whatever is on the terminal.
  virtual void notice(const std::string& text) = 0;
  virtual void program_started() = 0;
  /// The machine of this name has no program, or that has ended, and it waits for visitors.
  virtual void stays(const std::string& name) = 0;
  /// The caller has left the terminal of the machine of this name, which goes on. By then the run
  /// neither reads nor writes it.
  virtual void left(const std::string&) {}
  /// The caller's terminal is raw, or is so no more.
  virtual void terminal_raw(bool raw) = 0;
};

}  // namespace quiz::relay
