#include "live/protocol.h"

#include <gtest/gtest.h>

namespace quiz::live {
namespace {

/// A message is exactly what it is: no part of it, and nothing more.
template <typename Message>
void expect_exact(const Message& message) {
  const std::string bytes = message.encode();
  EXPECT_TRUE(Message::decode(bytes));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(Message::decode(bytes.substr(0, size))) << size;
  }
  EXPECT_FALSE(Message::decode(bytes + '\0'));
}

TEST(LiveProtocol, DescribesAMachine) {
  Description description;
  description.name = "zfs-2";
  description.state = relay::RunState::stays;
  description.started_ns = 17;
  description.debugged = true;
  description.kernel = "6.12";
  description.architecture = "s390x";
  description.symbols = "/store/vmlinux.debug";
  description.modules = {"/zfs/module", "/store/modules"};
  description.cpus = 4;
  description.memory_mib = 2048;
  description.has_program = false;
  description.program = {"make", "check"};
  description.directory = "/src";
  description.shell = "/bin/zsh";
  description.environment = {"QUIZ_OUTPUT=/x"};
  description.hides_secrets = true;
  const auto decoded = Description::decode(description.encode());
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->encode(), description.encode());
  EXPECT_EQ(decoded->name, "zfs-2");
  EXPECT_EQ(decoded->state, relay::RunState::stays);
  EXPECT_TRUE(decoded->debugged);
  EXPECT_EQ(decoded->architecture, "s390x");
  EXPECT_EQ(decoded->symbols, "/store/vmlinux.debug");
  EXPECT_EQ(decoded->modules, description.modules);
  EXPECT_EQ(decoded->program, description.program);
  EXPECT_EQ(decoded->environment, description.environment);
  EXPECT_TRUE(decoded->hides_secrets);
  EXPECT_FALSE(decoded->has_program);
  EXPECT_FALSE(decoded->host_files);
}

TEST(LiveProtocol, RefusesWhatIsNotOneMessage) {
  expect_exact(Description{});
  expect_exact(Stop{true});
  expect_exact(Stats{{{"quizb0", 1, 2, 3, 4}, {"root", 5, 6, 7, 8}}});
  expect_exact(Attach{true, {24, 80}});
  expect_exact(Link{{.down = true, .loss = 100, .delay_ms = 0}});
  expect_exact(Link{});
  expect_exact(Plug{{.bytes = 65536, .sector = 4096, .read_only = true}});
  expect_exact(Over{End::done, "why", 143});
  EXPECT_FALSE(Over::decode("\x05\0\0\0\0")) << "no such end";
}

TEST(LiveProtocol, AnotherVersionsHelloIsUnderstoodAsOne) {
  const auto hello = Hello::decode(std::string("\x09\0\0\0 and more", 13));
  ASSERT_TRUE(hello);
  EXPECT_EQ(hello->version, 9U);
  EXPECT_FALSE(Hello::decode("\x01"));
}

}  // namespace
}  // namespace quiz::live
