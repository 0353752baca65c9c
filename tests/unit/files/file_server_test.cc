#include "files/file_server.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <map>
#include <vector>

#include "base/files.h"
#include "files/request.h"

namespace quiz::files {
namespace {

namespace fs = std::filesystem;

template <typename Value>
std::string bytes_of(const Value& value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

struct Reply {
  int error = 0;
  std::string body;
  bool any = true;

  template <typename Value>
  Value as() const {
    Value value{};
    EXPECT_EQ(error, 0) << ::strerror(error);
    EXPECT_GE(body.size(), sizeof value);
    std::memcpy(&value, body.data(), std::min(body.size(), sizeof value));
    return value;
  }
};

class FileServerTest : public testing::Test {
 protected:
  FileServerTest() {
    base::write_file_atomically(top() / "file", "hello\n", 0640);
    fs::create_directory(top() / "directory");
    base::write_file_atomically(top() / "directory/inner", "inside", 0600);
    fs::create_symlink("../outside", top() / "link");
    base::write_file_atomically(directory_.path() / "outside", "secret", 0644);
    start(1000);
  }

  fs::path top() {
    fs::create_directories(directory_.path() / "top");
    return directory_.path() / "top";
  }
  void start(std::size_t most_open) {
    server_ = std::make_unique<FileServer>(
        base::Fd(::open(top().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)), most_open, 100);
    fuse_init_in init{};
    init.major = FUSE_KERNEL_VERSION;
    init.minor = 38;
    init.flags = ~0U;
    ask(FUSE_INIT, 0, bytes_of(init));
  }

  Reply ask_raw(const std::string& request, std::size_t room = kLargestPacket) {
    std::vector<std::uint8_t> answer(std::max<std::size_t>(room, 1));
    const std::size_t size = server_->handle(request, answer.data(), room);
    EXPECT_LE(size, room);
    Reply reply;
    reply.any = size != 0;
    if (size < sizeof(fuse_out_header)) return reply;
    fuse_out_header header;
    std::memcpy(&header, answer.data(), sizeof header);
    EXPECT_EQ(header.len, size);
    EXPECT_EQ(header.unique, 77u);
    reply.error = -header.error;
    reply.body.assign(reinterpret_cast<char*>(answer.data()) + sizeof header, size - sizeof header);
    return reply;
  }
  Reply ask(std::uint32_t opcode, NodeId node, const std::string& body,
            std::size_t room = kLargestPacket) {
    fuse_in_header header{};
    header.len = static_cast<std::uint32_t>(sizeof header + body.size());
    header.opcode = opcode;
    header.unique = 77;
    header.nodeid = node;
    return ask_raw(bytes_of(header) + body, room);
  }
  Reply look_up(NodeId parent, const std::string& name) {
    return ask(FUSE_LOOKUP, parent, name + std::string(1, '\0'));
  }
  NodeId node(NodeId parent, const std::string& name) {
    return look_up(parent, name).as<fuse_entry_out>().nodeid;
  }
  std::uint64_t open(NodeId id, std::uint32_t opcode = FUSE_OPEN) {
    return ask(opcode, id, bytes_of(fuse_open_in{})).as<fuse_open_out>().fh;
  }
  Reply read(NodeId id, std::uint64_t file, std::uint64_t offset, std::uint32_t size,
             std::uint32_t opcode = FUSE_READ) {
    fuse_read_in in{};
    in.fh = file;
    in.offset = offset;
    in.size = size;
    return ask(opcode, id, bytes_of(in));
  }

  base::TempDir directory_{testing::TempDir()};
  std::unique_ptr<FileServer> server_;
};

TEST_F(FileServerTest, ReadsAFile) {
  const auto entry = look_up(kRootNode, "file").as<fuse_entry_out>();
  EXPECT_EQ(entry.attr.size, 6u);
  EXPECT_EQ(entry.attr.mode, S_IFREG | 0640u);
  struct stat status = {};
  ::stat((top() / "file").c_str(), &status);
  EXPECT_EQ(entry.attr.ino, status.st_ino);
  const std::uint64_t file = open(entry.nodeid);
  EXPECT_EQ(read(entry.nodeid, file, 0, 4096).body, "hello\n");
  EXPECT_EQ(read(entry.nodeid, file, 2, 3).body, "llo");
  EXPECT_EQ(read(entry.nodeid, file, 6, 3).body, "");
  fuse_release_in release{};
  release.fh = file;
  EXPECT_EQ(ask(FUSE_RELEASE, entry.nodeid, bytes_of(release)).error, 0);
  EXPECT_EQ(read(entry.nodeid, file, 0, 1).error, EBADF);
}

TEST_F(FileServerTest, NoNameLeadsOut) {
  for (const char* name : {"..", ".", "", "../outside", "directory/inner", "/etc/passwd"}) {
    EXPECT_EQ(look_up(kRootNode, name).error, EINVAL) << name;
  }
  EXPECT_EQ(look_up(node(kRootNode, "directory"), "..").error, EINVAL);
  EXPECT_EQ(look_up(kRootNode, std::string(256, 'x')).error, EINVAL);
  EXPECT_EQ(look_up(kRootNode, "missing").error, ENOENT);
  EXPECT_EQ(look_up(node(kRootNode, "file"), "x").error, ENOTDIR);
}

TEST_F(FileServerTest, ALinkIsWhatItSaysAndNotWhereItLeads) {
  const auto link = look_up(kRootNode, "link").as<fuse_entry_out>();
  EXPECT_EQ(link.attr.mode & S_IFMT, static_cast<unsigned>(S_IFLNK));
  EXPECT_EQ(ask(FUSE_READLINK, link.nodeid, "").body, "../outside");
  EXPECT_EQ(ask(FUSE_OPEN, link.nodeid, bytes_of(fuse_open_in{})).error, EPERM);
  EXPECT_EQ(look_up(link.nodeid, "x").error, ENOTDIR);
}

TEST_F(FileServerTest, WhatBecameALinkMeanwhileIsStale) {
  const NodeId file = node(kRootNode, "file");
  fs::remove(top() / "file");
  fs::create_symlink("../outside", top() / "file");
  EXPECT_EQ(ask(FUSE_OPEN, file, bytes_of(fuse_open_in{})).error, ESTALE);
  const NodeId inner = node(node(kRootNode, "directory"), "inner");
  fs::rename(top() / "directory/inner", top() / "directory/moved");
  base::write_file_atomically(top() / "directory/inner", "another", 0600);
  EXPECT_EQ(ask(FUSE_OPEN, inner, bytes_of(fuse_open_in{})).error, ESTALE);
}

TEST_F(FileServerTest, NothingIsOpenedForWriting) {
  const NodeId file = node(kRootNode, "file");
  for (const int flags : {O_WRONLY, O_RDWR, O_RDONLY | O_TRUNC, O_ACCMODE}) {
    fuse_open_in in{};
    in.flags = static_cast<std::uint32_t>(flags);
    EXPECT_EQ(ask(FUSE_OPEN, file, bytes_of(in)).error, EROFS) << flags;
  }
  for (const std::uint32_t opcode :
       {FUSE_SETATTR, FUSE_SYMLINK, FUSE_MKNOD, FUSE_MKDIR, FUSE_UNLINK, FUSE_RMDIR, FUSE_RENAME,
        FUSE_LINK, FUSE_WRITE, FUSE_SETXATTR, FUSE_REMOVEXATTR, FUSE_CREATE, FUSE_FALLOCATE,
        FUSE_RENAME2, FUSE_COPY_FILE_RANGE}) {
    EXPECT_EQ(ask(opcode, file, std::string(128, '\0')).error, EROFS) << opcode;
  }
  EXPECT_EQ(base::read_file(top() / "file", 100), "hello\n");
}

TEST_F(FileServerTest, ListsADirectoryInPieces) {
  for (int i = 0; i < 300; ++i) {
    base::write_file_atomically(top() / ("some-file-" + std::to_string(i)), "", 0600);
  }
  for (const std::uint32_t opcode : {FUSE_READDIR, FUSE_READDIRPLUS}) {
    const std::uint64_t file = open(kRootNode, FUSE_OPENDIR);
    std::map<std::string, std::uint64_t> names;
    std::uint64_t offset = 0;
    int pieces = 0;
    for (;; ++pieces) {
      const std::string bytes = read(kRootNode, file, offset, 1024, opcode).body;
      EXPECT_LE(bytes.size(), 1024u);
      if (bytes.empty()) break;
      for (std::size_t at = 0; at < bytes.size();) {
        fuse_entry_out entry{};
        if (opcode == FUSE_READDIRPLUS) {
          std::memcpy(&entry, bytes.data() + at, sizeof entry);
          at += sizeof entry;
        }
        fuse_dirent line{};
        std::memcpy(&line, bytes.data() + at, offsetof(fuse_dirent, name));
        const std::string name(bytes.data() + at + offsetof(fuse_dirent, name), line.namelen);
        EXPECT_TRUE(names.emplace(name, line.ino).second) << name;
        if (entry.nodeid != 0) {
          EXPECT_EQ(entry.attr.ino, line.ino);
        }
        at += (offsetof(fuse_dirent, name) + line.namelen + 7) & ~std::size_t{7};
        offset = line.off;
      }
    }
    EXPECT_EQ(names.size(), 305u);  // with "." and ".."
    EXPECT_TRUE(names.contains("directory"));
    EXPECT_GT(pieces, 10);
  }
}

TEST_F(FileServerTest, FewDescriptorsAreEnough) {
  fs::path deep = top();
  for (int i = 0; i < 30; ++i) {
    deep /= "d" + std::to_string(i);
    fs::create_directory(deep);
  }
  base::write_file_atomically(deep / "bottom", "deep", 0600);
  start(3);
  NodeId id = kRootNode;
  std::vector<NodeId> all;
  for (int i = 0; i < 30; ++i) all.push_back(id = node(id, "d" + std::to_string(i)));
  const NodeId bottom = node(id, "bottom");
  for (const NodeId each : all) {
    EXPECT_EQ(ask(FUSE_GETATTR, each, bytes_of(fuse_getattr_in{})).error, 0);
  }
  EXPECT_EQ(read(bottom, open(bottom), 0, 10).body, "deep");
}

TEST_F(FileServerTest, WhatIsForgottenIsGone) {
  const NodeId directory = node(kRootNode, "directory");
  const NodeId inner = node(directory, "inner");
  fuse_forget_in forget{};
  forget.nlookup = 1;
  EXPECT_FALSE(ask(FUSE_FORGET, directory, bytes_of(forget)).any);
  // Its parent is still needed.
  EXPECT_EQ(read(inner, open(inner), 0, 10).body, "inside");
  fuse_batch_forget_in many{};
  many.count = 2;  // the second one is not there
  EXPECT_FALSE(ask(FUSE_BATCH_FORGET, 0, bytes_of(many) + bytes_of(fuse_forget_one{inner, 1})).any);
  EXPECT_EQ(ask(FUSE_GETATTR, inner, bytes_of(fuse_getattr_in{})).error, ENOENT);
  EXPECT_EQ(ask(FUSE_GETATTR, directory, bytes_of(fuse_getattr_in{})).error, ENOENT);
  // More than there were does not take away what others need.
  const NodeId again = node(kRootNode, "directory");
  const NodeId within = node(again, "inner");
  forget.nlookup = 1000;
  ask(FUSE_FORGET, again, bytes_of(forget));
  EXPECT_EQ(read(within, open(within), 0, 10).body, "inside");
  EXPECT_EQ(look_up(again, "inner").error, 0);
  ask(FUSE_FORGET, kRootNode, bytes_of(forget));
  EXPECT_EQ(look_up(kRootNode, "file").error, 0);
}

TEST_F(FileServerTest, ContentIsKeptUntilItChanges) {
  const NodeId file = node(kRootNode, "file");
  const auto flags = [&] {
    return ask(FUSE_OPEN, file, bytes_of(fuse_open_in{})).as<fuse_open_out>().open_flags;
  };
  EXPECT_EQ(flags(), 0u);
  EXPECT_EQ(flags(), static_cast<unsigned>(FOPEN_KEEP_CACHE));
  const base::Fd writer(::open((top() / "file").c_str(), O_WRONLY | O_APPEND));
  ASSERT_EQ(::write(writer.get(), "more", 4), 4);
  EXPECT_EQ(flags(), 0u);
}

TEST_F(FileServerTest, ExtendedAttributes) {
  if (::setxattr((top() / "file").c_str(), "user.test", "value", 5, 0) != 0) {
    GTEST_SKIP() << "this file system has none";
  }
  const NodeId file = node(kRootNode, "file");
  const auto get = [&](const std::string& name, std::uint32_t size) {
    fuse_getxattr_in in{};
    in.size = size;
    return ask(FUSE_GETXATTR, file, bytes_of(in) + name + std::string(1, '\0'));
  };
  EXPECT_EQ(get("user.test", 100).body, "value");
  EXPECT_EQ(get("user.test", 0).as<fuse_getxattr_out>().size, 5u);
  EXPECT_EQ(get("user.test", 2).error, ERANGE);
  EXPECT_EQ(get("user.none", 100).error, ENODATA);
  fuse_getxattr_in none{};
  none.size = 100;
  const std::string name("user.test\0", 10);
  EXPECT_EQ(ask(FUSE_GETXATTR, file, bytes_of(none) + name, sizeof(fuse_out_header)).error, ERANGE);
  EXPECT_EQ(ask(FUSE_LISTXATTR, file, bytes_of(none), sizeof(fuse_out_header)).error, ERANGE);
  fuse_getxattr_in in{};
  in.size = 1000;
  const std::string names = ask(FUSE_LISTXATTR, file, bytes_of(in)).body;
  EXPECT_NE(names.find(std::string("user.test\0", 10)), std::string::npos);
}

TEST_F(FileServerTest, FindsHoles) {
  const base::Fd file(::open((top() / "holes").c_str(), O_WRONLY | O_CREAT, 0600));
  ASSERT_EQ(::pwrite(file.get(), "x", 1, 1 << 20), 1);
  const NodeId id = node(kRootNode, "holes");
  fuse_lseek_in in{};
  in.fh = open(id);
  in.whence = SEEK_DATA;
  EXPECT_GT(ask(FUSE_LSEEK, id, bytes_of(in)).as<fuse_lseek_out>().offset, 0u);
  in.whence = SEEK_SET;
  EXPECT_EQ(ask(FUSE_LSEEK, id, bytes_of(in)).error, EINVAL);
}

TEST_F(FileServerTest, RequestsThatAreNone) {
  EXPECT_FALSE(ask_raw("").any);
  EXPECT_FALSE(ask_raw(std::string(39, 'x')).any);
  EXPECT_EQ(ask(9999, kRootNode, "").error, ENOSYS);
  EXPECT_EQ(ask(FUSE_LOOKUP, kRootNode, "no end").error, EINVAL);
  EXPECT_EQ(ask(FUSE_LOOKUP, 12345, std::string("x\0", 2)).error, ENOENT);
  EXPECT_EQ(ask(FUSE_READ, kRootNode, "short").error, EINVAL);
  EXPECT_EQ(ask(FUSE_RELEASE, kRootNode, bytes_of(fuse_release_in{})).error, EBADF);
  fuse_in_header header{};
  header.len = 4096;  // more than there is
  header.opcode = FUSE_GETATTR;
  header.unique = 77;
  header.nodeid = kRootNode;
  EXPECT_EQ(ask_raw(bytes_of(header)).error, EINVAL);
  // Room for an answer that is too small.
  EXPECT_FALSE(ask(FUSE_GETATTR, kRootNode, bytes_of(fuse_getattr_in{}), 8).any);
  EXPECT_EQ(ask(FUSE_GETATTR, kRootNode, bytes_of(fuse_getattr_in{}), 40).error, EINVAL);
}

}  // namespace
}  // namespace quiz::files
