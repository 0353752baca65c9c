#include "qemu/warm_seal.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/beneath.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/files.h"
#include "base/ownership.h"
#include "base/sha256.h"

namespace quiz::qemu {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kKeySize = 32;

base::Fd open_directory(const fs::path& path) {
  return base::Fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

std::string random_key() {
  std::string bytes(kKeySize, '\0');
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    throw base::SystemError("no random key for images of machines");
  }
  return bytes;
}

/// Where there are no hard links, two quizzes at once may each make a key, and the last one counts.
bool put_in_place(int directory, const std::string& temporary, const std::string& name) {
  if (::linkat(directory, temporary.c_str(), directory, name.c_str(), 0) == 0 || errno == EEXIST) {
    ::unlinkat(directory, temporary.c_str(), 0);
    return true;
  }
  return ::renameat(directory, temporary.c_str(), directory, name.c_str()) == 0;
}

}  // namespace

struct WarmSeal::Key {
  std::string bytes;
  std::string fault;
};

WarmSeal::Key WarmSeal::read() const {
  const auto bad = [](const std::string& fault) {
    return Key{{}, "the key of the images " + fault};
  };
  const base::Fd directory = open_directory(key_.parent_path());
  const base::Fd file = directory ? base::open_beneath_quietly(directory.get(), key_.filename(),
                                                               O_RDONLY | O_NONBLOCK)
                                  : base::Fd();
  if (!file) {
    return bad(errno == ENOENT  ? "is missing"
               : errno == ELOOP ? "is a symbolic link"
                                : "cannot be read");
  }
  if (const std::string fault = base::why_not_private(file.get()); !fault.empty()) {
    return bad(fault);
  }
  // One byte more than there should be would be seen. Of a directory nothing can be read.
  char bytes[kKeySize + 1];
  if (::read(file.get(), bytes, sizeof bytes) != kKeySize) return bad("is damaged");
  return {{bytes, kKeySize}, {}};
}

void WarmSeal::make() const {
  base::make_private_directories(key_.parent_path());
  const base::Fd directory = open_directory(key_.parent_path());
  struct stat status = {};
  if (!directory || ::fstat(directory.get(), &status) != 0) {
    throw base::SystemError("cannot open " + key_.parent_path().string());
  }
  if (status.st_uid != ::geteuid()) {
    throw base::Error(key_.parent_path().string() + " belongs to another user");
  }
  const std::string name = key_.filename().string();
  const std::string temporary = fmt::format("{}.{}", name, ::getpid());
  ::unlinkat(directory.get(), temporary.c_str(), 0);
  try {
    const base::Fd file =
        base::open_beneath(directory.get(), temporary, O_WRONLY | O_CREAT | O_EXCL, 0600);
    base::write_all(file.get(), random_key(), key_.string());
    // After a crash of the host it must not be there with zeros in it, which anybody can guess.
    if (::fsync(file.get()) != 0) throw base::SystemError("cannot write " + key_.string());
    if (!read().fault.empty()) ::unlinkat(directory.get(), name.c_str(), 0);
    if (!put_in_place(directory.get(), temporary, name)) {
      throw base::SystemError("cannot write " + key_.string());
    }
  } catch (...) {
    ::unlinkat(directory.get(), temporary.c_str(), 0);
    throw;
  }
}

std::string WarmSeal::fault() const { return read().fault; }

void WarmSeal::prepare() const {
  if (read().fault.empty()) return;
  make();
  if (const std::string fault = read().fault; !fault.empty()) throw base::Error(fault);
}

std::string WarmSeal::sealed(const std::string& text) const {
  const Key key = read();
  if (!key.fault.empty()) throw base::Error(key.fault);
  return base::hmac_sha256(key.bytes, text) + "\n" + text;
}

std::optional<std::string> WarmSeal::unsealed(const std::string& text) const {
  const Key key = read();
  const std::size_t end = text.find('\n');
  if (!key.fault.empty() || end == std::string::npos) return std::nullopt;
  std::string rest = text.substr(end + 1);
  if (!base::same_digest(base::hmac_sha256(key.bytes, rest), text.substr(0, end))) {
    return std::nullopt;
  }
  return rest;
}

}  // namespace quiz::qemu
