// The course of a run: which step follows which. A value and one function, so that it can be read,
// and tested, without a machine.
//
//   boot → before … → program → shell → stay → after … → log → sync → over
//                     program → report → over                 (its time is up)
//
// What a run does not have is left out. Every step but the program's waits for the guest no longer
// than its limit (Limits); what happens to the machine itself, and what the caller wants, may end
// the run at any step.
#pragma once

#include <cstddef>

namespace quiz::relay {

enum class Course {
  boot,     ///< until the guest's init says hello
  before,   ///< a hook before the program
  program,  ///< the user's program, from the request to start it until its output is taken
  report,   ///< the program's time is up: the kernel tells what it is doing
  shell,    ///< a shell after the program
  stay,     ///< the machine is there for its visitors, until somebody ends it
  after,    ///< a hook after the program
  log,      ///< the kernel's whole log is fetched
  sync,     ///< what is only in the guest's memory is written to the host
  over,
};

struct Step {
  Course course = Course::boot;
  std::size_t hook = 0;  ///< of before and after: which
  bool operator==(const Step&) const = default;
};

/// What a run has.
struct Route {
  std::size_t before = 0;  ///< hooks
  std::size_t after = 0;   ///< "
  bool shell = false;
  bool log = false;
  bool sync = false;
  bool program = true;
  bool stay = false;
};

/// What comes next when `done` is. Nothing more that a machine is needed for when it has gone.
Step next(const Step& done, const Route& route, bool machine_gone);
/// What comes next when `done` has not come to its end in time, although the run goes on: where one
/// hook after the program hangs, the others are not tried.
Step next_after_time_out(const Step& done, const Route& route, bool machine_gone);

}  // namespace quiz::relay
