#include "openzfs/build.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "base/error.h"
#include "config/values.h"
#include "openzfs/configure.h"
#include "openzfs/module_index.h"
#include "openzfs/needs.h"
#include "openzfs/source_links.h"

namespace quiz::openzfs {

namespace {

// Before anything was built; a full build then tells the real number.
constexpr std::size_t kUsualPrograms = 480;
constexpr std::size_t kUsualModules = 340;

base::FileLock lock_checkout(const Checkout& checkout, base::Reporter& reporter) {
  prepare_checkout(checkout);
  if (auto lock = base::FileLock::try_acquire(checkout.lock())) return std::move(*lock);
  reporter.step("waiting for another quiz openzfs in " + checkout.directory.string());
  auto lock = base::FileLock::acquire(checkout.lock());
  reporter.step("");
  return lock;
}

std::string programs_name(const Target& target) {
  const std::string name = "programs and libraries";
  return target.is_foreign() ? fmt::format("{} for {}", name, target.architecture.name) : name;
}

bool needs_autogen(const Checkout& checkout) {
  const fs::path script = checkout.directory / "configure";
  if (!fs::exists(script)) return true;
  const auto made = fs::last_write_time(script);
  // A tarball's files may all be of the same second.
  const auto is_newer = [&](const fs::path& file) {
    std::error_code error;
    const auto changed = fs::last_write_time(file, error);
    return !error && changed > made + std::chrono::seconds(1);
  };
  if (!fs::exists(checkout.directory / "autogen.sh")) return false;
  if (is_newer(checkout.directory / "configure.ac")) return true;
  // A release's META is newer than its configure, and yet it was made from it.
  if (is_newer(checkout.directory / "META") &&
      base::read_file(script).find("PACKAGE_VERSION='" + checkout.meta.version + "'") ==
          std::string::npos) {
    return true;
  }
  std::error_code error;
  for (const auto& item : fs::directory_iterator(checkout.directory / "config", error)) {
    const std::string extension = item.path().extension().string();
    // libtoolize and autopoint write m4 files of their own just before configure is made.
    if (extension == ".m4" && is_newer(item.path())) return true;
  }
  return false;
}

fs::path arguments_file(const Checkout& checkout) {
  return checkout.quiz() / base::name_for("configure.arguments", checkout.architecture);
}

/// For make, where an installation strips and links anew.
std::vector<std::string> with_cross_prefix(std::vector<std::string> words, const Target& target) {
  if (target.is_foreign()) words.push_back("CROSS_COMPILE=" + target.cross_prefix());
  return words;
}

/// Another version or other options may install other files: what the last ones left goes.
void remove_programs(const fs::path& system) {
  std::error_code error;
  for (const char* part : {"etc", "var", "usr"}) {
    for (const auto& item : fs::directory_iterator(system / part, error)) {
      if (item.path() == system / "usr" / "lib") continue;
      base::remove_all_quietly(item.path());
    }
  }
  for (const auto& item : fs::directory_iterator(system / "usr" / "lib", error)) {
    if (item.path().filename() != "modules") base::remove_all_quietly(item.path());
  }
}

}  // namespace

Build::Build(Checkout checkout, Target target, base::Reporter& reporter)
    : checkout_(std::move(checkout)),
      target_(std::move(target)),
      reporter_(reporter),
      lock_(lock_checkout(checkout_, reporter)),
      programs_(checkout_,
                {programs_name(target_),
                 checkout_.user_build(),
                 {"cmd", "lib", "include", "module", "tests", "scripts", "etc", "udev", "contrib"},
                 {"module/os", "tests/zfs-tests/bin"},
                 kUsualPrograms},
                reporter),
      modules_(checkout_,
               {"modules for " + target_.name,
                checkout_.kernel_build(target_.name),
                {"module", "include"},
                {"include/os/freebsd", "module/os/freebsd"},
                kUsualModules},
               reporter),
      experimental_(fit_of(checkout_.meta, target_.version) == Fit::too_new) {
  require_needs(needs_autogen(checkout_), checkout_.architecture);
  const Meta& meta = checkout_.meta;
  if (fit_of(meta, target_.version) != Fit::fits) {
    reporter_.warning(fmt::format(
        "OpenZFS {} says that it is for Linux {} to {}, and {} is {}: this may fail to build",
        meta.version, meta.linux_minimum, meta.linux_maximum, target_.version,
        experimental_ ? "newer (--enable-linux-experimental is given)" : "older"));
  }
}

std::vector<std::string> Build::arguments_before() const {
  std::istringstream text(base::read_file_if_exists(arguments_file(checkout_)).value_or(""));
  std::vector<std::string> arguments;
  for (std::string line; std::getline(text, line);) {
    if (!line.empty()) arguments.push_back(line);
  }
  return arguments;
}

std::string Build::user_identity() const {
  return fmt::format("{} {}", checkout_.meta.version, checkout_.directory.string());
}

std::string Build::kernel_identity() const {
  return fmt::format("{} {} {} {}", checkout_.meta.version, target_.name, target_.made,
                     target_.object.string());
}

void Build::make_configure() {
  if (!needs_autogen(checkout_)) return;
  reporter_.step("making configure (autogen.sh)");
  build::LoggedCommand command;
  command.options.arguments = {"sh", "./autogen.sh"};
  command.options.directory = checkout_.directory.string();
  command.log = checkout_.quiz() / "autogen.log";
  command.what = "making of configure";
  command.on_line = [&](const std::string& line) { reporter_.detail(line); };
  const build::LoggedResult result = build::run_logged(command);
  if (result.status.success()) return;
  const std::size_t from = result.output.size() > 1500 ? result.output.size() - 1500 : 0;
  throw base::Error("autogen.sh failed: " + result.output.substr(from),
                    "the whole log is " + command.log.string());
}

void Build::configure(const std::vector<std::string>& arguments) {
  check_arguments(arguments);
  make_configure();
  const auto with_arguments = [&](std::vector<std::string> options) {
    const auto cross = cross_options(target_);
    options.insert(options.end(), cross.begin(), cross.end());
    options.insert(options.end(), arguments.begin(), arguments.end());
    return options;
  };
  const auto user = with_arguments(user_options(find_library_directory(target_)));
  const auto kernel = with_arguments(kernel_options(target_, experimental_));
  // The kernel's first: it is the one that may not fit.
  if (!modules_.is_configured(kernel, kernel_identity())) {
    modules_.configure(kernel, kernel_identity());
  }
  if (!programs_.is_configured(user, user_identity())) programs_.configure(user, user_identity());
  std::string text;
  for (const std::string& argument : arguments) text += argument + "\n";
  base::write_file_atomically(arguments_file(checkout_), text);
}

void Build::configure_as_before() { configure(arguments_before()); }

void Build::make_modules(const std::vector<std::string>& arguments, unsigned jobs) {
  link_sources(checkout_.directory / "module", modules_.directory() / "module");
  modules_.make(arguments, jobs);
}

void Build::make(const std::vector<std::string>& arguments, unsigned jobs) {
  make_modules(arguments, jobs);
  programs_.make(arguments, jobs);
}

void Build::install_programs() {
  const fs::path stamp =
      checkout_.quiz() / base::name_for("installed.version", checkout_.architecture);
  const std::string identity =
      user_identity() + fmt::format(" {}", fmt::join(arguments_before(), " "));
  if (base::read_file_if_exists(stamp).value_or("") != identity) {
    remove_programs(checkout_.system());
  }
  base::make_directories(checkout_.system());
  programs_.install({"install", "DESTDIR=" + checkout_.system().string()});
  base::write_file_atomically(stamp, identity);
  programs_.mark_installed(user_identity());
}

void Build::install_modules() {
  const fs::path directory = checkout_.modules(target_.release);
  const fs::path base = checkout_.system() / "usr";
  base::make_directories(directory);
  // Stripped: the guest reads every byte, and the symbols stay in the build directory.
  modules_.install(with_cross_prefix({"-C", "module", "modules_install",
                                      "INSTALL_MOD_PATH=" + base.string(), "INSTALL_MOD_STRIP=1"},
                                     target_));
  make_module_index(target_.modules, directory, target_.release);
  base::write_file_atomically(directory / kMadeFor, target_.made);
  modules_.mark_installed(kernel_identity());
}

void Build::choose_for_runs() {
  const std::string text = fmt::format(
      "# Written by `quiz openzfs`: runs in this checkout boot the kernel that it was last built "
      "for.\nkernel = {}\n{}",
      config::to_toml(target_.name),
      target_.root.empty() ? "" : fmt::format("root = {}\n", config::to_toml(target_.root)));
  if (base::read_file_if_exists(checkout_.settings()).value_or("") != text) {
    base::write_file_atomically(checkout_.settings(), text);
  }
}

void Build::install() {
  install_modules();
  install_programs();
  choose_for_runs();
}

bool Build::bring_up_to_date(unsigned jobs) {
  configure_as_before();
  bool worked = false;
  // The modules can be tried while one reads on; the programs are only what belongs to them.
  if (!modules_.is_installed(kernel_identity()) ||
      !fs::exists(checkout_.modules(target_.release) / "modules.dep")) {
    make_modules({}, jobs);
    install_modules();
    worked = true;
  }
  if (!programs_.is_installed(user_identity()) ||
      !fs::exists(checkout_.system() / "usr" / "sbin" / "zpool")) {
    programs_.make({}, jobs);
    install_programs();
    worked = true;
  }
  choose_for_runs();
  return worked;
}

}  // namespace quiz::openzfs
