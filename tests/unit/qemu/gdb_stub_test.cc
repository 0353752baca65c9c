// QEMU's side is played by the test.
#include "qemu/gdb_stub.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "base/error.h"
#include "base/pipe.h"

namespace quiz::qemu {
namespace {

constexpr int kPatienceMs = 30'000;

/// Answers each command in turn with these, and keeps them.
class FakeMonitor {
 public:
  /// `to_debugger` is said at the socket that comes, at once.
  FakeMonitor(base::Fd socket, std::vector<std::string> answers, std::string to_debugger = {})
      : socket_(std::move(socket)), thread_([this, answers = std::move(answers), to_debugger] {
          std::size_t answered = 0;
          std::string text;
          pollfd polled = {socket_.get(), POLLIN, 0};
          while (answered < answers.size() && ::poll(&polled, 1, kPatienceMs) == 1) {
            char chunk[4096];
            base::Fd given;
            const ssize_t count = receive(socket_.get(), chunk, given);
            if (count <= 0) return;
            if (given) {
              debugger_ = std::move(given);
              (void)!::send(debugger_.get(), to_debugger.data(), to_debugger.size(), MSG_NOSIGNAL);
            }
            text.append(chunk, static_cast<std::size_t>(count));
            for (std::size_t end = 0; (end = text.find('\n')) != std::string::npos;) {
              heard += text.substr(0, end + 1);
              text.erase(0, end + 1);
              // The answer to qmp_capabilities, which comes first, nobody waits for.
              if (heard_commands_++ == 0) continue;
              const std::string answer =
                  "{\"id\":" + std::to_string(heard_commands_) + "," + answers[answered++] + "}\n";
              (void)!::send(socket_.get(), answer.data(), answer.size(), 0);
            }
          }
        }) {}
  ~FakeMonitor() { join(); }
  void join() {
    if (!thread_.joinable()) return;
    thread_.join();
    char said[256];
    const ssize_t count = debugger_ ? ::recv(debugger_.get(), said, sizeof said, MSG_DONTWAIT) : 0;
    if (count > 0) debugger_said.assign(said, static_cast<std::size_t>(count));
  }

  std::string heard;
  std::string debugger_said;

 private:
  static ssize_t receive(int socket, char (&chunk)[4096], base::Fd& given) {
    iovec content = {chunk, sizeof chunk};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
    msghdr header = {};
    header.msg_iov = &content;
    header.msg_iovlen = 1;
    header.msg_control = control;
    header.msg_controllen = sizeof control;
    const ssize_t count = ::recvmsg(socket, &header, MSG_CMSG_CLOEXEC);
    if (const cmsghdr* const rights = CMSG_FIRSTHDR(&header); count > 0 && rights != nullptr) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(rights), sizeof fd);
      given.reset(fd);
    }
    return count;
  }

  base::Fd socket_;  // open until the end
  base::Fd debugger_;
  int heard_commands_ = 0;
  std::thread thread_;
};

TEST(GdbStub, FramesAPacket) {
  EXPECT_EQ(packet("OK"), "$OK#9a");
  EXPECT_EQ(packet("D;1"), "$D;1#b0");
  EXPECT_EQ(packet(""), "$#00");
}

TEST(GdbStub, IsStartedAtTheSocketThatQemuIsGiven) {
  base::SocketPair control = base::make_socket_pair();
  Qmp qmp(std::move(control.first));
  FakeMonitor monitor(std::move(control.second),
                      {R"("return":{})", R"("return":{})", R"("return":"Waiting for gdb")"});
  EXPECT_TRUE(start_stub(qmp));
  monitor.join();
  EXPECT_NE(monitor.heard.find("getfd"), std::string::npos);
  EXPECT_NE(monitor.heard.find("gdbserver chardev:gdb"), std::string::npos);
}

TEST(GdbStub, SaysWhatQemuSaysAgainstIt) {
  base::SocketPair control = base::make_socket_pair();
  Qmp qmp(std::move(control.first));
  const FakeMonitor monitor(std::move(control.second),
                            {R"("return":{})", R"("return":{})", R"("return":"no CPU")"});
  try {
    start_stub(qmp);
    FAIL();
  } catch (const base::Error& error) {
    EXPECT_STREQ(error.what(), "QEMU does not let a debugger in: no CPU");
  }
}

TEST(GdbStub, LeavesNothingOfADebuggerWhateverHasBecomeOfIt) {
  base::SocketPair control = base::make_socket_pair();
  Qmp qmp(std::move(control.first));
  const std::string done = R"("return":{})";
  FakeMonitor monitor(std::move(control.second),
                      {R"("return":"Disabled gdbserver")", done, done,
                       R"("return":"Waiting for gdb")", R"("return":"Disabled gdbserver")", done},
                      "+$OK#9a");
  end_stub(qmp);
  monitor.join();
  EXPECT_EQ(monitor.debugger_said, "$D;1#b0");
  EXPECT_TRUE(monitor.heard.ends_with("\"execute\":\"cont\"}\n")) << monitor.heard;
  EXPECT_LT(monitor.heard.find("gdbserver none"), monitor.heard.find("getfd"));
  EXPECT_GT(monitor.heard.rfind("gdbserver none"), monitor.heard.find("gdbserver chardev:gdb"));
}

}  // namespace
}  // namespace quiz::qemu
