#include "confinement/confinement.h"

#include <fcntl.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <functional>
#include <map>

#include "base/child.h"
#include "base/error.h"
#include "base/files.h"
#include "base/pipe.h"
#include "confinement/landlock.h"

namespace quiz::confinement {
namespace {

namespace fs = std::filesystem;
using base::Child;

constexpr Layers kNone{false, false, false, false, false, false};

Layers only(bool Layers::*layer) {
  Layers layers = kNone;
  layers.*layer = true;
  return layers;
}

/// What a shell can do to a file $F of a directory $D, and to the directory; each in one line.
const std::map<std::string, std::string>& changes() {
  static const std::map<std::string, std::string> all = {
      {"truncate", ": >$F"},
      {"append", "echo x >>$F"},
      {"create", ": >$D/new"},
      {"remove", "rm -f $F; test ! -e $F"},
      {"make a directory", "mkdir $D/new"},
      {"remove a directory", "rmdir $D/empty"},
      {"rename", "mv $F $D/new"},
      {"hard link", "ln $F $D/new"},
      {"symbolic link", "ln -s / $D/new"},
      {"fifo", "mkfifo $D/new"},
      {"mode", "chmod 600 $F"},
      {"times", "touch -d @1 $F"},
      {"attribute", "setfattr -n user.quiz -v x $F"},
  };
  return all;
}

/// A directory that everybody may enter, with a place to write and a place that stays closed.
class ConfinementTest : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::permissions(directory_.path(), fs::perms::all);
    make_scratch(path("scratch"));
    for (const char* name : {"open", "closed", "hidden", "hidden/part"}) {
      base::make_directories(path(name));
      fs::permissions(path(name), fs::perms::all);
    }
    base::write_file_atomically(path("hidden/secret"), "secret", 0666);
    base::write_file_atomically(path("hidden/shown"), "shown", 0666);
    base::write_file_atomically(path("hidden/part/shown"), "shown", 0666);
    base::write_file_atomically(path("hidden/part/key"), "key", 0666);
    base::write_file_atomically(path("secret"), "secret", 0666);
    renew_closed();
  }

  static void make_scratch(const fs::path& scratch) {
    for (const fs::path& part : {scratch, scratch / "root", scratch / "empty"}) {
      base::make_directories(part);
      fs::permissions(part, fs::perms::all);
    }
    base::write_file_atomically(scratch / "empty-file", "", 0444);
  }

  /// By whoever calls: some changes are only for the owner.
  void renew_closed() const {
    for (const auto& entry : fs::directory_iterator(path("closed"))) fs::remove_all(entry.path());
    fs::create_directory(path("closed/empty"));
    base::write_file_atomically(path("closed/file"), "content", 0666);
  }

  fs::path path(const char* name) const { return directory_.path() / name; }

  Request request(Layers layers = {}) const {
    Request request;
    request.hidden = {
        "/proc", "/sys", "/dev", "/run", path("hidden"), path("secret"), path("hidden/part/key")};
    request.readable = {"/dev/null", path("hidden/shown"), path("hidden/part")};
    request.needed = {"/usr", "/bin", "/lib", "/lib64", "/etc/ld.so.cache"};
    request.writable = {path("open")};
    request.scratch = path("scratch");
    request.layers = layers;
    return request;
  }

  struct Result {
    base::ExitStatus status;
    std::string output;
    bool success() const { return status.success(); }
  };

  /// Runs a shell script under the confinement, and serves it. $ROOT is where the child finds `/`.
  /// When it prints "close" the doors are closed, and it may read a line.
  static Result run(const Confinement& confinement, const std::string& script,
                    std::vector<Grant> grants = {}) {
    base::Pipe output = base::make_pipe();
    base::Pipe input = base::make_pipe();
    base::SpawnOptions options;
    options.arguments = {"/bin/sh", "-c", "ROOT=" + confinement.root() + "; " + script};
    options.descriptors = confinement.descriptors();
    options.descriptors.push_back({0, input.read_end.get()});
    options.descriptors.push_back({1, output.write_end.get()});
    const auto null = base::open_file("/dev/null", O_RDWR);
    grants.push_back({"/dev/null", null.get()});
    const auto guard = confinement.guard(std::move(grants));
    options.guard = guard.get();
    options.inherit_stderr = false;
    Child child = Child::spawn(options);
    output.write_end.reset();
    base::set_nonblocking(output.read_end.get(), true);
    Result result;
    const auto drain = [&] {
      std::array<char, 4096> buffer;
      ssize_t count = 0;
      while ((count = ::read(output.read_end.get(), buffer.data(), buffer.size())) > 0) {
        result.output.append(buffer.data(), static_cast<std::size_t>(count));
      }
    };
    while (!child.try_wait()) {
      std::array<pollfd, 3> polled = {{{child.pidfd(), POLLIN, 0},
                                       {guard->descriptor(), POLLIN, 0},
                                       {output.read_end.get(), POLLIN, 0}}};
      ::poll(polled.data(), polled.size(), -1);
      guard->handle();
      drain();
      if (result.output.ends_with("close\n") && input.write_end) {
        guard->ask_at_doors([] { return false; });
        base::write_all(input.write_end.get(), "go\n", "the script");
        input.write_end.reset();
      }
    }
    drain();
    result.status = child.wait();
    return result;
  }

  /// The changes of a closed place that the layers let through, by the names of changes().
  std::string changes_through(Layers layers) const {
    std::string through;
    const Confinement confinement(request(layers));
    for (const auto& [name, script] : changes()) {
      renew_closed();
      const std::string places = "D=$ROOT" + path("closed").string() + "; F=$D/file; ";
      if (run(confinement, places + script).success()) through += name + "; ";
    }
    renew_closed();
    return through;
  }

  /// What was broken, for whoever calls ("" if nothing).
  std::string broken_promises() const {
    const Confinement confinement(request());
    std::string broken;
    const auto expect = [&](bool good, const char* promise) {
      if (!good) broken += std::string(promise) + "; ";
    };
    const auto succeeds = [&](const std::string& script) {
      return run(confinement, script).success();
    };
    const std::string base = directory_.path().string();
    expect(succeeds("cat $ROOT/etc/passwd"), "files of / are readable");
    expect(!succeeds("cat $ROOT/proc/version"), "/proc is hidden");
    expect(!succeeds("cat $ROOT/proc/" + std::to_string(::getpid()) + "/environ"),
           "processes are hidden");
    expect(!succeeds("cat $ROOT/sys/kernel/mm/transparent_hugepage/enabled"), "/sys is hidden");
    expect(run(confinement, "cat $ROOT" + base + "/closed/file").output == "content",
           "other files stay readable");
    expect(run(confinement, "cat $ROOT" + base + "/hidden/secret").output.empty(),
           "a hidden directory's files are");
    expect(run(confinement, "cat $ROOT" + base + "/secret").output.empty(), "a hidden file is");
    expect(run(confinement, "cat $ROOT" + base + "/hidden/shown").output == "shown",
           "an exception is shown");
    expect(run(confinement, "cat $ROOT" + base + "/hidden/part/shown").output == "shown",
           "a directory that is an exception is shown");
    expect(run(confinement, "cat $ROOT" + base + "/hidden/part/key").output.empty(),
           "but not what is hidden in it");
    expect(succeeds(in_open("os.mkdir('d', dir_fd=d); os.symlink('x', 'l', dir_fd=d); "
                            "os.rename('l', 'm', src_dir_fd=d, dst_dir_fd=d); "
                            "os.unlink('m', dir_fd=d); os.rmdir('d', dir_fd=d); "
                            "os.close(os.open('f', os.O_CREAT | os.O_WRONLY, dir_fd=d)); "
                            "os.unlink('f', dir_fd=d)")),
           "the writable directory can be used");
    expect(succeeds("exec >/dev/null; echo x"), "/dev/null can be written");
    expect(!succeeds("kill -0 " + std::to_string(::getpid())), "signals reach nobody else");
    expect(run(confinement, "ulimit -c").output == "0\n", "core dumps are none");
    Layers readable;
    readable.landlock = false;
    expect(run(Confinement(request(readable)),
               "exec python3 -c \"import ctypes; exit(0 if "
               "ctypes.CDLL(None).prctl(39, 0, 0, 0, 0) else 1)\"")
               .success(),
           "no new privileges");
    return broken;
  }

  /// A script that changes the open directory as QEMU does: by a descriptor, `d`.
  std::string in_open(const std::string& python) const {
    return "exec python3 -c \"import os; d = os.open('$ROOT" + path("open").string() +
           "', os.O_RDONLY); " + python + "\"";
  }

  /// `action` as the user nobody in a process of its own, where we are root; what it returns.
  static std::string as_nobody(const std::function<std::string()>& action) {
    base::Pipe pipe = base::make_pipe();
    const pid_t pid = ::fork();
    if (pid == 0) {
      std::string text = "cannot become nobody";
      // Who changes user without exec is closed even to himself: prctl(2), PR_SET_DUMPABLE.
      if (::geteuid() != 0 || (::setgroups(0, nullptr) == 0 && ::setgid(65534) == 0 &&
                               ::setuid(65534) == 0 && ::prctl(PR_SET_DUMPABLE, 1) == 0)) {
        try {
          text = action();
        } catch (const std::exception& error) {
          text = error.what();
        }
      }
      (void)!::write(pipe.write_end.get(), text.data(), text.size());
      ::_exit(0);
    }
    pipe.write_end.reset();
    std::string text;
    std::array<char, 4096> buffer;
    ssize_t count = 0;
    while ((count = ::read(pipe.read_end.get(), buffer.data(), buffer.size())) > 0) {
      text.append(buffer.data(), static_cast<std::size_t>(count));
    }
    ::waitpid(pid, nullptr, 0);
    return text;
  }

 private:
  base::TempDir directory_{fs::temp_directory_path(), "quiz-unit-"};
};

TEST_F(ConfinementTest, KeepsItsPromisesForTheCaller) { EXPECT_EQ(broken_promises(), ""); }

TEST_F(ConfinementTest, KeepsItsPromisesForAnOrdinaryUser) {
  EXPECT_EQ(as_nobody([&] { return broken_promises(); }), "");
}

// Without any of them a shell could do it all: else the tests below would show nothing.
TEST_F(ConfinementTest, WithoutLayersEveryChangeIsPossible) {
  EXPECT_EQ(changes_through(kNone),
            "append; attribute; create; fifo; hard link; make a directory; mode; remove; remove a "
            "directory; rename; symbolic link; times; truncate; ");
}

TEST_F(ConfinementTest, TheViewAloneKeepsFilesAsTheyAre) {
  const Confinement confinement(request(only(&Layers::view)));
  if (!confinement.weaknesses().empty() && confinement.reports()[0].state == "none") return;
  EXPECT_EQ(changes_through(only(&Layers::view)), "");
  EXPECT_EQ(as_nobody([&] { return changes_through(only(&Layers::view)); }), "");
}

TEST_F(ConfinementTest, TheFilterAloneKeepsFilesAsTheyAre) {
  // Its writable directory lets changes by descriptor through: there is none.
  const auto through = [&] {
    Request closed = request(only(&Layers::filter));
    closed.writable.clear();
    const Confinement confinement(closed);
    std::string passed;
    for (const auto& [name, script] : changes()) {
      renew_closed();
      const std::string places = "D=" + path("closed").string() + "; F=$D/file; ";
      if (run(confinement, places + script).success()) passed += name + "; ";
    }
    return passed;
  };
  EXPECT_EQ(through(), "");
  EXPECT_EQ(as_nobody(through), "");
}

// Modes, times and attributes are none of its business.
TEST_F(ConfinementTest, LandlockAloneKeepsContentsAndNames) {
  const int version = landlock_version();
  if (version == 0) return;
  const std::string expected =
      version < 3 ? "attribute; mode; times; truncate; " : "attribute; mode; times; ";
  EXPECT_EQ(changes_through(only(&Layers::landlock)), expected);
  EXPECT_EQ(as_nobody([&] { return changes_through(only(&Layers::landlock)); }), expected);
}

TEST_F(ConfinementTest, AGrantedFileIsThatDescriptorAndNoMore) {
  const fs::path file = path("closed/file");
  const base::Fd readable = base::open_file(file, O_RDONLY);
  const Confinement confinement(request());
  const std::string open = "exec 3<>" + file.string() + " && cat <&3";
  EXPECT_EQ(run(confinement, open, {{file, readable.get()}}).output, "content");
  EXPECT_FALSE(run(confinement, open + "; echo x >&3", {{file, readable.get()}}).success());
  EXPECT_FALSE(run(confinement, open).success()) << "it is not granted";
  EXPECT_EQ(base::read_file(file), "content");
}

TEST_F(ConfinementTest, NoProgramStartsBehindClosedDoors) {
  const Confinement confinement(request());
  EXPECT_TRUE(run(confinement, "echo close; read line; test $line = go").success());
  EXPECT_TRUE(run(confinement, "/bin/true").success());
  EXPECT_FALSE(run(confinement, "echo close; read line; /bin/true").success());
  EXPECT_FALSE(run(confinement, "echo close; read line; exec /bin/true").success());
  EXPECT_FALSE(run(confinement, "echo close; read line; (exit 0)").success());
}

TEST_F(ConfinementTest, WhatIsWrittenHasNoSetIdAndTheCallersOwner) {
  const Confinement confinement(request());
  const auto works = [&](const std::string& python) {
    return run(confinement, in_open(python)).success();
  };
  EXPECT_FALSE(works("os.mkdir('a', 0o4755, dir_fd=d)"));
  EXPECT_FALSE(works("os.open('b', os.O_CREAT | os.O_WRONLY, 0o4755, dir_fd=d)"));
  EXPECT_TRUE(works("os.mkdir('c', dir_fd=d); os.chmod('c', 0o700, dir_fd=d)"));
  EXPECT_FALSE(works("os.chmod('c', 0o4755, dir_fd=d)"));
  EXPECT_FALSE(works("os.chmod('c', 0o2755, dir_fd=d)"));
  EXPECT_TRUE(works("os.chown('c', 12345, 12345, dir_fd=d)"));
  struct stat status = {};
  ASSERT_EQ(::stat((path("open") / "c").c_str(), &status), 0);
  EXPECT_EQ(status.st_uid, ::geteuid()) << "as if it had been done";
  EXPECT_EQ(status.st_mode & 07777, 0700U);
  EXPECT_FALSE(works("os.mknod('e', 0o20666, os.makedev(1, 3), dir_fd=d)"));
  EXPECT_TRUE(works("os.mknod('f', 0o10666, dir_fd=d)"));
}

// Of what changes a file these are nothing that Landlock watches; and the caller owns all that is
// tried here.
TEST_F(ConfinementTest, NothingBesideTheWritableDirectoryGetsOtherAttributes) {
  const auto broken = [&] {
    renew_closed();
    const Confinement confinement(request());
    const std::string closed = path("closed").string();
    const std::string root = confinement.root();
    std::string passed;
    for (const std::string& place : {closed, root + closed}) {
      for (const std::string change :
           {"os.chmod('PLACE/file', 0o600)", "os.chmod('file', 0o600, dir_fd=c)",
            "os.chmod(f, 0o600)", "os.chmod('/proc/self/fd/%d' % f, 0o600)",
            "os.chmod('/proc/self/fd/%d/file' % c, 0o600)",
            "os.chmod('../closed/file', 0o600, dir_fd=d)", "os.utime('PLACE/file', (1, 1))",
            "os.utime('file', (1, 1), dir_fd=c)", "os.utime(f, (1, 1))",
            "os.setxattr('PLACE/file', 'user.x', b'x')", "os.setxattr(f, 'user.x', b'x')",
            "os.setxattr('/proc/self/fd/%d' % f, 'user.x', b'x')"}) {
        std::string python =
            "c = os.open('PLACE', os.O_RDONLY); "
            "f = os.open('PLACE/file', os.O_RDONLY); " +
            change;
        for (std::size_t at = 0; (at = python.find("PLACE")) != std::string::npos;) {
          python.replace(at, 5, place);
        }
        if (run(confinement, in_open(python)).success()) passed += change + "; ";
      }
    }
    return passed;
  };
  EXPECT_EQ(broken(), "");
  EXPECT_EQ(as_nobody(broken), "");
}

TEST_F(ConfinementTest, WhatIsInTheWritableDirectoryGetsOtherAttributes) {
  const auto failed = [&] {
    const Confinement confinement(request());
    std::string text;
    for (const std::string change :
         {"os.chmod('f', 0o600, dir_fd=d)", "os.chmod(f, 0o640)",
          "os.chmod('/proc/self/fd/%d' % f, 0o644)", "os.utime('f', (1, 1), dir_fd=d)",
          "os.utime(f, (2, 2))", "os.setxattr('/proc/self/fd/%d/f' % d, 'user.x', b'x')",
          "os.removexattr('/proc/self/fd/%d' % f, 'user.x')"}) {
      const bool done = run(confinement, in_open("f = os.open('f', os.O_RDWR | os.O_CREAT, "
                                                 "dir_fd=d); " +
                                                 change))
                            .success();
      if (!done) text += change + "; ";
    }
    struct stat status = {};
    ::stat((path("open") / "f").c_str(), &status);
    if ((status.st_mode & 07777) != 0644 || status.st_mtim.tv_sec != 2) text += "not changed";
    fs::remove(path("open") / "f");
    return text;
  };
  EXPECT_EQ(failed(), "");
  EXPECT_EQ(as_nobody(failed), "");
}

// What a second attacker got through: by datagrams descriptors to anybody's socket, a wait in our
// close(), memory that no limit counts, locks and signals for others.
TEST_F(ConfinementTest, TheFilterKnowsWhatAddressesOthersAndWhatNoLimitCounts) {
  const auto through = [&] {
    const Confinement confinement(request());
    std::string passed;
    for (const std::string act :
         {"import socket; socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)",
          "import socket; socket.socketpair(socket.AF_UNIX, socket.SOCK_RAW)",
          "import socket; socket.socket(socket.AF_UNIX)",
          "import socket, struct; socket.socketpair()[0].setsockopt(socket.SOL_SOCKET, "
          "socket.SO_LINGER, struct.pack('ii', 1, 3600))",
          "import mmap; mmap.mmap(-1, 4096)", "os.memfd_create('x')",
          "import mmap; mmap.mmap(-1, 4096, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x100)",
          "import fcntl; fcntl.flock(d, fcntl.LOCK_SH)",
          "import fcntl; fcntl.lockf(d, fcntl.LOCK_SH)",
          "import fcntl; fcntl.fcntl(d, fcntl.F_SETOWN, os.getpid())",
          "import fcntl; fcntl.fcntl(d, fcntl.F_SETLEASE, fcntl.F_RDLCK)", "os.setsid()",
          "os.unshare(0x10000000)", "os.kill(os.getppid(), 0)"}) {
      if (run(confinement, in_open(act)).success()) passed += act + "; ";
    }
    for (const std::string act :
         {"import socket; socket.socketpair()",
          "import mmap; mmap.mmap(-1, 4096, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)"}) {
      if (!run(confinement, in_open(act)).success()) passed += "not " + act + "; ";
    }
    return passed;
  };
  EXPECT_EQ(through(), "");
  EXPECT_EQ(as_nobody(through), "");
}

// Neither in its content nor by giving its name to something else; beside it all can be done.
TEST_F(ConfinementTest, WhatIsReadOnlyInAWritableDirectoryStaysAsItIs) {
  const auto by_name = [&](const std::string& act) {
    return "h = os.open('" + path("open").string() + "', os.O_PATH); " + act;
  };
  const std::vector<std::string> acts = {
      "os.unlink('kept.file', dir_fd=d)", "os.rename('kept', 'x', src_dir_fd=d, dst_dir_fd=d)",
      "os.rename('kept.file', 'x', src_dir_fd=d, dst_dir_fd=d)",
      "os.mkdir('n', dir_fd=d); os.rename('n', 'kept', src_dir_fd=d, dst_dir_fd=d)",
      "os.symlink('x', 's', dir_fd=d); os.rename('s', 'kept.file', src_dir_fd=d, dst_dir_fd=d)",
      "os.open('kept.file', os.O_WRONLY, dir_fd=d)",
      "os.open('kept/new', os.O_WRONLY | os.O_CREAT, dir_fd=d)",
      "k = os.open('kept', os.O_RDONLY, dir_fd=d); os.unlink('file', dir_fd=k)",
      "k = os.open('kept', os.O_RDONLY, dir_fd=d); "
      "os.rename('file', 'x', src_dir_fd=k, dst_dir_fd=d)",
      "os.link('kept.file', 'hard', src_dir_fd=d, dst_dir_fd=d)",
      "c = os.open('$ROOT" + path("closed").string() +
          "', os.O_RDONLY); "
          "os.unlink('file', dir_fd=c)",
      // By its own name, which the view does not replace for a child that only uses it.
      by_name("os.open('kept.file', os.O_WRONLY, dir_fd=h)"),
      by_name("os.unlink('kept.file', dir_fd=h)"), by_name("os.mkdir('kept/n', dir_fd=h)"),
      by_name("os.symlink('x', 'kept/s', dir_fd=h)"),
      by_name("assert os.read(os.open('secret', os.O_RDONLY, dir_fd=h), 9) == b'content'")};
  const auto passed = [&]() -> std::string {
    for (const auto& entry : fs::directory_iterator(path("open"))) fs::remove_all(entry.path());
    fs::create_directory(path("open/kept"));
    base::write_file_atomically(path("open/kept/file"), "content", 0666);
    base::write_file_atomically(path("open/kept.file"), "content", 0666);
    base::write_file_atomically(path("open/secret"), "content", 0666);
    Request wanted = request();
    wanted.hidden.push_back(path("open/secret"));
    wanted.read_only = {path("open/kept"), path("open/kept.file")};
    const Confinement confinement(wanted);
    if (!confinement.keeps_read_only()) return "";
    std::string text;
    for (const std::string& act : acts) {
      if (run(confinement, in_open(act)).success()) text += act + "; ";
    }
    const std::string beside =
        "os.symlink('x', 'l', dir_fd=d); os.rename('l', 'm', src_dir_fd=d, dst_dir_fd=d); "
        "os.unlink('m', dir_fd=d); os.mkdir('r', dir_fd=d); os.rmdir('r', dir_fd=d)";
    if (!run(confinement, in_open(beside)).success()) text += "not " + beside;
    if (base::read_file(path("open/kept.file")) != "content") text += "the file is another";
    return text;
  };
  EXPECT_EQ(as_nobody(passed), "");
  EXPECT_EQ(passed(), "");
}

// ".." from the held view's top is the view's top.
TEST_F(ConfinementTest, NothingLiesAboveTheView) {
  const auto above = [&] {
    const Confinement confinement(request(only(&Layers::view)));
    return run(confinement, "ls -d $ROOT/../../../.." + path("closed").string() +
                                "/file && : >$ROOT/../../../.." + path("closed").string() +
                                "/file && echo written")
        .output;
  };
  EXPECT_EQ(above().find("written"), std::string::npos);
  EXPECT_EQ(as_nobody(above).find("written"), std::string::npos);
  EXPECT_EQ(base::read_file(path("closed/file")), "content");
}

TEST_F(ConfinementTest, TheViewIsTheChildsAlone) {
  const Confinement confinement(request());
  EXPECT_TRUE(run(confinement, "cat $ROOT/etc/passwd").success());
  EXPECT_TRUE(fs::is_empty(path("scratch") / "root"));
}

TEST_F(ConfinementTest, OwnersStayAsTheyAre) {
  const auto owner = [&] {
    const Confinement confinement(request());
    if (confinement.hides_owners()) return std::string("0\n");  // said to be weaker
    return run(confinement, "stat -c %u $ROOT/etc/passwd").output;
  };
  EXPECT_EQ(owner(), "0\n");
  EXPECT_EQ(as_nobody(owner), "0\n");
}

TEST_F(ConfinementTest, TiesTheChildToItsParentAllTheSame) {
  const Confinement confinement(request());
  base::Pipe number = base::make_pipe();
  const pid_t parent = ::fork();
  if (parent == 0) {
    base::SpawnOptions options;
    options.arguments = {"/bin/sleep", "100"};
    const auto guard = confinement.guard({});
    options.guard = guard.get();
    const Child child = Child::spawn(options);
    const pid_t pid = child.pid();
    (void)!::write(number.write_end.get(), &pid, sizeof pid);
    ::raise(SIGKILL);
  }
  pid_t child = 0;
  ASSERT_EQ(::read(number.read_end.get(), &child, sizeof child),
            static_cast<ssize_t>(sizeof child));
  ::waitpid(parent, nullptr, 0);
  // Not ours to wait for: it goes to whoever adopts orphans, but soon it runs no more.
  const auto state = [&] {
    const auto text = base::read_file_if_exists("/proc/" + std::to_string(child) + "/stat");
    return text ? (*text)[text->rfind(')') + 2] : 'X';
  };
  for (int i = 0; i < 1000 && state() != 'X' && state() != 'Z'; ++i) ::usleep(10'000);
  EXPECT_TRUE(state() == 'X' || state() == 'Z') << state();
}

TEST(Confinement, IgnoresWhatDoesNotExist) {
  Request request;
  request.hidden = {"/proc", "/nonexistent-quiz"};
  request.readable = {"/nonexistent-quiz/a"};
  request.writable = {"/nonexistent-quiz/b"};
  const Confinement confinement(request);
  const auto guard = confinement.guard({});
  base::SpawnOptions options;
  options.arguments = {"/bin/true"};
  options.guard = guard.get();
  EXPECT_TRUE(Child::spawn(options).wait().success());
}

TEST(Confinement, SaysWhatIsTurnedOff) {
  Request request;
  request.layers = kNone;
  const Confinement confinement(request);
  EXPECT_EQ(confinement.weaknesses().size(), confinement.reports().size());
  EXPECT_EQ(confinement.breaches().size(), 2U);
}

}  // namespace
}  // namespace quiz::confinement
