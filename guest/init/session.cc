#include "session.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/cpu_features.h"
#include "files.h"
#include "input_demand.h"
#include "launch.h"
#include "monotonic_clock.h"

namespace quiz::init {

namespace {

/// Grant credit in pieces, not byte by byte.
constexpr std::uint32_t kCreditPiece = wire::kInitialCredit / 4;

/// Of input that is to be asked for, a program that waits gets this much, which is what one read of
/// it may take anyway; all that there is once it waits again.
constexpr std::uint32_t kFirstPiece = 4096;
/// It is looked for more and more seldom: the delay is a small part of the time that it has waited.
constexpr std::uint64_t kMillisecond = 1'000'000;
constexpr std::uint64_t kShortestLook = 3 * kMillisecond;
constexpr std::uint64_t kLongestLook = 50 * kMillisecond;
/// Processes older than the program are looked at seldom: they are the kernel's threads, or the
/// numbers of processes have begun anew.
constexpr unsigned kAllEvery = 16;

/// Itself, or what it ran, of which a shell tells by its own status.
bool ended_by_illegal_instruction(const wire::Exit& exit) {
  constexpr std::uint32_t kStatusOfShell = 128 + SIGILL;
  return exit.ending == wire::Ending::signalled ? exit.value == SIGILL
                                                : exit.value == kStatusOfShell;
}

}  // namespace

Session::Session(std::uint16_t id, const wire::Exec& exec, WirePort& port, const KernelTaint& taint,
                 Launcher* launcher)
    : id_(id), port_(port), taint_(taint) {
  taint_before_ = taint_.flags();
  const std::uint64_t now = monotonic_ns();
  Launched launched = launcher != nullptr ? launcher->launch(exec) : launch(exec);
  pid_ = launched.pid;
  if (pid_ < 0) {
    exit_ = wire::Exit{};
    exit_->ending = launched.failure;
    exit_->value = static_cast<std::uint32_t>(launched.error_number);
    exit_->detail = std::move(launched.detail);
    return;
  }
  in_is_pty_ = exec.streams[0] == wire::StreamKind::pty;
  in_ = std::move(launched.in);
  if (exec.streams[0] == wire::StreamKind::asked) {
    asking_ = Asking::for_first;
    begin_to_look();
  }
  using Kind = ProgramOutput::Kind;
  const bool pty = exec.streams[1] == wire::StreamKind::pty;
  out_ = ProgramOutput(std::move(launched.out), pty ? Kind::terminal : Kind::pipe);
  err_ = ProgramOutput(std::move(launched.err), Kind::pipe);
  master_ = std::move(launched.master);
  port_.send(wire::Type::started, id_, wire::Started{now}.encode());
}

void Session::take_input(std::string_view data) {
  if (!in_) return;
  granted_ -= std::min<std::uint64_t>(granted_, data.size());
  if (granted_ == 0) begin_to_look();
  input_ += data;
  write_input();
}

void Session::end_input() {
  input_ended_ = true;
  if (input_written_ < input_.size()) return;
  if (in_is_pty_ && in_) {
    // As a person would: the terminal's end-of-file character.
    termios mode = {};
    ::tcgetattr(master_.get(), &mode);
    (void)!::write(in_.get(), &mode.c_cc[VEOF], 1);
  }
  if (in_is_pty_ || !in_) return;
  // A read end of our own, to ask at the end how much the program has left in the pipe.
  const std::string path = "/proc/self/fd/" + std::to_string(in_.get());
  in_left_.reset(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  in_.reset();
}

void Session::close_output(wire::Stream stream) {
  if (stream != wire::Stream::in) output(stream).close();
}

void Session::grant(wire::Credit credit) {
  if (credit.stream != wire::Stream::in) output(credit.stream).grant(credit.bytes);
}

void Session::resize(wire::WindowSize window) {
  const winsize size = {window.rows, window.columns, 0, 0};
  if (master_) ::ioctl(master_.get(), TIOCSWINSZ, &size);  // the kernel sends SIGWINCH
}

void Session::signal(wire::Signal signal) {
  if (pid_ < 0) return;
  const int number = static_cast<int>(signal.number);
  if (!signal.whole_group) {
    ::kill(pid_, number);
    return;
  }
  const pid_t foreground = master_ ? ::tcgetpgrp(master_.get()) : -1;
  ::kill(foreground > 0 ? -foreground : -pid_, number);
}

int Session::wants_write() const { return in_ && input_written_ < input_.size() ? in_.get() : -1; }

int Session::wants_read(wire::Stream stream) const { return output(stream).wants_read(); }

void Session::write_input() {
  while (in_ && input_written_ < input_.size()) {
    const ssize_t count =
        ::write(in_.get(), input_.data() + input_written_, input_.size() - input_written_);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) break;
    if (count <= 0) {
      close_input();
      return;
    }
    input_written_ += static_cast<std::size_t>(count);
    input_total_ += static_cast<std::uint64_t>(count);
    credit_due_ += static_cast<std::uint32_t>(count);
  }
  if (input_written_ == input_.size()) {
    input_.clear();
    input_written_ = 0;
    if (input_ended_) end_input();
  }
  if (credit_due_ >= kCreditPiece && asking_ == Asking::no) {
    port_.send(wire::Type::credit, id_, wire::Credit{wire::Stream::in, credit_due_}.encode());
    credit_due_ = 0;
  }
}

void Session::close_input() {
  // The program reads no more: the host need not send more.
  in_.reset();
  input_.clear();
  input_written_ = 0;
  port_.send(wire::Type::eof, id_, wire::StreamEnd{wire::Stream::in}.encode());
}

void Session::begin_to_look() {
  asking_since_ = monotonic_ns();
  next_look_ = asking_since_ + kShortestLook;
}

int Session::look_in() const {
  if (asking_ == Asking::no || granted_ > 0 || !in_ || exit_ || !input_.empty()) return -1;
  const std::uint64_t now = monotonic_ns();
  if (now >= next_look_) return 0;
  return static_cast<int>((next_look_ - now + kMillisecond - 1) / kMillisecond);
}

void Session::look_for_demand() {
  if (look_in() != 0) return;
  const std::uint64_t now = monotonic_ns();
  next_look_ = now + std::clamp((now - asking_since_) / 8, kShortestLook, kLongestLook);
  // Whoever has not got yet what is there stands in its call all the same.
  int unread = 0;
  if (::ioctl(in_.get(), FIONREAD, &unread) == 0 && unread > 0) return;
  struct stat status = {};
  ::fstat(in_.get(), &status);
  const bool all = ++looks_ % kAllEvery == 0;
  if (!is_awaited(status.st_ino, all ? 0 : pid_)) return;
  const bool first = asking_ == Asking::for_first;
  const std::uint32_t piece = first ? kFirstPiece : wire::kInitialCredit;
  asking_ = first ? Asking::for_more : Asking::no;
  granted_ = piece;
  credit_due_ = 0;
  port_.send(wire::Type::credit, id_, wire::Credit{wire::Stream::in, piece}.encode());
}

void Session::read_output(wire::Stream stream) { output(stream).send(port_, stream, id_); }

void Session::ended(int raw) {
  exit_ = wire::Exit{};
  exit_->ending = WIFSIGNALED(raw) ? wire::Ending::signalled : wire::Ending::exited;
  exit_->value = static_cast<std::uint32_t>(WIFSIGNALED(raw) ? WTERMSIG(raw) : WEXITSTATUS(raw));
  int unread = 0;
  const base::Fd& pipe = in_left_ ? in_left_ : in_;
  if (pipe && !in_is_pty_) ::ioctl(pipe.get(), FIONREAD, &unread);
  exit_->stdin_consumed = input_total_ - static_cast<std::uint64_t>(unread);
  out_.program_ended();
  err_.program_ended();
}

bool Session::finish(std::uint64_t full_size, bool illegal_instruction) {
  if (!exit_) return false;
  for (const wire::Stream stream : {wire::Stream::out, wire::Stream::err}) {
    // Read on until there is nothing, as far as the credit goes.
    while (wants_read(stream) >= 0 && !port_.congested()) read_output(stream);
    if (!output(stream).drained()) return false;
  }
  exit_->full_size = full_size;
  if (illegal_instruction || ended_by_illegal_instruction(*exit_)) {
    constexpr std::size_t kMost = 8192;
    exit_->cpu_features = base::cpu_features(read_file("/proc/cpuinfo")).substr(0, kMost);
  }
  exit_->new_taint = taint_.flags() & ~taint_before_;
  port_.send(wire::Type::exit, id_, exit_->encode());
  return true;
}

}  // namespace quiz::init
