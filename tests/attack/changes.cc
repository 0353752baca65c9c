#include "changes.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <cstdio>

namespace quiz::attack {

namespace {

// 9P's own words.
constexpr std::uint32_t kWrite = 1;
constexpr std::uint32_t kTruncate = 0x10;
constexpr std::uint32_t kModeDirectory = 0x80000000;
constexpr std::uint32_t kModeSymlink = 0x02000000;
constexpr std::uint32_t kModeLink = 0x01000000;
constexpr std::uint32_t kModeDevice = 0x00800000;
constexpr std::uint32_t kModePipe = 0x00200000;
constexpr std::uint32_t kModeSocket = 0x00100000;
constexpr std::uint32_t kModeSetUser = 0x00080000;
constexpr std::uint32_t kSetMode = 1;
constexpr std::uint32_t kSetUser = 2;
constexpr std::uint32_t kSetGroup = 4;
constexpr std::uint32_t kSetSize = 8;
constexpr std::uint32_t kSetTimes = 0x10 | 0x20 | 0x80 | 0x100;
constexpr std::uint32_t kRemoveDirectory = 0x200;
constexpr std::uint32_t kKeep32 = ~0U;
constexpr std::uint64_t kKeep64 = ~std::uint64_t{0};

/// Twstat's: everything that stays as it is.
struct Stat {
  std::uint32_t mode = kKeep32;
  std::uint32_t mtime = kKeep32;
  std::uint64_t length = kKeep64;
  std::string name = {};
  std::uint32_t group = kKeep32;
};

void wstat(Client& client, const std::string& path, const Stat& wanted) {
  Writer stat;
  stat.u16(static_cast<std::uint16_t>(~0U)).u32(kKeep32);
  stat.u8(static_cast<std::uint8_t>(~0U)).u32(kKeep32).u64(kKeep64);
  stat.u32(wanted.mode).u32(kKeep32).u32(wanted.mtime).u64(wanted.length);
  stat.text(wanted.name).text("").text("").text("").text("");
  stat.u32(kKeep32).u32(wanted.group).u32(kKeep32);
  const auto size = static_cast<std::uint16_t>(stat.bytes().size());
  client.request(Type::wstat, Writer()
                                  .u32(client.walk(path))
                                  .u16(static_cast<std::uint16_t>(size + sizeof size))
                                  .u16(size)
                                  .raw(stat.bytes()));
}

void setattr(Client& client, const std::string& path, std::uint32_t valid, std::uint32_t mode,
             std::uint32_t owner, std::uint64_t size) {
  Writer payload;
  payload.u32(client.walk(path)).u32(valid).u32(mode).u32(owner).u32(owner).u64(size);
  payload.u64(1).u64(1).u64(1).u64(1);
  client.request(Type::setattr, payload);
}

/// Tcreate: makes files of all kinds, by the mode.
void create(Client& client, const std::string& directory, const std::string& name,
            std::uint32_t mode, const std::string& extension = "") {
  Writer payload;
  payload.u32(client.walk(directory)).text(name).u32(mode | 0644).u8(kWrite).text(extension);
  client.request(Type::create, payload);
}

void lcreate(Client& client, const std::string& directory, const std::string& name,
             std::uint32_t flags) {
  Writer payload;
  payload.u32(client.walk(directory)).text(name).u32(flags).u32(0644).u32(0);
  client.request(Type::lcreate, payload);
}

void mkdir(Client& client, const std::string& directory, const std::string& name) {
  client.request(Type::mkdir, Writer().u32(client.walk(directory)).text(name).u32(0755).u32(0));
}

void symlink(Client& client, const std::string& directory, const std::string& name) {
  client.request(Type::symlink,
                 Writer().u32(client.walk(directory)).text(name).text("/etc").u32(0));
}

void mknod(Client& client, const std::string& directory, const std::string& name,
           std::uint32_t mode) {
  constexpr std::uint32_t kMemoryDevices = 1;
  constexpr std::uint32_t kNull = 3;
  Writer payload;
  payload.u32(client.walk(directory)).text(name).u32(mode).u32(kMemoryDevices).u32(kNull).u32(0);
  client.request(Type::mknod, payload);
}

void link(Client& client, const std::string& file, const std::string& directory,
          const std::string& name) {
  client.request(Type::link,
                 Writer().u32(client.walk(directory)).u32(client.walk(file)).text(name));
}

void rename(Client& client, const std::string& file, const std::string& directory,
            const std::string& name) {
  client.request(Type::rename,
                 Writer().u32(client.walk(file)).u32(client.walk(directory)).text(name));
}

void renameat(Client& client, const std::string& directory, const std::string& name,
              const std::string& new_name) {
  const std::uint32_t file = client.walk(directory);
  client.request(Type::renameat, Writer().u32(file).text(name).u32(file).text(new_name));
}

void unlinkat(Client& client, const std::string& directory, const std::string& name,
              std::uint32_t flags) {
  client.request(Type::unlinkat, Writer().u32(client.walk(directory)).text(name).u32(flags));
}

void remove(Client& client, const std::string& path) {
  client.request(Type::remove, Writer().u32(client.walk(path)));
}

void set_attribute(Client& client, const std::string& path, const std::string& name,
                   const std::string& value, std::uint32_t flags) {
  const std::uint32_t file = client.walk(path);
  client.request(Type::xattrcreate, Writer().u32(file).text(name).u64(value.size()).u32(flags));
  if (!value.empty()) client.write(file, value);
  client.forget(file);  // only now it is set
}

/// With the right flags for the dialect.
void open_and_write(Client& client, const std::string& path, std::uint32_t flags_u,
                    std::uint32_t flags_l) {
  const std::uint32_t file = client.walk(path);
  client.open(file, client.dialect() == Dialect::u ? flags_u : flags_l);
  client.write(file, "changed");
}

void lock(Client& client, const std::string& path) {
  constexpr std::uint8_t kWriteLock = 1;
  const std::uint32_t file = client.walk(path);
  client.open(file, 0);
  client.request(Type::lock,
                 Writer().u32(file).u8(kWriteLock).u32(0).u64(0).u64(0).u32(1).text("attacker"));
}

const std::string kNul = std::string("file\0.txt", 9);

using Victims = const std::string&;

std::vector<Change> opening() {
  return {
      {"open-write", [](Client& c, Victims v) { open_and_write(c, v + "/file", 1, 1); }},
      {"open-both", [](Client& c, Victims v) { open_and_write(c, v + "/file", 2, 2); }},
      {"open-read-truncate",
       [](Client& c, Victims v) {
         c.open(c.walk(v + "/file"), c.dialect() == Dialect::u ? kTruncate : O_TRUNC);
       }},
      {"open-write-truncate",
       [](Client& c, Victims v) {
         c.open(c.walk(v + "/file"),
                c.dialect() == Dialect::u ? 1 | kTruncate : O_WRONLY | O_TRUNC);
       }},
      {"open-both-truncate",
       [](Client& c, Victims v) {
         c.open(c.walk(v + "/file"), c.dialect() == Dialect::u ? 2 | kTruncate : O_RDWR | O_TRUNC);
       }},
      {"open-append",
       [](Client& c, Victims v) { open_and_write(c, v + "/file", 0x81, O_WRONLY | O_APPEND); }},
      {"lopen-truncate",
       [](Client& c, Victims v) {
         c.request(Type::lopen, Writer().u32(c.walk(v + "/file")).u32(O_TRUNC));
       }},
      {"lopen-temporary",
       [](Client& c, Victims v) {
         c.request(Type::lopen, Writer().u32(c.walk(v + "/directory")).u32(O_TMPFILE | O_RDWR));
       }},
      {"write-to-read-only", [](Client& c, Victims v) { open_and_write(c, v + "/file", 0, 0); }},
      {"write-unopened", [](Client& c, Victims v) { c.write(c.walk(v + "/file"), "changed"); }},
      {"open-through-link",
       [](Client& c, Victims v) { open_and_write(c, v + "/link", kTruncate, O_TRUNC); }},
  };
}

std::vector<Change> making() {
  return {
      {"create", [](Client& c, Victims v) { create(c, v, "new", 0); }},
      {"create-over", [](Client& c, Victims v) { create(c, v, "file", 0); }},
      {"create-set-user", [](Client& c, Victims v) { create(c, v, "new", kModeSetUser | 0755); }},
      {"create-directory", [](Client& c, Victims v) { create(c, v, "new", kModeDirectory); }},
      {"create-symlink", [](Client& c, Victims v) { create(c, v, "new", kModeSymlink, "/etc"); }},
      {"create-link",
       [](Client& c, Victims v) {
         create(c, v, "new", kModeLink, std::to_string(c.walk(v + "/file")));
       }},
      {"create-device", [](Client& c, Victims v) { create(c, v, "new", kModeDevice, "c 1 3"); }},
      {"create-pipe", [](Client& c, Victims v) { create(c, v, "new", kModePipe); }},
      {"create-socket", [](Client& c, Victims v) { create(c, v, "new", kModeSocket); }},
      {"lcreate", [](Client& c, Victims v) { lcreate(c, v, "new", O_RDWR); }},
      {"lcreate-over", [](Client& c, Victims v) { lcreate(c, v, "file", O_RDWR | O_TRUNC); }},
      {"lcreate-read-only", [](Client& c, Victims v) { lcreate(c, v, "new", O_RDONLY); }},
      {"mkdir", [](Client& c, Victims v) { mkdir(c, v, "new"); }},
      {"symlink", [](Client& c, Victims v) { symlink(c, v, "new"); }},
      {"mknod-file", [](Client& c, Victims v) { mknod(c, v, "new", S_IFREG | 0644); }},
      {"mknod-set-user", [](Client& c, Victims v) { mknod(c, v, "new", S_IFREG | 06755); }},
      {"mknod-device", [](Client& c, Victims v) { mknod(c, v, "new", S_IFCHR | 0666); }},
      {"mknod-pipe", [](Client& c, Victims v) { mknod(c, v, "new", S_IFIFO | 0666); }},
      {"link", [](Client& c, Victims v) { link(c, v + "/file", v, "new"); }},
  };
}

std::vector<Change> naming() {
  return {
      {"rename", [](Client& c, Victims v) { rename(c, v + "/file", v + "/directory", "new"); }},
      {"renameat", [](Client& c, Victims v) { renameat(c, v, "file", "new"); }},
      {"renameat-over", [](Client& c, Victims v) { renameat(c, v, "link", "file"); }},
      {"wstat-rename", [](Client& c, Victims v) { wstat(c, v + "/file", {.name = "new"}); }},
      {"unlinkat", [](Client& c, Victims v) { unlinkat(c, v, "file", 0); }},
      {"unlinkat-directory",
       [](Client& c, Victims v) { unlinkat(c, v, "empty", kRemoveDirectory); }},
      {"remove", [](Client& c, Victims v) { remove(c, v + "/file"); }},
      {"remove-directory", [](Client& c, Victims v) { remove(c, v + "/empty"); }},
  };
}

/// What a file is beside its bytes.
std::vector<Change> describing() {
  return {
      {"wstat-mode", [](Client& c, Victims v) { wstat(c, v + "/file", {.mode = 0777}); }},
      {"wstat-set-user",
       [](Client& c, Victims v) { wstat(c, v + "/file", {.mode = kModeSetUser | 0755}); }},
      {"wstat-mtime", [](Client& c, Victims v) { wstat(c, v + "/file", {.mtime = 1}); }},
      {"wstat-truncate", [](Client& c, Victims v) { wstat(c, v + "/file", {.length = 0}); }},
      {"wstat-group", [](Client& c, Victims v) { wstat(c, v + "/file", {.group = 1}); }},
      {"setattr-mode", [](Client& c, Victims v) { setattr(c, v + "/file", kSetMode, 0777, 0, 0); }},
      {"setattr-set-user",
       [](Client& c, Victims v) { setattr(c, v + "/file", kSetMode, 06755, 0, 0); }},
      {"setattr-owner", [](Client& c, Victims v) { setattr(c, v + "/file", kSetUser, 0, 1, 0); }},
      {"setattr-group", [](Client& c, Victims v) { setattr(c, v + "/file", kSetGroup, 0, 1, 0); }},
      {"setattr-truncate",
       [](Client& c, Victims v) { setattr(c, v + "/file", kSetSize, 0, 0, 0); }},
      {"setattr-grow",
       [](Client& c, Victims v) { setattr(c, v + "/file", kSetSize, 0, 0, 1 << 20); }},
      {"setattr-times", [](Client& c, Victims v) { setattr(c, v + "/file", kSetTimes, 0, 0, 0); }},
      {"setattr-directory",
       [](Client& c, Victims v) { setattr(c, v + "/directory", kSetMode, 0700, 0, 0); }},
      {"xattr-new",
       [](Client& c, Victims v) { set_attribute(c, v + "/file", "user.new", "x", 0); }},
      {"xattr-over",
       [](Client& c, Victims v) { set_attribute(c, v + "/file", "user.victim", "x", 0); }},
      {"xattr-remove",
       [](Client& c, Victims v) { set_attribute(c, v + "/file", "user.victim", "", 0); }},
      {"xattr-capability",
       [](Client& c, Victims v) {
         set_attribute(c, v + "/file", "security.capability", std::string(20, '\0'), 0);
       }},
      {"xattr-acl",
       [](Client& c, Victims v) {
         set_attribute(c, v + "/file", "system.posix_acl_access", std::string(28, '\0'), 0);
       }},
      {"lock", [](Client& c, Victims v) { lock(c, v + "/file"); }},
  };
}

/// Names that lead elsewhere.
std::vector<Change> misleading() {
  return {
      {"name-mkdir-up", [](Client& c, Victims v) { mkdir(c, v + "/directory", "../new"); }},
      {"name-mkdir-down", [](Client& c, Victims v) { mkdir(c, v, "directory/new"); }},
      {"name-create-up", [](Client& c, Victims v) { create(c, v + "/directory", "../new", 0); }},
      {"name-lcreate-up",
       [](Client& c, Victims v) { lcreate(c, v + "/directory", "../new", O_RDWR); }},
      {"name-symlink-up", [](Client& c, Victims v) { symlink(c, v + "/directory", "../new"); }},
      {"name-mknod-up",
       [](Client& c, Victims v) { mknod(c, v + "/directory", "../new", S_IFREG | 0644); }},
      {"name-link-up",
       [](Client& c, Victims v) { link(c, v + "/file", v + "/directory", "../new"); }},
      {"name-rename-up",
       [](Client& c, Victims v) {
         rename(c, v + "/directory/inside", v + "/directory", "../new");
       }},
      {"name-renameat-up",
       [](Client& c, Victims v) { renameat(c, v + "/directory", "../file", "../new"); }},
      {"name-unlinkat-up",
       [](Client& c, Victims v) { unlinkat(c, v + "/directory", "../file", 0); }},
      {"name-unlinkat-nul", [](Client& c, Victims v) { unlinkat(c, v, kNul, 0); }},
      {"name-mkdir-nul", [](Client& c, Victims v) { mkdir(c, v, std::string("new\0new", 7)); }},
      {"name-wstat-up",
       [](Client& c, Victims v) { wstat(c, v + "/directory/inside", {.name = "../new"}); }},
      {"name-mkdir-empty", [](Client& c, Victims v) { mkdir(c, v, ""); }},
      {"name-unlinkat-dots",
       [](Client& c, Victims v) { unlinkat(c, v + "/empty", "..", kRemoveDirectory); }},
      {"name-walk-nul",
       [](Client& c, Victims v) {
         auto names = Client::split(v);
         names.push_back(kNul);
         c.open(c.walk(names), c.dialect() == Dialect::u ? kTruncate : O_TRUNC);
       }},
      {"name-walk-slash",
       [](Client& c, Victims v) {
         auto names = Client::split(v);
         names.emplace_back("directory/inside");
         c.open(c.walk(names), c.dialect() == Dialect::u ? kTruncate : O_TRUNC);
       }},
  };
}

}  // namespace

const std::vector<Change>& changes() {
  static const std::vector<Change> all = [] {
    std::vector<Change> gathered;
    for (const auto& group : {opening(), making(), naming(), describing(), misleading()}) {
      gathered.insert(gathered.end(), group.begin(), group.end());
    }
    return gathered;
  }();
  return all;
}

std::string try_open_modes(Client& client, const std::string& victims) {
  // Topen has a byte in 9P2000.u; of Linux' flags those that have to do with writing.
  constexpr std::array<std::uint32_t, 7> kFlags = {O_WRONLY, O_RDWR,      O_CREAT,  O_TRUNC,
                                                   O_APPEND, O_DIRECTORY, O_TMPFILE};
  const bool bytes = client.dialect() == Dialect::u;
  const std::uint32_t count = bytes ? 0x100 : 1U << kFlags.size();
  std::string taken;
  for (std::uint32_t number = 0; number < count; ++number) {
    std::uint32_t mode = bytes ? number : 0;
    for (std::size_t bit = 0; !bytes && bit < kFlags.size(); ++bit) {
      if ((number >> bit & 1) != 0) mode |= kFlags[bit];
    }
    const std::uint32_t file = client.walk(victims + "/file");
    try {
      client.open(file, mode);
      std::array<char, 16> text{};
      std::snprintf(text.data(), text.size(), " %x", mode);
      taken += text.data();
      client.write(file, "changed");
      taken += "(written)";
    } catch (const Refused&) {  // as it should be
    }
    client.forget(file);
  }
  return taken;
}

}  // namespace quiz::attack
