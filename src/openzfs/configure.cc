#include "openzfs/configure.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/child.h"
#include "base/error.h"
#include "base/lines.h"

namespace quiz::openzfs {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kMostLines = 25;

std::string_view without_decoration(std::string_view line) {
  const std::size_t begin = line.find_first_not_of(" \t*");
  return begin == std::string_view::npos ? std::string_view() : line.substr(begin);
}

/// "configure:5123: checking for gcc" is where a check begins.
bool begins_check(std::string_view line) {
  return line.starts_with("configure:") && line.find(": checking ") != std::string_view::npos;
}

bool is_error(std::string_view line) {
  return line.starts_with("configure:") && line.find(": error: ") != std::string_view::npos;
}

}  // namespace

std::string find_library_directory(const Target& target) {
  if (target.is_foreign()) return "/usr/lib/" + std::string(target.architecture.triplet);
  base::SpawnOptions options;
  options.arguments = {"gcc", "-print-multiarch"};
  options.inherit_stderr = false;
  const base::Captured answer = base::run_and_capture(std::move(options));
  const std::string multiarch = answer.output.substr(0, answer.output.find('\n'));
  std::error_code error;
  if (answer.status.success() && !multiarch.empty()) {
    const std::string directory = "/usr/lib/" + multiarch;
    if (fs::is_directory(directory, error)) return directory;
  }
  return fs::is_directory("/usr/lib64", error) && !fs::is_symlink("/usr/lib64", error)
             ? "/usr/lib64"
             : "/usr/lib";
}

std::vector<std::string> cross_options(const Target& target) {
  if (!target.is_foreign()) return {};
  const std::string sysroot = target.sysroot.string();
  const std::string libraries = sysroot + find_library_directory(target);
  // Without both -B and -L the linker takes the cross compiler's own libc.so, which is a script
  // with the paths of this machine.
  return {fmt::format("--build={}", base::host_architecture().triplet),
          fmt::format("--host={}", target.architecture.triplet),
          fmt::format("CC={}gcc --sysroot={} -B{} -L{}", target.cross_prefix(), sysroot, libraries,
                      libraries),
          fmt::format("PKG_CONFIG_LIBDIR={}/pkgconfig:{}/usr/share/pkgconfig", libraries, sysroot),
          "PKG_CONFIG_SYSROOT_DIR=" + sysroot};
}

std::vector<std::string> user_options(const std::string& library_directory) {
  return {"--with-config=user",
          "--prefix=/usr",
          "--sbindir=/usr/sbin",
          "--libdir=" + library_directory,
          "--libexecdir=/usr/libexec",
          "--sysconfdir=/etc",
          "--localstatedir=/var",
          "--with-mounthelperdir=/usr/sbin",
          "--with-udevdir=/usr/lib/udev",
          "--with-udevruledir=/usr/lib/udev/rules.d",
          "--disable-static",
          "--disable-sysvinit",
          "--disable-systemd",
          "--disable-pam",
          "--disable-pyzfs"};
}

std::vector<std::string> kernel_options(const Target& target, bool experimental) {
  std::vector<std::string> options = {
      "--with-config=kernel", "--prefix=/usr", "--with-linux=" + target.source.string(),
      "--with-linux-obj=" + target.object.string(), "--disable-pyzfs"};
  if (experimental) options.emplace_back("--enable-linux-experimental");
  if (target.llvm) options.push_back("KERNEL_LLVM=" + (target.llvm->empty() ? "1" : *target.llvm));
  if (target.is_foreign()) {
    options.push_back(fmt::format("KERNEL_ARCH={}", target.architecture.kernel_arch));
    options.push_back("KERNEL_CROSS_COMPILE=" + target.cross_prefix());
    // Debian's trees name the version that they were compiled with, which need not be here.
    options.push_back("KERNEL_CC=" + target.cross_prefix() + "gcc");
  }
  return options;
}

void check_arguments(const std::vector<std::string>& arguments) {
  constexpr std::pair<const char*, const char*> kTaken[] = {
      {"--with-linux", "-k KERNEL chooses it"},
      {"--with-config", "quiz builds both parts, each in a directory of its own"},
      {"--prefix", "the guest finds it below /usr"},
      {"--host", "quiz -a ARCHITECTURE openzfs chooses it"},
      {"--build", "quiz -a ARCHITECTURE openzfs chooses it"},
      {"--exec-prefix", "the guest finds it below /usr"},
      {"--libdir", "the guest's linker finds it where quiz puts it"},
      {"--sbindir", "the guest finds it below /usr"},
      {"--bindir", "the guest finds it below /usr"},
      {"--with-mounthelperdir", "the guest finds it below /usr"},
      {"--with-udev", "the guest finds it below /usr"},
      {"DESTDIR", "quiz installs into .quiz/system"},
      {"INSTALL_MOD_PATH", "quiz installs into .quiz/system"},
  };
  for (const std::string& argument : arguments) {
    for (const auto& [taken, reason] : kTaken) {
      if (argument.starts_with(taken)) {
        throw base::Error(argument + " is quiz's to set", std::string(reason) + ": leave it out");
      }
    }
  }
}

std::string explain_failure(std::string_view config_log, std::string_view output) {
  auto lines = base::lines_of(config_log);
  const auto error = std::find_if(lines.begin(), lines.end(), is_error);
  if (error == lines.end()) {
    lines = base::lines_of(output);
  } else {
    // The error's own lines follow it, up to the dump of the cache variables.
    auto end = std::find_if(error, lines.end(),
                            [](std::string_view line) { return line.starts_with("## ----"); });
    auto begin = error;
    while (begin != lines.begin() && !begins_check(*begin)) --begin;
    lines = {begin, end};
  }
  while (!lines.empty() && without_decoration(lines.back()).empty()) lines.pop_back();
  std::string text;
  const std::size_t skipped = lines.size() > kMostLines ? lines.size() - kMostLines : 0;
  for (std::size_t i = skipped; i < lines.size(); ++i) {
    text += (text.empty() ? "" : "\n") + lines[i];
  }
  return text;
}

std::string configure_error(std::string_view output) {
  const auto lines = base::lines_of(output);
  auto line = std::find_if(lines.begin(), lines.end(), [](std::string_view candidate) {
    return candidate.starts_with("configure: error:");
  });
  if (line == lines.end()) return {};
  std::string text(without_decoration(line->substr(std::string_view("configure: error:").size())));
  for (++line; line != lines.end() && line->find("***") != std::string_view::npos; ++line) {
    const std::string_view more = without_decoration(*line);
    if (!more.empty()) text += (text.empty() ? "" : " ") + std::string(more);
  }
  return text;
}

}  // namespace quiz::openzfs
