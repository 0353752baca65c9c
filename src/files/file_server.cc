#include "files/file_server.h"

#include <fcntl.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "files/request.h"

namespace quiz::files {

namespace {

constexpr std::uint32_t kMinor = 31;
constexpr std::uint64_t kSecondsValid = 1;
constexpr std::size_t kPageSize = 4096;
constexpr std::uint32_t kWantedFeatures = FUSE_ASYNC_READ | FUSE_DO_READDIRPLUS |
                                          FUSE_READDIRPLUS_AUTO | FUSE_PARALLEL_DIROPS |
                                          FUSE_AUTO_INVAL_DATA | FUSE_MAX_PAGES | FUSE_POSIX_ACL;

/// As the kernel fills it in (getdents64(2)).
struct DirectoryEntry {
  std::uint64_t number;
  std::int64_t next;
  std::uint16_t size;
  std::uint8_t type;
  char name[1];
};

std::size_t aligned(std::size_t size) { return (size + 7) & ~std::size_t{7}; }

}  // namespace

/// Takes what is answered, as far as there is room.
class FileServer::Answer {
 public:
  Answer(std::uint8_t* bytes, std::size_t room) : bytes_(bytes), room_(room) {}

  std::size_t size() const { return size_; }
  std::size_t left() const { return room_ - size_; }
  std::uint8_t* next() { return bytes_ + size_; }
  void advance(std::size_t size) { size_ += size; }
  void rewind(std::size_t size) { size_ = size; }

  bool add(const void* bytes, std::size_t size) {
    if (size > left()) return false;
    std::memcpy(next(), bytes, size);
    size_ += size;
    return true;
  }
  template <typename Value>
  int add(const Value& value) {
    return add(&value, sizeof value) ? 0 : -EINVAL;
  }
  void pad() {
    constexpr std::uint8_t kZeros[8] = {};
    add(kZeros, aligned(size_) - size_);
  }

 private:
  std::uint8_t* bytes_;
  std::size_t room_;
  std::size_t size_ = 0;
};

struct FileServer::Request {
  fuse_in_header header{};
  std::string_view body;

  /// The body's beginning as a structure. False: it is shorter.
  template <typename Value>
  bool read(Value& value) const {
    value = {};
    if (body.size() < sizeof value) return false;
    std::memcpy(&value, body.data(), sizeof value);
    return true;
  }
  /// The text behind `offset`, which ends with a NUL.
  std::optional<std::string> text(std::size_t offset) const {
    if (offset >= body.size()) return std::nullopt;
    const std::string_view rest = body.substr(offset);
    const std::size_t end = rest.find('\0');
    if (end == std::string_view::npos) return std::nullopt;
    return std::string(rest.substr(0, end));
  }
};

FileServer::FileServer(base::Fd root, std::size_t most_nodes, std::size_t most_files)
    : most_files_(most_files), nodes_(std::move(root), most_nodes) {}

std::size_t FileServer::handle(std::string_view bytes, std::uint8_t* answer, std::size_t room) {
  Request request;
  if (bytes.size() < sizeof request.header) return 0;
  std::memcpy(&request.header, bytes.data(), sizeof request.header);
  request.body = bytes.substr(sizeof request.header);
  switch (request.header.opcode) {
    case FUSE_FORGET:
      forget(request);
      return 0;
    case FUSE_BATCH_FORGET:
      forget_many(request);
      return 0;
    case FUSE_INTERRUPT:
      return 0;  // every request is answered at once
    default:
      break;
  }
  fuse_out_header header{};
  if (room < sizeof header) return 0;
  Answer body(answer + sizeof header, room - sizeof header);
  // A length that is not the packet's is no request.
  const int error = request.header.len == bytes.size() ? dispatch(request, body) : -EINVAL;
  if (error < 0) body.rewind(0);
  header.len = static_cast<std::uint32_t>(sizeof header + body.size());
  header.error = error < 0 ? error : 0;
  header.unique = request.header.unique;
  std::memcpy(answer, &header, sizeof header);
  return header.len;
}

int FileServer::dispatch(const Request& request, Answer& answer) {
  switch (request.header.opcode) {
    case FUSE_INIT:
      return initialize(request, answer);
    case FUSE_LOOKUP:
      return look_up(request, answer);
    case FUSE_GETATTR:
      return get_attributes(request, answer);
    case FUSE_READLINK:
      return read_link(request, answer);
    case FUSE_OPEN:
      return open(request, answer);
    case FUSE_OPENDIR:
      return open_directory(request, answer);
    case FUSE_READ:
      return read(request, answer);
    case FUSE_READDIR:
      return read_directory(request, answer, false);
    case FUSE_READDIRPLUS:
      return read_directory(request, answer, true);
    case FUSE_RELEASE:
    case FUSE_RELEASEDIR:
      return release(request);
    case FUSE_STATFS:
      return statistics(request, answer);
    case FUSE_GETXATTR:
      return get_attribute(request, answer);
    case FUSE_LISTXATTR:
      return list_attributes(request, answer);
    case FUSE_LSEEK:
      return seek(request, answer);
    case FUSE_SETATTR:
    case FUSE_SYMLINK:
    case FUSE_MKNOD:
    case FUSE_MKDIR:
    case FUSE_UNLINK:
    case FUSE_RMDIR:
    case FUSE_RENAME:
    case FUSE_RENAME2:
    case FUSE_LINK:
    case FUSE_WRITE:
    case FUSE_SETXATTR:
    case FUSE_REMOVEXATTR:
    case FUSE_CREATE:
    case FUSE_FALLOCATE:
    case FUSE_COPY_FILE_RANGE:
      return -EROFS;
    case FUSE_DESTROY:
      return 0;
    default:
      return -ENOSYS;  // which the guest's kernel takes as "do without"
  }
}

int FileServer::initialize(const Request& request, Answer& answer) {
  fuse_init_in wanted{};
  // Its first half is all that matters, and all that every kernel sends.
  constexpr std::size_t kFirst = 16;
  if (request.body.size() < kFirst) return -EINVAL;
  std::memcpy(&wanted, request.body.data(), kFirst);
  fuse_init_out offered{};
  offered.major = FUSE_KERNEL_VERSION;
  offered.minor = kMinor;
  if (wanted.major != FUSE_KERNEL_VERSION) return -EPROTO;
  files_.clear();  // of a driver that was there before
  offered.flags = wanted.flags & kWantedFeatures;
  offered.max_readahead = wanted.max_readahead;
  offered.max_background = 64;
  offered.congestion_threshold = 48;
  offered.max_write = kMostContent;
  offered.max_pages = kMostContent / kPageSize;
  offered.time_gran = 1;
  return answer.add(offered);
}

int FileServer::look_up(const Request& request, Answer& answer) {
  const auto name = request.text(0);
  if (!name || !is_name(*name)) return -EINVAL;
  if (nodes_.find(request.header.nodeid) == nullptr) return -ENOENT;
  const Nodes::Found found = nodes_.look_up(request.header.nodeid, *name);
  if (found.error != 0) return -found.error;
  return answer.add(entry(found));
}

int FileServer::get_attributes(const Request& request, Answer& answer) {
  const int path = nodes_.path_of(request.header.nodeid);
  if (path < 0) return path;
  struct stat status = {};
  if (::fstatat(path, "", &status, AT_EMPTY_PATH) != 0) return -errno;
  fuse_attr_out result{};
  result.attr_valid = kSecondsValid;
  result.attr = attributes(status);
  return answer.add(result);
}

int FileServer::read_link(const Request& request, Answer& answer) {
  const int path = nodes_.path_of(request.header.nodeid);
  if (path < 0) return path;
  const ssize_t size =
      ::readlinkat(path, "", reinterpret_cast<char*>(answer.next()), answer.left());
  if (size < 0) return -errno;
  answer.advance(static_cast<std::size_t>(size));
  return 0;
}

int FileServer::open_node(NodeId id, int flags) {
  const Node* const node = nodes_.find(id);
  if (node == nullptr) return -ENOENT;
  // The guest's kernel has devices, pipes and sockets of its own behind these names.
  if (node->type != S_IFREG && node->type != S_IFDIR) return -EPERM;
  const char* name = nullptr;
  const int directory = nodes_.directory_of(id, name);
  if (directory < 0) return directory;
  const int all = flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  // The host's file shall not even show that it was read, where we may have it so.
  base::Fd file(::openat(directory, name, all | O_NOATIME));
  if (!file && errno == EPERM) file.reset(::openat(directory, name, all));
  if (!file) return errno == ENOENT || errno == ELOOP ? -ESTALE : -errno;
  struct stat status = {};
  if (::fstat(file.get(), &status) != 0) return -errno;
  if (status.st_dev != node->device || status.st_ino != node->number) return -ESTALE;
  return file.release();
}

std::uint64_t FileServer::keep(base::Fd file) {
  files_[++last_file_] = std::move(file);
  return last_file_;
}

int FileServer::open(const Request& request, Answer& answer) {
  fuse_open_in wanted{};
  if (!request.read(wanted)) return -EINVAL;
  if ((wanted.flags & (O_ACCMODE | O_TRUNC)) != O_RDONLY) return -EROFS;
  if (files_.size() >= most_files_) return -ENFILE;
  base::Fd file(open_node(request.header.nodeid, O_RDONLY));
  if (!file) return file.get();
  struct stat status = {};
  if (::fstat(file.get(), &status) != 0) return -errno;
  Node& node = *nodes_.find(request.header.nodeid);
  fuse_open_out opened{};
  const bool same = node.size == status.st_size && node.changed.tv_sec == status.st_mtim.tv_sec &&
                    node.changed.tv_nsec == status.st_mtim.tv_nsec;
  if (same) opened.open_flags |= FOPEN_KEEP_CACHE;
  node.size = status.st_size;
  node.changed = status.st_mtim;
  opened.fh = keep(std::move(file));
  return answer.add(opened);
}

int FileServer::open_directory(const Request& request, Answer& answer) {
  if (files_.size() >= most_files_) return -ENFILE;
  base::Fd directory(open_node(request.header.nodeid, O_RDONLY | O_DIRECTORY));
  if (!directory) return directory.get();
  fuse_open_out opened{};
  opened.fh = keep(std::move(directory));
  return answer.add(opened);
}

int FileServer::read(const Request& request, Answer& answer) {
  fuse_read_in wanted{};
  if (!request.read(wanted)) return -EINVAL;
  const int file = file_of(wanted.fh);
  if (file < 0) return file;
  std::size_t left = std::min<std::size_t>({wanted.size, answer.left(), kMostContent});
  auto offset = static_cast<off_t>(wanted.offset);
  while (left > 0) {
    const ssize_t count = ::pread(file, answer.next(), left, offset);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && answer.size() == 0) return -errno;
    if (count <= 0) break;
    answer.advance(static_cast<std::size_t>(count));
    left -= static_cast<std::size_t>(count);
    offset += count;
  }
  return 0;
}

int FileServer::read_directory(const Request& request, Answer& answer, bool plus) {
  fuse_read_in wanted{};
  if (!request.read(wanted)) return -EINVAL;
  const int file = file_of(wanted.fh);
  if (file < 0) return file;
  const std::size_t room = std::min<std::size_t>({wanted.size, answer.left(), kMostContent});
  if (::lseek(file, static_cast<off_t>(wanted.offset), SEEK_SET) < 0) return -errno;
  struct stat within = {};
  if (::fstat(file, &within) != 0) return -errno;
  alignas(DirectoryEntry) std::array<char, 8192> chunk;
  for (;;) {
    const long count = ::syscall(SYS_getdents64, file, chunk.data(), chunk.size());
    if (count < 0 && answer.size() == 0) return -errno;
    if (count <= 0) return 0;
    for (long at = 0; at < count;) {
      const auto* const found = reinterpret_cast<const DirectoryEntry*>(chunk.data() + at);
      const std::string name(found->name);
      const std::size_t head = plus ? sizeof(fuse_direntplus) : sizeof(fuse_dirent);
      if (answer.size() + aligned(head + name.size()) > room) return 0;
      fuse_entry_out details{};
      if (plus && is_name(name)) {
        const Nodes::Found node = nodes_.look_up(request.header.nodeid, name);
        if (node.error == 0) details = entry(node);
      }
      if (plus) answer.add(&details, sizeof details);
      fuse_dirent line{};
      within.st_ino = found->number;
      line.ino = details.nodeid != 0 ? details.attr.ino : nodes_.number_of(within);
      line.off = static_cast<std::uint64_t>(found->next);
      line.namelen = static_cast<std::uint32_t>(name.size());
      line.type = found->type;
      answer.add(&line, offsetof(fuse_dirent, name));
      answer.add(name.data(), name.size());
      answer.pad();
      at += found->size;
    }
  }
}

int FileServer::release(const Request& request) {
  fuse_release_in wanted{};
  if (!request.read(wanted)) return -EINVAL;
  return files_.erase(wanted.fh) == 1 ? 0 : -EBADF;
}

int FileServer::statistics(const Request& request, Answer& answer) {
  const int path = nodes_.path_of(request.header.nodeid);
  if (path < 0) return path;
  struct statfs found = {};
  if (::fstatfs(path, &found) != 0) return -errno;
  fuse_statfs_out result{};
  result.st.blocks = found.f_blocks;
  result.st.bfree = found.f_bfree;
  result.st.bavail = found.f_bavail;
  result.st.files = found.f_files;
  result.st.ffree = found.f_ffree;
  result.st.bsize = static_cast<std::uint32_t>(found.f_bsize);
  result.st.namelen = static_cast<std::uint32_t>(found.f_namelen);
  result.st.frsize = static_cast<std::uint32_t>(found.f_frsize);
  return answer.add(result);
}

// What takes a path and not a descriptor is called from within the directory, by a name.

template <typename Call>
int FileServer::attributes_of(const Request& request, Answer& answer, Call call) {
  fuse_getxattr_in wanted{};
  if (!request.read(wanted)) return -EINVAL;
  const char* name = nullptr;
  const int directory = nodes_.directory_of(request.header.nodeid, name);
  if (directory < 0) return directory;
  if (::fchdir(directory) != 0) return -errno;
  const std::size_t room = std::min<std::size_t>(wanted.size, answer.left());
  if (wanted.size != 0 && room == 0) return -ERANGE;  // which the call takes as "how long is it?"
  const ssize_t size = call(name, reinterpret_cast<char*>(answer.next()), room);
  if (size < 0) return -errno;
  if (wanted.size != 0) {
    answer.advance(static_cast<std::size_t>(size));
    return 0;
  }
  fuse_getxattr_out result{};
  result.size = static_cast<std::uint32_t>(size);
  return answer.add(result);
}

int FileServer::get_attribute(const Request& request, Answer& answer) {
  const auto attribute = request.text(sizeof(fuse_getxattr_in));
  if (!attribute) return -EINVAL;
  return attributes_of(request, answer, [&](const char* name, char* bytes, std::size_t room) {
    return ::lgetxattr(name, attribute->c_str(), bytes, room);
  });
}

int FileServer::list_attributes(const Request& request, Answer& answer) {
  return attributes_of(request, answer, ::llistxattr);
}

int FileServer::seek(const Request& request, Answer& answer) {
  fuse_lseek_in wanted{};
  if (!request.read(wanted)) return -EINVAL;
  const int file = file_of(wanted.fh);
  if (file < 0) return file;
  if (wanted.whence != SEEK_DATA && wanted.whence != SEEK_HOLE) return -EINVAL;
  const off_t offset =
      ::lseek(file, static_cast<off_t>(wanted.offset), static_cast<int>(wanted.whence));
  if (offset < 0) return -errno;
  fuse_lseek_out result{};
  result.offset = static_cast<std::uint64_t>(offset);
  return answer.add(result);
}

int FileServer::forget(const Request& request) {
  fuse_forget_in wanted{};
  if (request.read(wanted)) nodes_.forget(request.header.nodeid, wanted.nlookup);
  return 0;
}

int FileServer::forget_many(const Request& request) {
  fuse_batch_forget_in wanted{};
  if (!request.read(wanted)) return 0;
  std::string_view rest = request.body.substr(sizeof wanted);
  for (std::uint32_t i = 0; i < wanted.count; ++i) {
    fuse_forget_one one{};
    if (rest.size() < sizeof one) return 0;
    std::memcpy(&one, rest.data(), sizeof one);
    rest.remove_prefix(sizeof one);
    nodes_.forget(one.nodeid, one.nlookup);
  }
  return 0;
}

int FileServer::file_of(std::uint64_t handle) const {
  const auto file = files_.find(handle);
  return file == files_.end() ? -EBADF : file->second.get();
}

fuse_attr FileServer::attributes(const struct stat& status) {
  fuse_attr result{};
  result.ino = nodes_.number_of(status);
  result.size = static_cast<std::uint64_t>(status.st_size);
  result.blocks = static_cast<std::uint64_t>(status.st_blocks);
  result.atime = static_cast<std::uint64_t>(status.st_atim.tv_sec);
  result.mtime = static_cast<std::uint64_t>(status.st_mtim.tv_sec);
  result.ctime = static_cast<std::uint64_t>(status.st_ctim.tv_sec);
  result.atimensec = static_cast<std::uint32_t>(status.st_atim.tv_nsec);
  result.mtimensec = static_cast<std::uint32_t>(status.st_mtim.tv_nsec);
  result.ctimensec = static_cast<std::uint32_t>(status.st_ctim.tv_nsec);
  result.mode = status.st_mode;
  result.nlink = static_cast<std::uint32_t>(status.st_nlink);
  result.uid = status.st_uid;
  result.gid = status.st_gid;
  result.rdev = static_cast<std::uint32_t>(status.st_rdev);
  result.blksize = static_cast<std::uint32_t>(status.st_blksize);
  return result;
}

fuse_entry_out FileServer::entry(const Nodes::Found& found) {
  fuse_entry_out result{};
  result.nodeid = found.id;
  result.entry_valid = kSecondsValid;
  result.attr_valid = kSecondsValid;
  result.attr = attributes(found.status);
  return result;
}

}  // namespace quiz::files
