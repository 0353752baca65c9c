#include "openzfs/needs.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "base/child.h"
#include "base/error.h"

namespace quiz::openzfs {

namespace {

struct Need {
  const char* name;
  const char* package;
};

constexpr Need kPrograms[] = {{"make", "make"},   {"awk", "mawk"},
                              {"file", "file"},   {"python3", "python3"},
                              {"depmod", "kmod"}, {"pkg-config", "pkg-config"}};
constexpr Need kCompiler[] = {{"gcc", "gcc"}, {"ld", "binutils"}};
constexpr Need kAutotools[] = {
    {"autoreconf", "autoconf"}, {"automake", "automake"}, {"libtoolize", "libtool"}};
constexpr Need kHeaders[] = {{"zlib.h", "zlib1g-dev"},          {"uuid/uuid.h", "uuid-dev"},
                             {"blkid/blkid.h", "libblkid-dev"}, {"openssl/evp.h", "libssl-dev"},
                             {"libudev.h", "libudev-dev"},      {"libaio.h", "libaio-dev"},
                             {"rpc/xdr.h", "libtirpc-dev"},     {"gelf.h", "libelf-dev"}};

bool has_header(const char* header) {
  base::SpawnOptions options;
  options.arguments = {"gcc", "-E",       "-I/usr/include/tirpc", "-include", header, "-x",
                       "c",   "/dev/null"};
  options.inherit_stderr = false;
  return base::run_and_capture(std::move(options)).status.success();
}

void add(Missing& missing, const Need& need) {
  missing.things.emplace_back(need.name);
  if (std::find(missing.packages.begin(), missing.packages.end(), need.package) ==
      missing.packages.end()) {
    missing.packages.emplace_back(need.package);
  }
}

}  // namespace

std::optional<std::string> find_system_program(const std::string& name) {
  if (auto path = base::find_program(name)) return path;
  for (const char* directory : {"/usr/sbin/", "/sbin/"}) {
    if (::access((directory + name).c_str(), X_OK) == 0) return directory + name;
  }
  return std::nullopt;
}

std::string Missing::remedy() const {
  return fmt::format("apt install {}", fmt::join(packages, " "));
}

Missing missing_needs(bool autotools, const base::Architecture& architecture) {
  Missing missing;
  const auto need_programs = [&](const auto& needs) {
    for (const Need& need : needs) {
      if (!find_system_program(need.name)) add(missing, need);
    }
  };
  need_programs(kPrograms);
  if (autotools) need_programs(kAutotools);
  if (!(architecture == base::host_architecture())) {
    const std::string program = fmt::format("{}-gcc", architecture.triplet);
    const std::string package = fmt::format("gcc-{}", architecture.compiler);
    if (!base::find_program(program)) add(missing, {program.c_str(), package.c_str()});
    return missing;
  }
  need_programs(kCompiler);
  const bool compiler = static_cast<bool>(base::find_program("gcc"));
  for (const Need& need : kHeaders) {
    if (!compiler || !has_header(need.name)) add(missing, need);
  }
  return missing;
}

std::vector<std::string> header_packages() {
  std::vector<std::string> packages = {"libc6-dev"};
  for (const Need& need : kHeaders) packages.emplace_back(need.package);
  return packages;
}

const std::vector<std::vector<std::string>>& runtime_packages() {
  static const std::vector<std::vector<std::string>> packages = {{"udev"},
                                                                 {"kmod"},
                                                                 {"zlib1g"},
                                                                 {"libuuid1"},
                                                                 {"libblkid1"},
                                                                 {"libssl3t64", "libssl3"},
                                                                 {"libudev1"},
                                                                 {"libaio1t64", "libaio1"},
                                                                 {"libtirpc3t64", "libtirpc3"},
                                                                 {"libelf1t64", "libelf1"}};
  return packages;
}

void require_needs(bool autotools, const base::Architecture& architecture) {
  const Missing missing = missing_needs(autotools, architecture);
  if (missing.none()) return;
  throw base::Error(fmt::format("OpenZFS cannot be built here: there is no {}",
                                fmt::join(missing.things, ", no ")),
                    missing.remedy());
}

}  // namespace quiz::openzfs
