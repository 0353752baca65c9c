#include "supervisor.h"

#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "base/poll_set.h"
#include "network.h"

namespace quiz::init {

namespace {

base::Fd watch_children() {
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGCHLD);
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
  return base::Fd(::signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));
}

}  // namespace

Supervisor::Supervisor(WirePort& port, const RootFileSystem& root)
    : port_(port), root_(root), signals_(watch_children()) {}

void Supervisor::run(const wire::Setup& setup, std::unique_ptr<Launcher> launcher) {
  launcher_ = std::move(launcher);
  log_.begin(setup.log_level);
  devices_.make(setup.devices);
  for (;;) {
    // First what has been received already: the exec may have come in one piece with the setup.
    while (const auto frame = port_.next()) serve(*frame);
    base::PollSet polled;
    bool host_gone = false;
    const bool congested = port_.congested();
    polled.add(port_.fd(), static_cast<short>(POLLIN | (congested ? POLLOUT : 0)), [&] {
      host_gone = !port_.receive();
      if (!host_gone) port_.flush();
    });
    for (const auto& owned : sessions_) {
      Session* const session = owned.get();
      polled.add(session->wants_write(), POLLOUT, [session] { session->write_input(); });
      if (congested) continue;  // while the wire is full the programs wait: the back-pressure
      for (const wire::Stream stream : {wire::Stream::out, wire::Stream::err}) {
        polled.add(session->wants_read(stream), POLLIN,
                   [session, stream] { session->read_output(stream); });
      }
    }
    polled.add(devices_.events(), POLLIN, [this] {
      devices_.handle_events();
      tell_settled();
    });
    polled.add(log_.fd(), POLLIN, [this] { log_.forward(port_); });
    polled.add(signals_.get(), POLLIN, [this] { reap(); });
    polled.add(launcher_ ? launcher_->fd() : -1, POLLIN, [this] { serve_launcher(); });
    // There is no event for a file system that fills up, and it may have room again at the end.
    constexpr int kLookMs = 100;
    int wait = sessions_.empty() ? -1 : kLookMs;
    for (const auto& session : sessions_) {
      if (const int look = session->look_in(); look >= 0) wait = std::min(wait, look);
    }
    polled.wait(wait);
    look_for_room();
    polled.serve();
    for (const auto& session : sessions_) session->look_for_demand();
    if (host_gone) return;
    std::erase_if(sessions_, [this](const auto& session) {
      // What the kernel said because of the program comes before its end.
      if (log_.fd() >= 0) log_.forward(port_);
      return session->finish(full_size_, log_.told_of_illegal_instruction());
    });
  }
}

void Supervisor::reap() {
  signalfd_siginfo ignored;
  while (::read(signals_.get(), &ignored, sizeof ignored) > 0) {
  }
  for (;;) {
    int raw = 0;
    const pid_t pid = ::waitpid(-1, &raw, WNOHANG);
    if (pid <= 0) return;
    note_end(pid, raw);
  }
}

void Supervisor::note_end(pid_t pid, int raw) {
  for (const auto& session : sessions_) {
    if (session->pid() == pid) session->ended(raw);
  }
}

void Supervisor::serve_launcher() {
  if (launcher_->ready()) {
    while (const auto end = launcher_->next_end()) note_end(end->pid, end->raw);
    return;
  }
  launcher_->accept();
  for (auto& [id, exec] : waiting_) start_session(id, exec);
  waiting_.clear();
}

void Supervisor::start_session(std::uint16_t id, const wire::Exec& exec) {
  if (launcher_ && !launcher_->ready()) {
    waiting_.emplace_back(id, exec);
    return;
  }
  sessions_.push_back(std::make_unique<Session>(id, exec, port_, taint_, launcher_.get()));
  // Ends that came while it was being started.
  while (const auto end = launcher_ ? launcher_->next_end() : std::nullopt) {
    note_end(end->pid, end->raw);
  }
}

void Supervisor::look_for_room() {
  if (full_size_ == 0) full_size_ = root_.full_size();
}

Session* Supervisor::find(std::uint16_t id) {
  for (const auto& session : sessions_) {
    if (session->id() == id) return session.get();
  }
  return nullptr;
}

void Supervisor::open_session(std::uint16_t id) {
  const auto exec = wire::Exec::decode(exec_);
  exec_.clear();
  if (exec && !devices_.failure().empty()) {
    wire::Exit refused;
    refused.ending = wire::Ending::cannot_prepare;
    refused.value = static_cast<std::uint32_t>(devices_.error_number());
    refused.detail = devices_.failure();
    port_.send(wire::Type::exit, id, refused.encode());
    return;
  }
  if (exec) start_session(id, *exec);
}

void Supervisor::serve(const wire::Frame& frame) {
  const bool more = (frame.type & wire::kMoreFollows) != 0;
  const auto type = static_cast<wire::Type>(frame.type & ~wire::kMoreFollows);
  Session* session = find(frame.session);
  switch (type) {
    case wire::Type::exec:
      exec_ += frame.payload;
      if (!more) open_session(frame.session);
      break;
    case wire::Type::stdin_data:
      if (session != nullptr) session->take_input(frame.payload);
      break;
    case wire::Type::eof:
      if (const auto end = wire::StreamEnd::decode(frame.payload); end && session != nullptr) {
        if (end->stream == wire::Stream::in) {
          session->end_input();
        } else {
          session->close_output(end->stream);
        }
      }
      break;
    case wire::Type::credit:
      if (const auto credit = wire::Credit::decode(frame.payload); credit && session != nullptr) {
        session->grant(*credit);
      }
      break;
    case wire::Type::resize:
      if (const auto window = wire::WindowSize::decode(frame.payload);
          window && session != nullptr) {
        session->resize(*window);
      }
      break;
    case wire::Type::signal:
      if (const auto signal = wire::Signal::decode(frame.payload); signal && session != nullptr) {
        session->signal(*signal);
      }
      break;
    case wire::Type::sync:
      root_.sync_shares();
      if (const auto sync = wire::Sync::decode(frame.payload); sync && sync->disks) ::sync();
      port_.send(wire::Type::sync, frame.session, frame.payload);
      break;
    case wire::Type::boot_log:
      KernelLog::send_all(port_);
      break;
    case wire::Type::hosts:
      set_hosts(std::string(frame.payload));
      break;
    case wire::Type::disk:
      if (const auto disk = wire::Disk::decode(frame.payload)) {
        devices_.expect(*disk);
        tell_settled();
      }
      break;
    case wire::Type::ping:
      port_.send(wire::Type::ping, frame.session, frame.payload);
      break;
    default:
      break;  // a newer host may know more
  }
}

void Supervisor::tell_settled() {
  for (const wire::Disk& disk : devices_.take_settled()) {
    port_.send(wire::Type::disk, 0, disk.encode());
  }
}

}  // namespace quiz::init
