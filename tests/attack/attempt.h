// What a QEMU that the guest has taken over tries (escape.cc): a list of attempts, each a function
// that says what became of it. They are harmless where they succeed: victims of the test, signal 0,
// values that are there already; what they make they remove.
#pragma once

#include <cerrno>
#include <initializer_list>
#include <string>
#include <vector>

namespace quiz::attack {

/// What the test has prepared; from words of the kernel's command line, since QEMU gets nothing
/// else from outside.
struct Targets {
  std::string memory;   ///< the file of our machine's RAM, if it is one: that may be written
  std::string program;  ///< this one, as QEMU was called
  std::string victims;  ///< a directory of the caller's with file, directory/inside, empty, link
                        ///< (tests/e2e/attack_victims)
  std::string cache;    ///< quiz's
  std::string data;
  std::string runtime;
  std::string socket;     ///< somebody listens there: a path
  std::string abstract;   ///< … and at this name
  std::string port;       ///< … and at this one of the loopback
  std::string datagrams;  ///< a path, for datagrams
  std::string queue;      ///< a POSIX message queue
  int memory_key = 0;     ///< a System V shared memory, a message queue and a semaphore
  int parent = 0;         ///< the quiz that started us
  int other = 0;          ///< another process of the caller's
  int console = -1;       ///< where to report
};

/// 0: it could be done. kAbsent: there is nothing to try it on. Else why not.
using Outcome = int;
inline constexpr Outcome kAbsent = -1;

struct Attempt {
  const char* name;
  Outcome (*run)(const Targets& targets);
};

/// Of a call that says -1 and errno. `through` are errors that come only after the permission was
/// there.
inline Outcome outcome_of(long result, std::initializer_list<int> through = {}) {
  if (result >= 0) return 0;
  for (const int error : through) {
    if (errno == error) return 0;
  }
  return errno;
}

std::vector<Attempt> file_attempts();
std::vector<Attempt> hidden_attempts();
std::vector<Attempt> network_attempts();
std::vector<Attempt> process_attempts();
std::vector<Attempt> privilege_attempts();
std::vector<Attempt> system_attempts();
/// Those after which this program is another one, if they succeed.
std::vector<Attempt> exec_attempts();

/// A line "state.NAME VALUE" for each thing that a process has from who started it.
std::vector<std::string> inherited_state();

}  // namespace quiz::attack
