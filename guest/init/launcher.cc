#include "launcher.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "files.h"
#include "report.h"

namespace quiz::init {

namespace {

constexpr char kSocket[] = "/run/quiz/launcher.socket";

/// Agent to launcher: with a descriptor that holds the encoded Exec, and those of the program.
struct Order {
  std::uint32_t streams = 0;  ///< bit i: the descriptor of stream i follows; bit 3: the pty's slave
};
/// Launcher to agent.
struct Report {
  enum class Kind : std::uint32_t { started, not_started, ended };
  Kind kind = Kind::ended;
  pid_t pid = -1;
  int value = 0;  ///< waitpid's status, or errno
  wire::Ending failure = wire::Ending::exited;
  char step[60] = {};
};

sockaddr_un address() {
  sockaddr_un result = {};
  result.sun_family = AF_UNIX;
  std::strncpy(result.sun_path, kSocket, sizeof result.sun_path - 1);
  return result;
}

base::Fd make_socket() { return base::Fd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)); }

base::Fd file_with(const std::string& content) {
  base::Fd file(::memfd_create("exec", MFD_CLOEXEC));
  std::size_t written = 0;
  while (file && written < content.size()) {
    const ssize_t count = ::write(file.get(), content.data() + written, content.size() - written);
    if (count <= 0) return {};
    written += static_cast<std::size_t>(count);
  }
  return file;
}

constexpr std::size_t kMostDescriptors = 1 + wire::kStreams + 1;

bool send_order(int socket, Order order, const std::vector<int>& fds) {
  alignas(cmsghdr) char control[CMSG_SPACE(kMostDescriptors * sizeof(int))] = {};
  iovec part = {&order, sizeof order};
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = CMSG_SPACE(fds.size() * sizeof(int));
  cmsghdr* const header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(fds.size() * sizeof(int));
  std::memcpy(CMSG_DATA(header), fds.data(), fds.size() * sizeof(int));
  return ::sendmsg(socket, &message, MSG_NOSIGNAL) == static_cast<ssize_t>(sizeof order);
}

/// False when the agent has gone.
bool receive_order(int socket, Order& order, std::vector<base::Fd>& fds) {
  alignas(cmsghdr) char control[CMSG_SPACE(kMostDescriptors * sizeof(int))] = {};
  iovec part = {&order, sizeof order};
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  const ssize_t count = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  if (count != static_cast<ssize_t>(sizeof order)) return false;
  const cmsghdr* const header = CMSG_FIRSTHDR(&message);
  if (header == nullptr || header->cmsg_type != SCM_RIGHTS) return true;
  const std::size_t number = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
  for (std::size_t i = 0; i < number; ++i) {
    int fd = -1;
    std::memcpy(&fd, CMSG_DATA(header) + i * sizeof fd, sizeof fd);
    fds.emplace_back(fd);
  }
  return true;
}

std::string content_of(const base::Fd& file) {
  std::string content;
  ::lseek(file.get(), 0, SEEK_SET);
  char buffer[4096];
  for (ssize_t count = 0; (count = ::read(file.get(), buffer, sizeof buffer)) > 0;) {
    content.append(buffer, static_cast<std::size_t>(count));
  }
  return content;
}

void send_report(int socket, const Report& report) {
  ::send(socket, &report, sizeof report, MSG_NOSIGNAL);
}

void serve(int socket, Order order, std::vector<base::Fd> fds) {
  Report report;
  report.kind = Report::Kind::not_started;
  report.failure = wire::Ending::cannot_prepare;
  report.value = EINVAL;
  const auto exec = fds.empty() ? std::nullopt : wire::Exec::decode(content_of(fds[0]));
  ProgramStreams streams;
  std::size_t next = 1;
  for (std::size_t i = 0; i <= wire::kStreams; ++i) {
    if ((order.streams & (1U << i)) == 0 || next >= fds.size()) continue;
    (i < wire::kStreams ? streams.ends[i] : streams.slave) = std::move(fds[next++]);
  }
  if (exec) {
    const Started started = start_program(*exec, streams);
    report.kind = started.pid < 0 ? Report::Kind::not_started : Report::Kind::started;
    report.pid = started.pid;
    report.value = started.error_number;
    report.failure = started.failure;
    std::strncpy(report.step, started.step, sizeof report.step - 1);
  }
  send_report(socket, report);
}

void report_ends(int socket) {
  for (;;) {
    Report report;
    report.pid = ::waitpid(-1, &report.value, WNOHANG);
    if (report.pid <= 0) return;
    send_report(socket, report);
  }
}

}  // namespace

void run_launcher() {
  const sockaddr_un where = address();
  base::Fd socket = make_socket();
  if (!socket ||
      ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&where), sizeof where) != 0) {
    ::_exit(1);
  }
  sigset_t children;
  ::sigemptyset(&children);
  ::sigaddset(&children, SIGCHLD);
  ::sigprocmask(SIG_BLOCK, &children, nullptr);
  const base::Fd signals(::signalfd(-1, &children, SFD_NONBLOCK | SFD_CLOEXEC));
  for (;;) {
    pollfd polled[2] = {{socket.get(), POLLIN, 0}, {signals.get(), POLLIN, 0}};
    if (::poll(polled, 2, -1) < 0 && errno != EINTR) break;
    if (polled[1].revents != 0) {
      signalfd_siginfo ignored;
      while (::read(signals.get(), &ignored, sizeof ignored) > 0) {
      }
      report_ends(socket.get());
    }
    if (polled[0].revents == 0) continue;
    Order order;
    std::vector<base::Fd> fds;
    if (!receive_order(socket.get(), order, fds)) break;
    serve(socket.get(), order, std::move(fds));
  }
  for (;;) ::pause();
}

Launcher::Launcher() : listener_(make_socket()) {
  make_directories("/run/quiz");
  const sockaddr_un where = address();
  if (!write_file(kLauncherProgram, read_file("/proc/self/exe"), 0755) || !listener_ ||
      ::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&where), sizeof where) != 0 ||
      ::chmod(kSocket, 0600) != 0 || ::listen(listener_.get(), 1) != 0) {
    fail("cannot prepare the launcher of programs");
  }
}

void Launcher::accept() {
  connection_.reset(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
}

Launched Launcher::launch(const wire::Exec& exec) {
  Launched launched;
  launched.failure = wire::Ending::cannot_prepare;
  ProgramStreams theirs;
  if (!open_program_streams(exec, launched, theirs)) {
    launched.error_number = errno;
    launched.detail = "set up the streams";
    return launched;
  }
  const base::Fd file = file_with(exec.encode());
  Order order;
  std::vector<int> fds = {file.get()};
  for (std::size_t i = 0; i <= wire::kStreams; ++i) {
    const base::Fd& fd = i < wire::kStreams ? theirs.ends[i] : theirs.slave;
    if (!fd) continue;
    order.streams |= 1U << i;
    fds.push_back(fd.get());
  }
  Report report;
  bool answered = file && send_order(connection_.get(), order, fds);
  while (answered) {
    answered = ::recv(connection_.get(), &report, sizeof report, 0) == sizeof report;
    if (!answered || report.kind != Report::Kind::ended) break;
    ends_.append(reinterpret_cast<const char*>(&report), sizeof report);
  }
  if (!answered) {
    launched.error_number = errno;
    launched.detail = "reach the init system";
  } else if (report.kind == Report::Kind::started) {
    launched.pid = report.pid;
  } else {
    launched.failure = report.failure;
    launched.error_number = report.value;
    launched.detail.assign(report.step, ::strnlen(report.step, sizeof report.step));
  }
  return launched;
}

std::optional<Launcher::End> Launcher::next_end() {
  Report report;
  if (!ends_.empty()) {
    std::memcpy(&report, ends_.data(), sizeof report);
    ends_.erase(0, sizeof report);
    return End{report.pid, report.value};
  }
  if (!ready()) return std::nullopt;
  const ssize_t count = ::recv(connection_.get(), &report, sizeof report, MSG_DONTWAIT);
  if (count == 0) fail_without_errno("the init system has ended the launcher of programs");
  if (count != static_cast<ssize_t>(sizeof report)) return std::nullopt;
  return End{report.pid, report.value};
}

}  // namespace quiz::init
