#include "kernel/build.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <thread>

#include "base/child.h"
#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/sha256.h"
#include "kernel/built_tree.h"
#include "kernel/entry.h"
#include "kernel/image.h"
#include "kernel/kbuild_tree.h"
#include "kernel/source_tree.h"
#include "kernel/toolchain.h"
#include "kernel/version.h"

namespace quiz::kernel {

namespace {

constexpr const char* kBuildRecord = "build.json";
constexpr std::size_t kLongestVariant = 32;
/// Build steps of the base configuration (6.12), until a build of the series has told.
constexpr std::size_t kUsualSteps = 2700;
/// What a build and its entry need on disk, with reduced debug information.
constexpr std::uint64_t kBuildSize = 1'500'000'000;
constexpr std::uint64_t kEntrySize = 400'000'000;

/// Everything about one build that is decided before it starts.
struct Plan {
  SourceTree source;
  Toolchain toolchain;
  std::string variant;
  std::string name;
  fs::path directory;  ///< of the build: the log, the lock
  fs::path objects;    ///< where make puts what it makes: `directory`, or the source tree
  fs::path expected;   ///< file with the number of build steps of the series
};

std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (c == '_') c = '-';
  }
  return text;
}

/// What may stand in a release and in a name of the store.
std::string only_name_characters(const std::string& text) {
  std::string result;
  for (const char c : text) {
    const bool good = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                      c == '.' || c == '-';
    if (good) result += c;
  }
  return result;
}

std::string part_of(const ConfigAssignment& option) {
  std::string name = lower(option.option);
  if (option.value == "y") return name;
  if (option.value == "n") return "no-" + name;
  return name + "-" + only_name_characters(lower(option.value));
}

/// A configuration that is given says for which architecture it is.
void require_fitting(const fs::path& config, const base::Architecture& architecture) {
  const auto made_for = architecture_of_config(base::read_file(config));
  if (made_for)
    require_architecture(*made_for, architecture, "the configuration " + config.string());
}

/// The tree of --keep-config: what the user's own `make` compiled there counts, so nothing may
/// differ from it.
SourceTree configured_tree(const BuildRequest& request) {
  SourceTree tree = source_directory(request.what);
  const auto config = base::read_file_if_exists(tree.directory / ".config");
  const std::string name = tree.directory.string();
  if (!config) {
    throw base::Error("there is no .config in " + name + " that could be kept",
                      fmt::format("`quiz kernel config {}` writes one", name));
  }
  require_fitting(tree.directory / ".config", request.config.architecture);
  const bool clang = config_value_in(*config, "CC_IS_CLANG") == "y";
  if (clang != request.llvm.has_value()) {
    throw base::Error(fmt::format("the .config in {} is for {}", name, clang ? "Clang" : "GCC"),
                      clang ? "add --llvm or --llvm=VERSION" : "leave --llvm out");
  }
  return tree;
}

Plan make_plan(const BuildRequest& request, const fs::path& cache, base::Reporter& reporter) {
  const base::Architecture& architecture = request.config.architecture;
  Plan plan;
  plan.variant = variant_of(request);
  if (!request.config.config.empty()) require_fitting(request.config.config, architecture);
  plan.toolchain = find_toolchain(request.llvm, architecture);
  if (request.config.menu) require_menu();
  plan.source = request.config.keep ? configured_tree(request)
                                    : find_source(request.what, cache, request.mirror, reporter);
  plan.name = base::name_for(plan.source.version + (plan.variant.empty() ? "" : "+" + plan.variant),
                             architecture);
  Store::check_name(plan.name);
  // The same sources, the same variant, the same directory: what is compiled already counts.
  const std::string key = base::sha256(plan.source.directory.string()).substr(0, 8);
  plan.directory = cache / "build" / (plan.name + "-" + key);
  plan.objects = request.config.keep ? plan.source.directory : plan.directory;
  plan.expected =
      cache / "build" / (base::name_for(series_of(plan.source.version), architecture) + ".steps");
  return plan;
}

/// The date that `uname -v` shows: that of the sources, so that the same sources give the same
/// kernel.
std::string build_timestamp(const SourceTree& source) {
  struct stat status = {};
  ::stat((source.directory / "Makefile").c_str(), &status);
  std::tm parts = {};
  const std::time_t time = status.st_mtim.tv_sec;
  ::gmtime_r(&time, &parts);
  char text[64];
  return {text, std::strftime(text, sizeof text, "%a %b %e %H:%M:%S UTC %Y", &parts)};
}

KernelMake begin_make(const Plan& plan, base::Reporter& reporter) {
  std::vector<std::string> variables = plan.toolchain.make_variables;
  if (plan.objects == plan.source.directory) {
    // The user's own `make` there was told of no ccache, and of no architecture if it is the
    // host's.
    const bool foreign = !(plan.toolchain.architecture == base::host_architecture());
    std::erase_if(variables, [&](const std::string& one) {
      return one.starts_with("CC=") || (one.starts_with("ARCH=") && !foreign);
    });
    KernelMake make(plan.source.directory, plan.directory, std::move(variables), reporter);
    make.set_place(KernelMake::Place::kInPlace);
    return make;
  }
  variables.push_back(plan.variant.empty() ? "LOCALVERSION=" : "LOCALVERSION=+" + plan.variant);
  variables.push_back("KBUILD_BUILD_TIMESTAMP=" + build_timestamp(plan.source));
  return {plan.source.directory, plan.directory, std::move(variables), reporter};
}

/// Two builds in one directory would spoil each other: the second waits, then finds all done.
base::FileLock lock_directory(const Plan& plan, base::Reporter& reporter) {
  base::make_directories(plan.directory, 0700);
  const fs::path file = plan.directory / kBuildLock;
  if (auto lock = base::FileLock::try_acquire(file)) return std::move(*lock);
  reporter.step("waiting for another build of " + plan.name);
  return base::FileLock::acquire(file);
}

/// All but the lock.
void empty_directory(const fs::path& directory) {
  for (const auto& item : fs::directory_iterator(directory)) {
    if (item.path().filename() != kBuildLock) base::remove_all_quietly(item.path());
  }
}

unsigned job_count(unsigned wanted) {
  return wanted != 0 ? wanted : std::max(std::thread::hardware_concurrency(), 1u);
}

/// A configuration of the user's may be for other purposes than running programs in it.
void warn_of_missing_options(const Plan& plan, base::Reporter& reporter) {
  const auto missing = missing_options(parse_config(base::read_file(plan.objects / ".config")),
                                       plan.toolchain.architecture);
  if (missing.empty()) return;
  reporter.warning(fmt::format("quiz will not be able to run programs in {}: it lacks {}",
                               plan.name, fmt::join(missing, ", ")));
}

/// What the menu changed wins over what the request asked for.
void add_menu(ConfigRequest& request, const std::vector<ConfigAssignment>& menu) {
  for (const ConfigAssignment& change : menu) {
    std::erase_if(request.options,
                  [&](const auto& option) { return option.option == change.option; });
    request.options.push_back(change);
  }
}

/// Machines of the architecture boot a vmlinux: that of a 64-bit PC with a PVH entry, or where
/// there is no other image.
bool boots_vmlinux(const ConfigValues& config, const base::Architecture& architecture) {
  const bool pvh = config_value(config, "PVH") == "y" && architecture.word_bits == 64;
  return pvh || image_target(architecture) == "vmlinux";
}

void compile(const Plan& plan, KernelMake& make, unsigned jobs, base::Reporter& reporter) {
  const std::string known = base::read_file_if_exists(plan.expected).value_or("");
  const std::size_t expected = std::strtoull(known.c_str(), nullptr, 10);
  const bool fresh = !fs::exists(plan.objects / "vmlinux");
  reporter.step("building Linux " + plan.name);
  const ConfigValues config = parse_config(base::read_file(plan.objects / ".config"));
  std::vector<std::string> targets = {"vmlinux"};
  if (config_value(config, "MODULES") == "y") targets.emplace_back("modules");
  if (!boots_vmlinux(config, plan.toolchain.architecture)) {
    targets.push_back(image_target(plan.toolchain.architecture));
  }
  const std::size_t steps = make.run(targets, jobs, expected != 0 ? expected : kUsualSteps);
  // A build that went on from an earlier one had less to do.
  if (fresh && steps > expected) {
    base::write_file_atomically(plan.expected, std::to_string(steps) + "\n");
  }
}

/// What find_source understands from any directory.
std::string lasting_name(const std::string& what) {
  std::error_code ignored;
  return fs::exists(what, ignored) ? fs::canonical(what).string() : what;
}

/// How the kernel was made, for people and for `quiz kernel show`.
base::Json record_of(const Plan& plan, const BuildRequest& request,
                     std::chrono::steady_clock::duration duration, const ConfigValues& config) {
  base::Json options = base::Json::array();
  for (const ConfigAssignment& option : request.config.options) {
    options.push_back(option.option + "=" + option.value);
  }
  base::Json fragments = base::Json::array();
  for (const fs::path& fragment : request.config.fragments) {
    fragments.push_back(fs::absolute(fragment).string());
  }
  const auto count = [&](const char* value) {
    return std::count_if(config.begin(), config.end(),
                         [&](const auto& item) { return item.second == value; });
  };
  const std::string file = request.config.config.string();
  return base::Json::object(
      {{"what", lasting_name(request.what)},
       {"llvm", request.llvm ? base::Json(*request.llvm) : base::Json()},
       {"source", plan.source.origin},
       {"commit", plan.source.commit},
       {"dirty", plan.source.dirty},
       {"version", plan.source.version},
       {"variant", plan.variant},
       {"compiler", plan.toolchain.description},
       {"features", request.config.features},
       {"fragments", fragments},
       {"options", options},
       {"config", file.empty() ? file : fs::absolute(file).string()},
       {"keep_config", request.config.keep},
       {"built_in", count("y")},
       {"as_modules", count("m")},
       {"seconds", std::chrono::duration_cast<std::chrono::seconds>(duration).count()}});
}

/// Fills the draft from the build directory and describes what is in it.
EntryRequest take_over(const Plan& plan, KernelMake& make, const fs::path& draft, unsigned jobs,
                       base::Reporter& reporter) {
  reporter.step("storing Linux " + plan.name);
  EntryRequest entry;
  entry.name = plan.name;
  entry.source = kSourceBuilt;
  entry.origin = "built from " + plan.source.origin;
  entry.version = plan.source.version;
  entry.variant = plan.variant;
  entry.replace = true;
  entry.scratch = draft / "scratch";
  base::make_directories(entry.scratch);
  entry.symbols = draft / "vmlinux.debug";
  fs::copy_file(plan.objects / "vmlinux", entry.symbols);
  entry.config = plan.objects / ".config";
  const ConfigValues config = parse_config(base::read_file(entry.config));
  if (boots_vmlinux(config, plan.toolchain.architecture)) {
    entry.image = entry.scratch / "vmlinux";
    base::run_or_throw(
        {plan.toolchain.strip, "--strip-all", "-o", entry.image.string(), entry.symbols.string()});
  } else {
    entry.image = built_image(plan.objects, plan.toolchain.architecture);
  }
  if (config_value(config, "MODULES") == "y") {
    make.run(
        {"INSTALL_MOD_PATH=" + entry.scratch.string(), "INSTALL_MOD_STRIP=1", "modules_install"},
        jobs, 0);
    for (const auto& item : fs::directory_iterator(entry.scratch / "lib" / "modules")) {
      fs::remove(item.path() / "build");  // links to where it was built
      fs::remove(item.path() / "source");
    }
    entry.modules = entry.scratch;
    entry.kbuild = draft / "kbuild";
    copy_kbuild_tree(plan.source.directory, plan.objects, entry.kbuild,
                     plan.toolchain.architecture);
  }
  return entry;
}

}  // namespace

std::string variant_of(const BuildRequest& request) {
  if (!request.variant.empty()) return request.variant;
  std::vector<std::string> parts;
  if (request.llvm) parts.emplace_back("llvm");
  if (!request.config.config.empty()) {
    parts.push_back(only_name_characters(lower(request.config.config.stem().string())));
    if (parts.back().empty() || parts.back()[0] == '.') parts.back() = "config";
  }
  if (request.config.keep) parts.emplace_back("kept");
  for (const std::string& feature : request.config.features) parts.push_back(feature);
  for (const fs::path& fragment : request.config.fragments) {
    parts.push_back(only_name_characters(lower(fragment.stem().string())));
  }
  for (const ConfigAssignment& option : request.config.options) parts.push_back(part_of(option));
  if (request.config.menu) parts.emplace_back("menuconfig");
  std::string text = fmt::format("{}", fmt::join(parts, "-"));
  if (text.size() > kLongestVariant) {
    text = text.substr(0, kLongestVariant - 9) + "-" + base::sha256(text).substr(0, 8);
  }
  return text;
}

std::vector<std::string> words_of(const BuildRequest& request) {
  std::vector<std::string> words = {request.what};
  const auto add = [&](const char* option, const std::string& value) {
    words.emplace_back(option);
    words.push_back(value);
  };
  if (!(request.config.architecture == base::host_architecture())) {
    add("-a", std::string(request.config.architecture.name));
  }
  if (request.llvm) words.push_back(request.llvm->empty() ? "--llvm" : "--llvm=" + *request.llvm);
  const ConfigRequest& config = request.config;
  if (!config.config.empty()) add("--config", config.config.string());
  if (config.keep) words.emplace_back("--keep-config");
  for (const std::string& feature : config.features) add("--feature", feature);
  for (const fs::path& fragment : config.fragments) add("--fragment", fragment.string());
  for (const ConfigAssignment& one : config.options) add("--set", one.option + "=" + one.value);
  BuildRequest unnamed = request;
  unnamed.variant.clear();
  if (variant_of(unnamed) != variant_of(request)) add("--variant", request.variant);
  return words;
}

Kernel build_kernel(Store& store, const BuildRequest& request, const fs::path& cache,
                    base::Reporter& reporter) {
  const auto start = std::chrono::steady_clock::now();
  const Plan plan = make_plan(request, cache, reporter);
  const base::FileLock lock = lock_directory(plan, reporter);
  const std::string what = "the kernel " + plan.name;
  const bool kept = request.config.keep;
  if (request.clean && !kept) empty_directory(plan.directory);
  std::optional<Kernel> result;
  with_full_disk_explained(cache, kBuildSize, what, [&] {
    if (!fs::exists(plan.objects / "vmlinux")) require_space(plan.objects, kBuildSize, what);
    require_space(store.directory(), kEntrySize, what);
    store.begin();  // a store that cannot be written shall be known before, not after the build
    KernelMake make = begin_make(plan, reporter);
    if (kept && request.clean) make.run({"clean"}, 1, 0);
    BuildRequest complete = request;
    if (!kept) {
      const auto menu =
          configure_kernel(plan.source, request.config, plan.directory, make, reporter);
      add_menu(complete.config, menu);
    }
    warn_of_missing_options(plan, reporter);
    compile(plan, make, job_count(request.jobs), reporter);

    Store::Draft draft = store.begin();
    EntryRequest entry = take_over(plan, make, draft.path(), job_count(request.jobs), reporter);
    const ConfigValues config = parse_config(base::read_file(entry.config));
    base::write_file_atomically(
        draft.path() / kBuildRecord,
        record_of(plan, complete, std::chrono::steady_clock::now() - start, config).dump(2) + "\n");
    result = make_entry(store, std::move(draft), entry, reporter);
  });
  return *result;
}

std::optional<BuildRequest> recorded_request(const Kernel& kernel) {
  const auto text = base::read_file_if_exists(kernel.image.parent_path() / kBuildRecord);
  const auto json = base::Json::try_parse(text.value_or(""));
  if (kernel.source != kSourceBuilt || !json) return std::nullopt;
  try {
    BuildRequest request;
    request.what = json->at("what").text();
    request.variant = kernel.variant;
    request.config.architecture = kernel.architecture;
    request.config.config = json->at("config").text();
    request.config.keep = json->flag_or("keep_config", false);
    request.config.features = json->at("features").texts();
    for (const std::string& fragment : json->at("fragments").texts()) {
      request.config.fragments.emplace_back(fragment);
    }
    for (const std::string& option : json->at("options").texts()) {
      request.config.options.push_back(parse_setting(option, "--set " + option));
    }
    if (const base::Json& llvm = json->at("llvm"); llvm.is_text()) request.llvm = llvm.text();
    return request;
  } catch (const base::JsonError&) {
    return std::nullopt;  // of another quiz
  }
}

std::string make_config(const BuildRequest& request, const fs::path& cache,
                        base::Reporter& reporter) {
  Plan plan = make_plan(request, cache, reporter);
  base::make_directories(cache / "build", 0700);
  const base::TempDir scratch(cache / "build", "config-");
  plan.directory = plan.objects = scratch.path();
  KernelMake make = begin_make(plan, reporter);
  configure_kernel(plan.source, request.config, plan.directory, make, reporter);
  return base::read_file(plan.directory / ".config");
}

std::string make_tree_config(const BuildRequest& request, const fs::path& cache,
                             base::Reporter& reporter) {
  Plan plan;
  plan.source = source_directory(request.what);
  plan.toolchain = find_toolchain(request.llvm, request.config.architecture);
  base::make_directories(cache / "build", 0700);
  const base::TempDir scratch(cache / "build", "config-");
  plan.directory = plan.objects = scratch.path();
  KernelMake make = begin_make(plan, reporter);
  make.set_place(KernelMake::Place::kConfigOutside);
  configure_kernel(plan.source, request.config, plan.directory, make, reporter);
  return base::read_file(plan.directory / ".config");
}

}  // namespace quiz::kernel
