// How init speaks before and beside the wire: lines in the kernel log, which the host reads on the
// console. A line that begins with "quiz-init: " is taken by the host as the reason when the
// machine ends early.
#pragma once

#include <string>

namespace quiz::init {

/// One line in the kernel log (or on stderr, before /dev/kmsg is there).
void report(const std::string& text);

/// Reports `what` with the meaning of errno and switches the machine off: a guest that cannot run
/// the program is of no use.
[[noreturn]] void fail(const std::string& what);
[[noreturn]] void fail_without_errno(const std::string& what);

/// reboot(2): off at once.
[[noreturn]] void power_off();

}  // namespace quiz::init
