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

bool is_foreign(const base::Architecture& architecture) {
  return !(architecture == base::host_architecture());
}

/// "s390x-linux-gnu-"; empty for the host's own.
std::string prefix_of(const base::Architecture& architecture) {
  return is_foreign(architecture) ? std::string(architecture.triplet) + "-" : std::string();
}

/// Debian's packages have the same name, with no underscore.
std::vector<Need> cross_needs(const base::Architecture& architecture) {
  return {{prefix_of(architecture) + "gcc", "gcc-" + std::string(architecture.compiler)},
          {prefix_of(architecture) + "ld", "binutils-" + std::string(architecture.compiler)}};
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

/// LLD learnt to link for s390x as late as in 19, and says so only when it is asked to.
void require_linker(const std::string& linker, const base::Architecture& architecture) {
  const auto said = run({linker, "-m", std::string(architecture.linker_emulation), "-v"});
  if (said.errors.find("unknown emulation") == std::string::npos) return;
  throw base::Error(fmt::format("this {} cannot link kernels for {}", linker, architecture.name),
                    "--llvm=19 or newer takes one that can; without --llvm it is built with GCC");
}

}  // namespace

void require_menu() {
  if (has_header("ncurses.h")) return;
  report_missing({"ncurses.h, which menuconfig is compiled with"}, {"libncurses-dev"});
}

std::string make_command(const base::Architecture& architecture) {
  if (!is_foreign(architecture)) return "make";
  return fmt::format("make ARCH={} CROSS_COMPILE={}", architecture.kernel_arch,
                     prefix_of(architecture));
}

Toolchain find_toolchain(const std::optional<std::string>& llvm,
                         const base::Architecture& architecture) {
  std::vector<Need> needs = common_needs();
  std::vector<Need> more;
  if (llvm) {
    more = llvm_needs(*llvm);
  } else if (is_foreign(architecture)) {
    more = cross_needs(architecture);
  }
  needs.insert(needs.end(), more.begin(), more.end());
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
  toolchain.architecture = architecture;
  const std::string prefix = prefix_of(architecture);
  const std::string suffix = llvm && !llvm->empty() ? "-" + *llvm : "";
  if (llvm) require_linker("ld.lld" + suffix, architecture);
  toolchain.compiler = llvm ? "clang" + suffix : prefix + "gcc";
  toolchain.strip = llvm ? "llvm-strip" + suffix : prefix + "strip";
  const std::string version = run({toolchain.compiler, "--version"}).output;
  toolchain.description = version.substr(0, version.find('\n'));
  toolchain.make_variables = {"ARCH=" + std::string(toolchain.architecture.kernel_arch)};
  if (!prefix.empty()) toolchain.make_variables.push_back("CROSS_COMPILE=" + prefix);
  if (llvm) toolchain.make_variables.push_back("LLVM=" + (suffix.empty() ? "1" : suffix));
  if (base::find_program("ccache")) {
    toolchain.make_variables.push_back("CC=ccache " + toolchain.compiler);
  }
  return toolchain;
}

}  // namespace quiz::kernel
