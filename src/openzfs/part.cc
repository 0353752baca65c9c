#include "openzfs/part.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/error.h"
#include "base/files.h"
#include "build/build_log.h"
#include "build/build_progress.h"
#include "confinement/confinement.h"
#include "openzfs/configure.h"

namespace quiz::openzfs {

namespace {

constexpr const char* kConfigured = "quiz.configured";
constexpr const char* kInstalled = "quiz.installed";
constexpr const char* kMade = "quiz.made";
constexpr const char* kSteps = "quiz.steps";
// What a failing build or configure prints may be long; a person is shown its last lines at most.
constexpr const char* kResumes = "the same command goes on where it stopped";

std::string read_or_empty(const fs::path& file) {
  return base::read_file_if_exists(file).value_or("");
}

std::size_t number_in(const fs::path& file, std::size_t otherwise) {
  const std::string text = read_or_empty(file);
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && number > 0 ? number : otherwise;
}

/// Compilers by way of ccache where Debian's links to it are installed: the second kernel, and a
/// build after `git checkout`, take a fraction of the time.
std::vector<std::string> environment() {
  std::vector<std::string> variables = build::build_environment();
  std::error_code error;
  if (!fs::is_directory("/usr/lib/ccache", error)) return variables;
  for (std::string& variable : variables) {
    if (variable.starts_with("PATH=")) variable.insert(5, "/usr/lib/ccache:");
  }
  return variables;
}

std::string temporary_directory() {
  const char* const directory = std::getenv("TMPDIR");
  return directory != nullptr && *directory == '/' ? directory : "/tmp";
}

/// Now, and a little less: files get the time of the kernel's last tick.
fs::file_time_type time_of_beginning() {
  return fs::file_time_type::clock::now() - std::chrono::milliseconds(50);
}

/// A make with these words makes everything: options and variables, no targets.
bool makes_all(const std::vector<std::string>& words) {
  return std::all_of(words.begin(), words.end(), [](const std::string& word) {
    return (word.starts_with('-') && !word.starts_with("-C")) ||
           word.find('=') != std::string::npos;
  });
}

/// The line of a make that was refused to write a file, empty if there is none.
std::string refused_write(const std::string& output) {
  const std::size_t at = output.find(": Permission denied");
  if (at == std::string::npos) return {};
  const std::size_t before = output.rfind('\n', at);
  const std::size_t begin = before == std::string::npos ? 0 : before + 1;
  return output.substr(begin, output.find('\n', at) - begin);
}

}  // namespace

Part::Part(const Checkout& checkout, Description description, base::Reporter& reporter)
    : checkout_(checkout), description_(std::move(description)), reporter_(reporter) {}

std::string Part::configured_stamp(const std::vector<std::string>& words,
                                   const std::string& identity) const {
  const fs::path script = checkout_.directory / "configure";
  std::error_code error;
  const auto changed = fs::last_write_time(script, error).time_since_epoch().count();
  return fmt::format("{}\n{}\n{}\n{}\n", script.string(), changed, identity,
                     fmt::join(words, "\n"));
}

bool Part::is_configured(const std::vector<std::string>& words, const std::string& identity) const {
  return fs::exists(directory() / "config.status") &&
         read_or_empty(directory() / kConfigured) == configured_stamp(words, identity);
}

build::LoggedResult Part::run(build::LoggedCommand command) {
  if (!command.options.environment) command.options.environment = environment();
  command.options.directory = directory().string();
  command.log = log();
  command.interrupted_hint = kResumes;
  return build::run_logged(command);
}

void Part::configure(const std::vector<std::string>& words, const std::string& identity) {
  reporter_.step("configuring the " + name());
  base::remove_all_quietly(directory());
  base::make_directories(directory());
  build::LoggedCommand command;
  command.what = "configuration";
  command.options.arguments = {"nice", "-n", "10", (checkout_.directory / "configure").string()};
  command.options.arguments.insert(command.options.arguments.end(), words.begin(), words.end());
  command.on_line = [&](const std::string& line) {
    reporter_.detail(line);
    if (line.starts_with("checking ")) {
      reporter_.progress(-1, line.substr(9, line.find("...") - 9));
    }
  };
  const build::LoggedResult result = run(std::move(command));
  if (!result.status.success()) {
    const fs::path log_file = directory() / "config.log";
    const std::string reason = configure_error(result.output);
    throw base::Error(fmt::format("OpenZFS's configure failed for the {}: {}\n{}", name(),
                                  reason.empty() ? result.status.describe() : reason,
                                  explain_failure(read_or_empty(log_file), result.output)),
                      "the whole log is " + log_file.string());
  }
  base::write_file_atomically(directory() / kConfigured, configured_stamp(words, identity));
}

void Part::make(const std::vector<std::string>& words, unsigned jobs) {
  reporter_.step("building the " + name());
  const auto began = time_of_beginning();
  build::BuildProgress progress(number_in(directory() / kSteps, description_.usual_steps),
                                reporter_);
  build::LoggedCommand command;
  command.options.arguments = {"nice", "-n", "10", "make", fmt::format("-j{}", std::max(jobs, 1u))};
  command.options.arguments.insert(command.options.arguments.end(), words.begin(), words.end());
  command.on_line = [&](const std::string& line) { progress.add_line(line); };
  command.on_tick = [&] { progress.show(); };
  const build::LoggedResult result = run(std::move(command));
  if (!result.status.success()) {
    const std::string error = build::first_build_error(result.output);
    const std::string package = build::package_for_build_error(error);
    throw base::Error(fmt::format("the {} do not build: {}", name(),
                                  error.empty() ? "make " + result.status.describe() : error),
                      (package.empty() ? "" : "apt install " + package + "; ") +
                          "the whole log is " + log().string());
  }
  if (makes_all(words)) {
    base::write_file_atomically(directory() / kMade, "");
    fs::last_write_time(directory() / kMade, began);
  }
  // Only a whole build says how many there are.
  if (progress.steps() > number_in(directory() / kSteps, 0)) {
    base::write_file_atomically(directory() / kSteps, std::to_string(progress.steps()));
  }
}

void Part::install(const std::vector<std::string>& words) {
  if (!fs::exists(directory() / kMade)) {
    throw base::Error(fmt::format("the {} have not been built", name()), "quiz openzfs make");
  }
  reporter_.step("installing the " + name());
  confinement::Request allowed;
  allowed.writable = {checkout_.quiz(), temporary_directory(), "/tmp", "/dev/null"};
  allowed.network = true;
  allowed.layers = confinement::landlock_alone();
  const confinement::Confinement confinement(allowed);
  if (!confinement.has_landlock()) {
    reporter_.detail("without Landlock nothing keeps the installation inside " +
                     checkout_.quiz().string());
  }
  build::LoggedCommand command;
  command.what = "installation";
  command.options.arguments = {"make"};
  command.options.arguments.insert(command.options.arguments.end(), words.begin(), words.end());
  const auto guard = confinement.guard({});
  command.options.guard = guard.get();
  command.on_line = [&](const std::string& line) { reporter_.detail(line); };
  command.options.environment = environment();
  command.options.environment->emplace_back("CCACHE_DISABLE=1");  // its cache is out of reach
  const build::LoggedResult result = run(std::move(command));
  if (result.status.success()) return;
  if (const std::string line = refused_write(result.output); !line.empty()) {
    throw base::Error(
        "OpenZFS's make install wanted to write outside " + checkout_.quiz().string() + ": " + line,
        "nothing was changed there; if a change of yours to a Makefile did that, it misses "
        "$(DESTDIR)");
  }
  const std::string error = build::first_build_error(result.output);
  throw base::Error(fmt::format("the {} cannot be installed: {}", name(),
                                error.empty() ? "make " + result.status.describe() : error),
                    "the whole log is " + log().string());
}

fs::file_time_type Part::newest_source() const {
  auto newest = fs::file_time_type::min();
  const auto is_excluded = [&](const fs::path& path) {
    return std::any_of(description_.but.begin(), description_.but.end(),
                       [&](const auto& part) { return path == checkout_.directory / part; });
  };
  for (const std::string& source : description_.sources) {
    std::error_code error;
    fs::recursive_directory_iterator item(checkout_.directory / source, error);
    for (; !error && item != fs::recursive_directory_iterator(); item.increment(error)) {
      if (item->is_directory(error) && is_excluded(item->path())) item.disable_recursion_pending();
      // Of a directory the time tells of files that came and went.
      const auto changed = item->last_write_time(error);
      if (!error) newest = std::max(newest, changed);
      error.clear();
    }
  }
  return newest;
}

bool Part::is_installed(const std::string& identity) const {
  const fs::path stamp = directory() / kInstalled;
  if (!fs::exists(stamp) || read_or_empty(stamp) != identity) return false;
  return newest_source() < fs::last_write_time(stamp);
}

void Part::mark_installed(const std::string& identity) {
  const fs::path stamp = directory() / kInstalled;
  base::write_file_atomically(stamp, identity);
  fs::last_write_time(stamp, fs::last_write_time(directory() / kMade));
}

}  // namespace quiz::openzfs
