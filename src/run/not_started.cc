#include "run/not_started.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>

#include "base/below.h"
#include "base/lines.h"
#include "root/sharing.h"
#include "run/caller_program.h"
#include "run/program_architecture.h"

namespace quiz::run {

namespace fs = std::filesystem;

namespace {

constexpr char kReading[] = "and a machine gets the host's files by reading them";

/// What the caller's word would run on the host; empty: nothing.
fs::path file_on_host(const Request& request) {
  const std::string& word = request.words.front();
  if (word.find('/') != std::string::npos) return fs::path(request.directory) / word;
  const char* const path = std::getenv("PATH");
  return find_in_path(word, {std::string("PATH=") + (path != nullptr ? path : "")});
}

/// What the first line of a script names; empty: it is none, or cannot be read.
std::string interpreter_of(const fs::path& file) {
  constexpr std::size_t kLongest = 255;  // BINPRM_BUF_SIZE of Linux
  std::string line(kLongest, '\0');
  std::ifstream stream(file, std::ios::binary);
  stream.read(line.data(), static_cast<std::streamsize>(line.size()));
  line.resize(static_cast<std::size_t>(std::max<std::streamsize>(stream.gcount(), 0)));
  if (!line.starts_with("#!")) return {};
  const auto words = base::words_of(line.substr(2, line.find('\n') - 2));
  return words.empty() ? std::string() : words.front();
}

bool may(const fs::path& path, int what) { return ::access(path.c_str(), what) == 0; }

unsigned mode_of(const fs::path& path) {
  struct stat status = {};
  return ::stat(path.c_str(), &status) == 0 ? status.st_mode & 07777 : 0;
}

/// The first directory on the way that may be entered only.
std::optional<fs::path> shut_directory(const fs::path& file) {
  fs::path here;
  for (const fs::path& part : file.parent_path()) {
    here /= part;
    if (may(here, X_OK) && !may(here, R_OK)) return here;
  }
  return std::nullopt;
}

/// Of a file that the machine does not have.
std::string why_absent(const Request& request, const fs::path& file, const std::string& what) {
  std::error_code error;
  const fs::path real = fs::canonical(file, error);
  if (error) return {};
  const auto lies_below = [&](const std::vector<fs::path>& directories) {
    return std::any_of(directories.begin(), directories.end(),
                       [&](const fs::path& other) { return base::is_below(real, other); });
  };
  const bool shared =
      root::needs_own_share(request.directory) && base::is_below(real, request.directory);
  if (lies_below(root::hidden_directories()) && !shared) {
    return fmt::format(
        "{} is on this host only: the machine has /dev, /proc, /run and /sys of its own; copy it "
        "elsewhere, or run the program in the directory where it lies (-C)",
        what);
  }
  if (lies_below(request.hidden)) {
    return what + " is hidden from the machine: see --hide and --hide-secrets";
  }
  return {};
}

/// Of a file that the machine may not run.
std::string why_denied(const fs::path& file, const std::string& what) {
  std::error_code error;
  if (fs::is_directory(file, error)) return what + " is a directory";
  if (const auto directory = shut_directory(file)) {
    return fmt::format("this host lets you enter {} but not read it (mode {:04o}), {}: chmod +r it",
                       directory->string(), mode_of(*directory), kReading);
  }
  if (!fs::is_regular_file(file, error)) return {};
  if (!may(file, X_OK)) {
    return fmt::format("{} is not executable (mode {:04o}): chmod +x it", what, mode_of(file));
  }
  if (may(file, R_OK)) return {};
  return fmt::format(
      "this host lets you run {} but not read it (mode {:04o}), {}: chmod +r it, or run quiz as a "
      "user who may read it",
      what, mode_of(file), kReading);
}

/// Of a file that is no program for the machine.
std::string why_no_program(const Request& request, const fs::path& file, const std::string& what) {
  const auto architecture = architecture_of_file(file);
  if (!architecture || *architecture == request.architecture) return {};
  return fmt::format("{} is a program for {}: quiz -a {}", what, architecture->name,
                     architecture->name);
}

}  // namespace

std::string why_not_entered(const Request& request) {
  if (request.base.kind != root::BaseKind::host) return {};
  const auto directory = shut_directory(fs::path(request.directory) / ".");
  if (!directory) return {};
  return fmt::format(
      "this host lets you enter {} but not list it (mode {:04o}), which QEMU's file server passes "
      "only where there are user namespaces (quiz doctor): chmod +r it, or work elsewhere",
      directory->string(), mode_of(*directory));
}

std::string why_not_started(const Request& request, int error_number) {
  if (request.base.kind != root::BaseKind::host || request.words.empty()) return {};
  const fs::path file = file_on_host(request);
  if (file.empty()) return {};
  if (error_number == ENOEXEC) return why_no_program(request, file, file.string());
  const auto why = [&](const fs::path& path, const std::string& what) {
    return error_number == EACCES ? why_denied(path, what) : why_absent(request, path, what);
  };
  if (error_number != EACCES && error_number != ENOENT && error_number != ENOTDIR) return {};
  if (std::string reason = why(file, file.string()); !reason.empty()) return reason;
  const std::string interpreter = interpreter_of(file);
  if (interpreter.empty()) return {};
  const fs::path path = fs::path(request.directory) / interpreter;
  const std::string what = "its interpreter, " + interpreter + ",";
  if (error_number != EACCES && !may(path, F_OK)) return what + " is not there";
  return why(path, what);
}

}  // namespace quiz::run
