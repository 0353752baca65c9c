#include "run/host_only.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cstring>
#include <optional>

#include "base/fd.h"
#include "base/files.h"

namespace quiz::run {
namespace {

namespace fs = std::filesystem;

class HostOnly : public testing::Test {
 protected:
  HostOnly() {
    if (!fs::is_directory("/dev/shm")) return;
    shared_memory_.emplace("/dev/shm", "quiz-unit-");
    base::write_file_atomically(shared_memory_->path() / "file", "");
  }
  void SetUp() override {
    if (!shared_memory_) GTEST_SKIP() << "this host has no /dev/shm";
  }
  std::string make_socket(const std::string& name) {
    const fs::path path = top_.path() / name;
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    sockets_.emplace_back(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const auto* const general = static_cast<const sockaddr*>(static_cast<const void*>(&address));
    EXPECT_EQ(::bind(sockets_.back().get(), general, sizeof address), 0);
    return path.string();
  }

  base::TempDir top_{"/tmp", "quiz-unit-"};
  std::optional<base::TempDir> shared_memory_;
  std::vector<base::Fd> sockets_;
};

TEST_F(HostOnly, IsWhatLiesWhereTheMachineHasADirectoryOfItsOwn) {
  const fs::path file = shared_memory_->path() / "file";
  EXPECT_TRUE(lies_on_host_only(file, "/"));
  EXPECT_TRUE(lies_on_host_only(shared_memory_->path(), "/tmp"));
  fs::create_symlink(file, top_.path() / "link");
  EXPECT_TRUE(lies_on_host_only(top_.path() / "link", "/")) << "where it leads counts";
  EXPECT_FALSE(lies_on_host_only(file, shared_memory_->path())) << "the program runs there";
}

TEST_F(HostOnly, IsNotWhatEveryMachineHasOrNobody) {
  for (const char* path : {"/", "/etc/passwd", "/tmp", "/dev", "/dev/shm", "/run", "/dev/null",
                           "/proc/self/status", "/sys", "/run/no/such/file", ""}) {
    EXPECT_FALSE(lies_on_host_only(path, "/")) << path;
  }
}

TEST_F(HostOnly, IsTheAddressOfASocketOrAFifo) {
  const std::string path = make_socket("agent.12");
  for (const std::string& value :
       {path, "unix:" + path, "unix://" + path, "unix:path=" + path + ",guid=1", path + ",77,0",
        path + ":0:1", "localfilesystem:" + path}) {
    EXPECT_TRUE(names_host_only(value, "/")) << value;
  }
  const fs::path fifo = top_.path() / "fifo";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  EXPECT_TRUE(names_host_only("fifo:" + fifo.string(), "/"));
}

TEST_F(HostOnly, IsNotEveryValueWithASlash) {
  const std::string shared = shared_memory_->path().string();
  EXPECT_TRUE(names_host_only(shared, "/"));
  for (const std::string& value :
       {std::string(), std::string("/usr/bin:/bin"), shared + ":/usr/bin", "/usr/bin:" + shared,
        std::string("https://example.invalid/run"), std::string("unix:"), std::string("a b"),
        "--tmp=" + shared, std::string("/dev/shm"), std::string("unix:@abstract")}) {
    EXPECT_FALSE(names_host_only(value, "/")) << value;
  }
}

TEST_F(HostOnly, IsToldOfWordsAndOfVariablesThatWereAskedFor) {
  const std::string file = (shared_memory_->path() / "file").string();
  const std::string fifo = (top_.path() / "fifo").string();
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  Request request;
  request.directory = top_.path();
  request.words = {file, "-x", "", "/dev/null", file, "fifo", "/etc/passwd", "/dev/shm"};
  const std::string socket = make_socket("s");
  request.environment_additions = {"A=1", "AGENT=" + socket, "TMPDIR=/tmp"};
  EXPECT_EQ(
      warnings_of_host_only(request),
      (std::vector<std::string>{
          file + " is on this host only: the machine has a /dev of its own",
          "fifo is a FIFO: its other end stays on this host",
          "AGENT=" + socket + " names what is on this host only: the machine cannot use it"}));
  request.words = {};
  request.environment_additions = {};
  EXPECT_TRUE(warnings_of_host_only(request).empty());
}

}  // namespace
}  // namespace quiz::run
