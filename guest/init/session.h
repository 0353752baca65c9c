// One program that the host asked for: its process, its three streams, and what is on its way in
// either direction.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "base/fd.h"
#include "kernel_taint.h"
#include "launcher.h"
#include "program_output.h"
#include "wire/messages.h"
#include "wire_port.h"

namespace quiz::init {

class Session {
 public:
  /// Starts the program. What goes wrong before or at execve is kept and told by the exit frame.
  /// `launcher` starts it, if there is one. `taint` outlives it.
  Session(std::uint16_t id, const wire::Exec& exec, WirePort& port, const KernelTaint& taint,
          Launcher* launcher);

  std::uint16_t id() const { return id_; }
  pid_t pid() const { return pid_; }

  // From the host.
  void take_input(std::string_view data);
  void end_input();
  /// The host reads no more of this stream: the program shall get SIGPIPE.
  void close_output(wire::Stream stream);
  void grant(wire::Credit credit);
  void resize(wire::WindowSize window);
  void signal(wire::Signal signal);

  // From the event loop.
  /// Descriptors to wait for; -1 where nothing is to be done.
  int wants_write() const;
  int wants_read(wire::Stream stream) const;
  void write_input();
  void read_output(wire::Stream stream);
  /// In how many milliseconds look_for_demand() is to be called; -1: not at all.
  int look_in() const;
  /// Grants credit for stdin where it is to be asked for, and somebody waits for it.
  void look_for_demand();
  /// The program has ended; `raw` is waitpid's status.
  void ended(int raw);
  /// Sends the exit frame once the program has ended and all that it wrote was sent. True: forget
  /// this session.
  /// `full_size` as in wire::Exit; `illegal_instruction`: it or one that it ran met one.
  bool finish(std::uint64_t full_size, bool illegal_instruction);

 private:
  ProgramOutput& output(wire::Stream stream) { return stream == wire::Stream::err ? err_ : out_; }
  const ProgramOutput& output(wire::Stream stream) const {
    return stream == wire::Stream::err ? err_ : out_;
  }
  void start(const wire::Exec& exec);
  void close_input();
  void fail(wire::Ending ending, const std::string& detail);

  std::uint16_t id_;
  WirePort& port_;
  const KernelTaint& taint_;
  pid_t pid_ = -1;
  std::optional<wire::Exit> exit_;
  std::uint64_t taint_before_ = 0;

  base::Fd in_;       ///< write end of the program's stdin, or the pty's master
  base::Fd in_left_;  ///< a read end of the pipe, once in_ has been closed
  bool in_is_pty_ = false;
  std::string input_;  ///< from the host, not yet taken by the program
  std::size_t input_written_ = 0;
  bool input_ended_ = false;
  std::uint32_t credit_due_ = 0;  ///< written, but not yet granted anew
  std::uint64_t input_total_ = 0;
  // Of input that is to be asked for (wire::StreamKind::asked).
  enum class Asking { no, for_first, for_more };
  Asking asking_ = Asking::no;
  std::uint64_t granted_ = 0;       ///< and not used by the host yet
  std::uint64_t asking_since_ = 0;  ///< CLOCK_MONOTONIC, ns
  std::uint64_t next_look_ = 0;
  unsigned looks_ = 0;
  void begin_to_look();
  ProgramOutput out_;
  ProgramOutput err_;
  base::Fd master_;
};

}  // namespace quiz::init
