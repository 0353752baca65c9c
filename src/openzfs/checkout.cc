#include "openzfs/checkout.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/beneath_files.h"
#include "base/child.h"
#include "base/error.h"
#include "base/files.h"
#include "base/sha256.h"
#include "config/trust.h"

namespace quiz::openzfs {

namespace {

constexpr const char* kIgnored = "/.quiz/";

std::optional<Checkout> checkout_at(const fs::path& directory) {
  std::error_code error;
  if (!fs::is_directory(directory / "module" / "zfs", error)) return std::nullopt;
  // It is looked for in directories of others, too: nothing there may hold quiz up.
  constexpr std::size_t kMostMeta = 65536;
  const base::Fd opened(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  std::optional<base::Content> meta;
  try {
    if (opened) meta = base::read_beneath(opened.get(), "META", kMostMeta);
  } catch (const base::Error&) {  // one that cannot be read is not the caller's
  }
  if (!meta) return std::nullopt;
  Checkout checkout{directory, parse_meta(meta->text)};
  if (checkout.meta.name != "zfs" || checkout.meta.version.empty()) return std::nullopt;
  return checkout;
}

/// Empty where this is no git repository, or there is no git.
fs::path exclude_file(const fs::path& directory) {
  if (!fs::exists(directory / ".git") || !base::find_program("git")) return {};
  base::SpawnOptions options;
  options.arguments = {"git", "-C", directory.string(), "rev-parse", "--git-path", "info/exclude"};
  options.inherit_stderr = false;
  const base::Captured answer = base::run_and_capture(std::move(options));
  if (!answer.status.success() || answer.output.empty()) return {};
  return directory / answer.output.substr(0, answer.output.find('\n'));
}

/// What speaks against writing beneath this .quiz.
std::string distrust_quiz(const fs::path& path, const struct stat& status) {
  if (S_ISLNK(status.st_mode)) return path.string() + " is a symbolic link";
  std::string reason = config::distrust(status);
  if (reason.empty() && status.st_uid != ::geteuid()) reason = "it belongs to root, not to you";
  return reason.empty() ? reason : fmt::format("{}: {}", path.string(), reason);
}

bool has_line(const std::string& text, const std::string& line) {
  return ("\n" + text + "\n").find("\n" + line + "\n") != std::string::npos;
}

}  // namespace

fs::path Checkout::kernel_build(const std::string& kernel) const {
  // A path would lead out of here, and what is there would be taken for an old build and removed.
  constexpr std::size_t kEnough = 12;
  const bool is_plain = kernel.find('/') == std::string::npos && !kernel.starts_with('.') &&
                        quiz() / "build" / kernel != user_build();
  return quiz() / "build" / (is_plain ? kernel : "tree-" + base::sha256(kernel).substr(0, kEnough));
}

std::optional<Checkout> try_find_checkout(const fs::path& directory) {
  for (fs::path candidate = directory;; candidate = candidate.parent_path()) {
    if (auto checkout = checkout_at(candidate)) return checkout;
    if (candidate == candidate.parent_path()) return std::nullopt;
  }
}

Checkout find_checkout(const fs::path& directory) {
  auto checkout = try_find_checkout(directory);
  if (!checkout) {
    throw base::Error(directory.string() + " is not in an OpenZFS checkout",
                      "run it in a directory with OpenZFS's sources: git clone "
                      "https://github.com/openzfs/zfs, or apt source zfs-linux");
  }
  for (const char* trace : {"config.status", "zfs_config.h"}) {
    if (fs::exists(checkout->directory / trace)) {
      throw base::Error(
          checkout->directory.string() + " was configured in place (" + trace + " is there)",
          "quiz builds in .quiz/build, which a tree like that does not allow: make distclean "
          "there first");
    }
  }
  if (const std::string reason = distrust_checkout(*checkout); !reason.empty()) {
    throw base::Error("quiz does not write into this checkout: " + reason,
                      "run quiz as its owner, or make it yours alone (chown -R, chmod go-w)");
  }
  return *checkout;
}

std::string distrust_checkout(const Checkout& checkout) {
  if (std::string reason = config::distrust_directory(checkout.directory); !reason.empty()) {
    return fmt::format("{}: {}", checkout.directory.string(), reason);
  }
  struct stat status = {};
  if (::lstat(checkout.quiz().c_str(), &status) != 0) return {};
  return distrust_quiz(checkout.quiz(), status);
}

base::Fd open_quiz_directory(const Checkout& checkout) {
  base::Fd directory(
      ::open(checkout.quiz().c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!directory) throw base::SystemError("cannot open " + checkout.quiz().string());
  struct stat status = {};
  if (::fstat(directory.get(), &status) != 0) {
    throw base::SystemError("cannot examine " + checkout.quiz().string());
  }
  if (const std::string reason = distrust_quiz(checkout.quiz(), status); !reason.empty()) {
    throw base::Error(reason);
  }
  return directory;
}

void prepare_checkout(const Checkout& checkout) {
  base::make_directories(checkout.quiz());
  const fs::path file = exclude_file(checkout.directory);
  if (file.empty()) return;
  std::string text = base::read_file_if_exists(file).value_or("");
  if (has_line(text, kIgnored)) return;
  if (!text.empty() && text.back() != '\n') text += '\n';
  base::make_directories(file.parent_path());
  base::write_file_atomically(file, text + kIgnored + "\n");
}

}  // namespace quiz::openzfs
