#include "kernel/toolchain.h"

#include <fmt/format.h>

#include "base/child.h"
#include "base/error.h"

namespace quiz::kernel {

namespace {

struct Need {
  std::string program;
  std::string package;
};

/// What the build of a kernel calls, beside its compiler.
const std::vector<Need>& common_needs() {
  static const std::vector<Need> needs = {
      {"make", "make"}, {"flex", "flex"}, {"bison", "bison"}, {"bc", "bc"},
      {"perl", "perl"}, {"gcc", "gcc"},   {"ld", "binutils"}, {"strip", "binutils"}};
  return needs;
}

std::vector<Need> llvm_needs(const std::string& version) {
  const std::string suffix = version.empty() ? "" : "-" + version;
  return {{"clang" + suffix, "clang" + suffix},
          {"ld.lld" + suffix, "lld" + suffix},
          {"llvm-ar" + suffix, "llvm" + suffix},
          {"llvm-strip" + suffix, "llvm" + suffix}};
}

base::Captured run(std::vector<std::string> arguments) {
  base::SpawnOptions options;
  options.arguments = std::move(arguments);
  return base::run_and_capture(std::move(options));
}

/// Whether the host's compiler finds the header, as objtool's build will.
bool has_header(const std::string& header) {
  return run({"gcc", "-fsyntax-only", "-include", header, "-x", "c", "/dev/null"}).status.success();
}

void add_once(std::vector<std::string>& list, const std::string& item) {
  for (const std::string& present : list) {
    if (present == item) return;
  }
  list.push_back(item);
}

[[noreturn]] void report_missing(const std::vector<std::string>& missing,
                                 const std::vector<std::string>& packages) {
  throw base::Error(
      fmt::format("kernels cannot be built here: there is no {}", fmt::join(missing, ", no ")),
      fmt::format("apt install {}", fmt::join(packages, " ")));
}

}  // namespace

void require_menu() {
  if (has_header("ncurses.h")) return;
  report_missing({"ncurses.h, which menuconfig is compiled with"}, {"libncurses-dev"});
}

Toolchain find_toolchain(const std::optional<std::string>& llvm) {
  std::vector<Need> needs = common_needs();
  if (llvm) {
    const auto more = llvm_needs(*llvm);
    needs.insert(needs.end(), more.begin(), more.end());
  }
  std::vector<std::string> missing;
  std::vector<std::string> packages;
  for (const Need& need : needs) {
    if (base::find_program(need.program)) continue;
    add_once(missing, need.program);
    add_once(packages, need.package);
  }
  if (base::find_program("gcc")) {
    for (const Need& header : {Need{"gelf.h", "libelf-dev"}, Need{"stdio.h", "libc6-dev"}}) {
      if (has_header(header.program)) continue;
      missing.push_back(header.program);
      packages.push_back(header.package);
    }
  }
  if (!missing.empty()) report_missing(missing, packages);

  Toolchain toolchain;
  const std::string suffix = llvm && !llvm->empty() ? "-" + *llvm : "";
  toolchain.compiler = llvm ? "clang" + suffix : "gcc";
  toolchain.strip = llvm ? "llvm-strip" + suffix : "strip";
  const std::string version = run({toolchain.compiler, "--version"}).output;
  toolchain.description = version.substr(0, version.find('\n'));
  toolchain.make_variables = {"ARCH=" + std::string(toolchain.architecture.kernel_arch)};
  if (llvm) toolchain.make_variables.push_back("LLVM=" + (suffix.empty() ? "1" : suffix));
  if (base::find_program("ccache")) {
    toolchain.make_variables.push_back("CC=ccache " + toolchain.compiler);
  }
  return toolchain;
}

}  // namespace quiz::kernel
