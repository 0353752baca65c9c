// Machines as a visitor finds them, whose owners the test plays.
#include "live/connection.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <functional>
#include <thread>

#include "base/error.h"
#include "base/files.h"
#include "base/local_socket.h"
#include "live/machines.h"

namespace quiz::live {
namespace {

using namespace std::chrono_literals;

std::string frame(Type type, std::string_view payload) {
  std::string bytes;
  wire::append_frame(bytes, on_wire(type), 0, payload);
  return bytes;
}

class LiveConnectionTest : public testing::Test {
 protected:
  Found make(const std::string& name) {
    const std::filesystem::path directory = runtime() / name;
    base::make_directories(directory);
    base::write_file_atomically(directory / kNameFile, name);
    return {name, directory};
  }
  std::filesystem::path runtime() const { return directory_.path() / "quiz"; }
  base::Paths paths() const {
    base::Paths paths;
    paths.runtime = runtime();
    return paths;
  }

  /// What a visitor is told of a machine whose owner answers so and goes.
  std::string complaint(const std::string& answer, std::chrono::milliseconds patience = 5s) {
    const Found machine = make("box");
    std::filesystem::remove(machine.directory / kSocket);  // of the one before
    const base::Fd listener = base::listen_at(machine.directory, kSocket);
    std::thread owner([&] {
      pollfd polled = {listener.get(), POLLIN, 0};
      ::poll(&polled, 1, 5000);
      const base::Fd visitor = base::accept_one(listener.get());
      if (answer.empty()) {
        polled = {visitor.get(), 0, 0};
        ::poll(&polled, 1, 5000);  // until the visitor has gone
      }
      (void)!::send(visitor.get(), answer.data(), answer.size(), MSG_NOSIGNAL);
    });
    std::string text;
    try {
      Connection connection(machine, patience);
      connection.describe();
      text = "it answered";
    } catch (const base::Error& error) {
      EXPECT_EQ(error.status(), 125);
      text = error.message();
    }
    owner.join();
    return text;
  }

  base::TempDir directory_{"/tmp"};
};

TEST_F(LiveConnectionTest, TellsOfAnotherVersion) {
  EXPECT_EQ(complaint(frame(Type::hello, Hello{kVersion + 1}.encode())),
            "the machine box is another quiz's, which speaks version 5 of the protocol and not 4");
  EXPECT_EQ(complaint(frame(Type::over, "?")),
            "the machine box is another quiz's, which speaks version ? of the protocol and not 4");
}

TEST_F(LiveConnectionTest, TellsOfAnOwnerWhoGoes) {
  const std::string hello = frame(Type::hello, Hello{}.encode());
  EXPECT_EQ(complaint(hello), "the machine box has just ended");
  EXPECT_EQ(complaint(hello + frame(Type::describe, "?")), "the machine box has just ended");
  EXPECT_EQ(complaint(hello + std::string(8, '\xff')), "the machine box has just ended");
}

TEST_F(LiveConnectionTest, DoesNotWaitForEverForAnOwnerWhoIsSilent) {
  EXPECT_EQ(complaint("", 50ms), "the machine box does not answer");
}

TEST_F(LiveConnectionTest, FindsMachinesByTheirNames) {
  const Found box = make("box");
  EXPECT_TRUE(find_machines(paths()).empty()) << "its owner has been killed";
  EXPECT_THROW(Connection{box}, base::Error);
  const base::Fd first = base::listen_at(box.directory, kSocket);
  const base::Fd second = base::listen_at(make("attic").directory, kSocket);
  make("odd");
  base::write_file_atomically(runtime() / "odd" / kNameFile, "../x");
  const auto machines = find_machines(paths());
  ASSERT_EQ(machines.size(), 2U);
  EXPECT_EQ(machines[0].name, "attic");
  EXPECT_EQ(find_machine(paths(), "box").directory, box.directory);
  try {
    find_machine(paths(), "bxo");
    FAIL();
  } catch (const base::Error& error) {
    EXPECT_EQ(error.message(), "no machine is called 'bxo'");
    EXPECT_EQ(error.hint(), "did you mean 'box'?");
  }
}

// Whoever looks does not wait for one who writes.
TEST_F(LiveConnectionTest, AMachineWhoseNameIsNoFileIsNone) {
  make("box");
  std::filesystem::create_directories(runtime() / "fifo");
  ASSERT_EQ(::mkfifo((runtime() / "fifo" / kNameFile).c_str(), 0600), 0);
  const std::vector<Found> found = find_below(runtime());
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].name, "box");
}

}  // namespace
}  // namespace quiz::live
