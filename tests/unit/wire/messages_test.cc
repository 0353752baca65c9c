#include "wire/messages.h"

#include <gtest/gtest.h>

#include <limits>

namespace quiz::wire {
namespace {

using namespace std::string_literals;

constexpr auto kMax64 = std::numeric_limits<std::uint64_t>::max();

// Of each message one example in which every field has a value of its own.
Hello hello() { return {kVersion, 1'234'567'890'123, "6.1.0-9-amd64", "tsc", 1}; }
Setup setup() {
  Setup setup;
  setup.realtime_ns = kMax64;
  setup.hostname = "quiz";
  setup.entropy = std::string(64, '\xff');
  setup.capabilities = {{"/usr/bin/ping", std::string("\1\0\0\2", 4)}};
  setup.exports = {{"host", "cache=none", false}, {"output", "cache=mmap", true}};
  setup.layers = {{"second", "home/me/user"}, {"host", ""}};
  setup.mounts = {{"/lib/modules/6.1", ShareMode::copy_on_write, {{"", "x/6.1"}, {"host", "y"}}},
                  {"/run/quiz/output", ShareMode::read_write, {{"output", ""}}}};
  setup.size = 1 << 30;
  setup.init = InitSystem::systemd;
  setup.bundle = {{"etc/hosts", 0644, "127.0.0.1 localhost\n"}, {"bin/x", 0755, "\0\n"s}};
  setup.log_level = 5;
  return setup;
}
WindowSize window_size() { return {50, 65535}; }
Exec exec() {
  Exec exec;
  exec.arguments = {"printf", "%s|", "a b", "", "*", "it's", "x\ny\0z"s, "ü"};
  exec.candidate = "/usr/bin/printf";
  exec.environment = {"HOME=/root", "EMPTY="};
  exec.directory = "/tmp/a b";
  exec.uid = 1000;
  exec.gid = 1001;
  exec.groups = {4, 27, 4'294'967'295U};
  exec.umask = 077;
  exec.limits = {{7, 1024, kMax64}, {3, 8 << 20, kMax64}};
  exec.streams = {StreamKind::closed, StreamKind::pipe, StreamKind::joined};
  exec.window = {24, 80};
  exec.terminal_modes = {{3, 8}, {42, 1}};
  return exec;
}
Started started() { return {987'654'321}; }
StreamEnd stream_end() { return {Stream::err}; }
Credit credit() { return {Stream::out, 0xffff'ffffU}; }
Signal signal() { return {15, true}; }
Exit exit() {
  return {Ending::cannot_prepare, 13, 1U << 7, 4096, "enter the directory", 1 << 29, "fpu sse2"};
}
Sync sync() { return {true}; }
Log log() { return {4, 123'456, "BUG: something\xc3\xa9"}; }

/// Calls `check` with the name, the bytes and the decoder of each message. The decoder answers with
/// what it understood, encoded again.
template <typename Check>
void for_each_message(Check check) {
  const auto one = [&](const char* name, const auto& message) {
    using Message = std::decay_t<decltype(message)>;
    SCOPED_TRACE(name);
    check(message.encode(), [](std::string_view payload) -> std::optional<std::string> {
      const auto decoded = Message::decode(payload);
      if (!decoded) return std::nullopt;
      return decoded->encode();
    });
  };
  one("Hello", hello());
  one("Setup", setup());
  one("WindowSize", window_size());
  one("Exec", exec());
  one("Started", started());
  one("StreamEnd", stream_end());
  one("Credit", credit());
  one("Signal", signal());
  one("Exit", exit());
  one("Sync", sync());
  one("Log", log());
}

TEST(Messages, AreTheSameAfterTheJourney) {
  for_each_message(
      [](const std::string& bytes, auto decode) { EXPECT_EQ(decode(bytes).value_or("-"), bytes); });
}

TEST(Messages, AreRefusedWhereverTheyAreCut) {
  for_each_message([](const std::string& bytes, auto decode) {
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      // From the heap, in exactly this size: the sanitizers see a read behind the end.
      const std::vector<char> cut(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
      EXPECT_FALSE(decode({cut.data(), cut.size()})) << size << " of " << bytes.size();
    }
  });
}

TEST(Messages, AreRefusedWithSomethingBehindThem) {
  for_each_message(
      [](const std::string& bytes, auto decode) { EXPECT_FALSE(decode(bytes + '\0')); });
}

TEST(Messages, SurviveAnyChangedByte) {
  for_each_message([](const std::string& bytes, auto decode) {
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      for (const int value : {0, 1, 0x7f, 0x80, 0xff}) {
        std::string changed = bytes;
        changed[at] = static_cast<char>(value);
        // Refused, or understood as a message that itself can travel.
        const auto again = decode(changed);
        EXPECT_TRUE(!again || decode(*again)) << at;
      }
    }
  });
}

TEST(Messages, KeepEveryField) {
  const auto setup_again = wire::Setup::decode(setup().encode());
  ASSERT_TRUE(setup_again);
  EXPECT_EQ(setup_again->realtime_ns, kMax64);
  EXPECT_EQ(setup_again->capabilities.at(0).path, "/usr/bin/ping");
  EXPECT_EQ(setup_again->capabilities.at(0).value, setup().capabilities.at(0).value);
  EXPECT_EQ(setup_again->exports.at(1).tag, "output");
  EXPECT_EQ(setup_again->exports.at(1).options, "cache=mmap");
  EXPECT_TRUE(setup_again->exports.at(1).writable);
  EXPECT_EQ(setup_again->layers.at(0).tag, "second");
  EXPECT_EQ(setup_again->layers.at(0).path, "home/me/user");
  EXPECT_EQ(setup_again->mounts.at(1).path, "/run/quiz/output");
  EXPECT_EQ(setup_again->mounts.at(1).mode, ShareMode::read_write);
  EXPECT_EQ(setup_again->mounts.at(0).from.at(1).path, "y");
  EXPECT_EQ(setup_again->size, 1U << 30);
  EXPECT_EQ(setup_again->bundle.at(1).mode, 0755);
  EXPECT_EQ(setup_again->bundle.at(1).content, "\0\n"s);
  EXPECT_EQ(setup_again->log_level, 5);

  const auto exec_again = Exec::decode(exec().encode());
  ASSERT_TRUE(exec_again);
  EXPECT_EQ(exec_again->arguments, exec().arguments);
  EXPECT_EQ(exec_again->candidate, "/usr/bin/printf");
  EXPECT_EQ(exec_again->environment, exec().environment);
  EXPECT_EQ(exec_again->directory, "/tmp/a b");
  EXPECT_EQ(exec_again->uid, 1000U);
  EXPECT_EQ(exec_again->gid, 1001U);
  EXPECT_EQ(exec_again->groups, exec().groups);
  EXPECT_EQ(exec_again->umask, 077U);
  EXPECT_EQ(exec_again->limits.at(1).soft, 8U << 20);
  EXPECT_EQ(exec_again->streams, exec().streams);
  EXPECT_EQ(exec_again->window.columns, 80);
  ASSERT_EQ(exec_again->terminal_modes.size(), 2U);
  EXPECT_EQ(exec_again->terminal_modes[0].code, 3);
  EXPECT_EQ(exec_again->terminal_modes[0].value, 8U);

  const auto exit_again = Exit::decode(exit().encode());
  ASSERT_TRUE(exit_again);
  EXPECT_EQ(exit_again->cpu_features, "fpu sse2");
  EXPECT_EQ(exit_again->ending, Ending::cannot_prepare);
  EXPECT_EQ(exit_again->value, 13U);
  EXPECT_EQ(exit_again->new_taint, 1U << 7);
  EXPECT_EQ(exit_again->stdin_consumed, 4096U);
  EXPECT_EQ(exit_again->detail, "enter the directory");
}

TEST(Messages, HaveALayoutThatDoesNotChangeUnnoticed) {
  EXPECT_EQ(credit().encode(), "\x01\xff\xff\xff\xff"s);
  EXPECT_EQ(window_size().encode(), "\x32\x00\xff\xff"s);
  EXPECT_EQ(signal().encode(), "\x0f\x00\x00\x00\x01"s);
  EXPECT_EQ((Hello{kVersion, 1, "r", "c", 4'000'000}.encode()),
            "\x05\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00r\x01\x00\x00\x00"
            "c\x00\x09\x3d\x00\x00\x00\x00\x00"s);
}

TEST(Messages, RefuseEnumerationsOutOfRange) {
  for (int value = 0; value < 256; ++value) {
    const std::string byte(1, static_cast<char>(value));
    EXPECT_EQ(StreamEnd::decode(byte).has_value(), value <= 2) << value;
    EXPECT_EQ(Credit::decode(byte + "\1\0\0\0"s).has_value(), value <= 2) << value;
    EXPECT_EQ(Exit::decode(byte + std::string(36, '\0')).has_value(), value <= 3) << value;

    wire::Setup one_share;
    one_share.mounts = {{"/x", static_cast<ShareMode>(value), {{"tag", ""}}}};
    EXPECT_EQ(wire::Setup::decode(one_share.encode()).has_value(), value <= 2) << value;
    for (std::size_t stream = 0; stream < kStreams; ++stream) {
      Exec changed = exec();
      changed.streams[stream] = static_cast<StreamKind>(value);
      EXPECT_EQ(Exec::decode(changed.encode()).has_value(), value <= (stream == 0 ? 6 : 3))
          << value;
    }
  }
}

TEST(Hello, OfAnotherVersionIsUnderstoodAsThatAndNoFurther) {
  const auto other = Hello::decode("\x06\0\0\0whatever comes then"s);
  ASSERT_TRUE(other);
  EXPECT_EQ(other->version, 6U);
  EXPECT_EQ(other->release, "");
  EXPECT_FALSE(Hello::decode("\x03\0\0"s));
}

TEST(Exec, WithoutAProgramIsRefused) {
  Exec empty = exec();
  empty.arguments.clear();
  EXPECT_FALSE(Exec::decode(empty.encode()));
}

// A count is believed only as far as there are bytes for it.
TEST(Counts, ThatLieAreRefusedAtTheEndOfTheBytes) {
  const std::string lie = "\xff\xff\xff\xff"s;
  const std::string one_of_many = lie + "\1\0\0\0x"s;
  Reader reader(one_of_many);
  const auto values = reader.texts();
  EXPECT_TRUE(reader.failed());
  EXPECT_LE(values.capacity(), 4U);

  const std::string none(4, '\0');
  const std::string before_layers = std::string(8, '\0') + none + none;
  EXPECT_FALSE(wire::Setup::decode(before_layers + lie));
  EXPECT_FALSE(wire::Setup::decode(before_layers + none + lie));
  EXPECT_FALSE(wire::Setup::decode(before_layers + none + none + lie));

  const std::string before_groups = "\1\0\0\0\1\0\0\0x"s + none + none + none + none;
  EXPECT_FALSE(Exec::decode(lie));
  EXPECT_FALSE(Exec::decode("\1\0\0\0\1\0\0\0x"s + lie));
  EXPECT_FALSE(Exec::decode(before_groups + lie));
  EXPECT_FALSE(Exec::decode(before_groups + none + none + lie));
}

TEST(Counts, OfEmptyElementsCostNoMoreThanTheirBytes) {
  // 16,000 empty texts are there; the count promises 2^32.
  const std::string bytes = "\xff\xff\xff\xff"s + std::string(64000, '\0');
  Reader reader(bytes);
  const auto values = reader.texts();
  EXPECT_TRUE(reader.failed());
  EXPECT_LE(values.size(), 16001U);
}

TEST(Lengths, ThatLieAllocateNothing) {
  EXPECT_FALSE(Log::decode("\x04\xff\xff\xff\xff text"s));
  EXPECT_FALSE(Exit::decode(std::string(21, '\0') + "\xff\xff\xff\x7f"));
  EXPECT_FALSE(Hello::decode("\x05\0\0\0"s + std::string(8, '\0') + "\xff\xff\xff\xff"));
}

}  // namespace
}  // namespace quiz::wire
