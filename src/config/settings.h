// What quiz was told to do, as one passive struct. Every value knows where it came from, for `quiz
// config --explain` and for error messages. The table in schema.cc says how each field is spelt in
// files, in the environment and on the command line; load.h fills a Settings. The layers below
// src/cli only read it.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/architecture.h"

namespace quiz::config {

enum class Source { kDefault, kFile, kEnvironment, kFlag };

struct Origin {
  Source source = Source::kDefault;
  /// "/home/me/.quiz.toml:3:10", "QUIZ_MEMORY", "--memory"; empty for a default.
  std::string place;
  std::filesystem::path file = {};  ///< of settings; empty: none
  bool of_project = false;          ///< the file is a project's, not the user's

  /// "default", "/home/me/.quiz.toml:3:10", "environment variable QUIZ_MEMORY", "option --memory".
  std::string describe() const;
};

template <typename T>
struct Value {
  T value{};
  Origin origin{};
};

/// Lists gather what every layer adds, lowest layer first; each element has its own origin.
template <typename T>
using ValueList = std::vector<Value<T>>;

enum class Accelerator { kAuto, kKvm, kTcg };
enum class Monitor { kQemu, kKvm, kBhyve };
enum class Tty { kAuto, kForce, kRefuse };
/// When the caller's stdin is read, where what was read cannot be put back.
enum class Stdin { kAsked, kEager, kNone };
/// When the machine stays once its program has ended.
enum class Keep { kNo, kFailure, kAlways };
enum class OnOops { kFail, kIgnore, kPanic };
/// Who is the guest's PID 1 while the program runs.
enum class Init { kQuiz, kTini, kSystemd };

/// How much of the caller's environment the program gets.
enum class PassEnvironment { kNone, kListed, kAll };

/// `-e NAME[=VALUE]`. Without a value the caller's own is passed, even one that is otherwise
/// filtered out.
struct EnvironmentAddition {
  std::string name;
  std::optional<std::string> value;
};

/// `--kmsg`: which messages of the guest's kernel are shown, and where.
struct KernelMessages {
  enum class Show { kWarnings, kAll, kNone, kFile };
  Show show = Show::kWarnings;
  std::string file;  ///< with kFile: everything goes there
};

/// `--json`: where the record of the run goes; neither field set: nowhere.
struct JsonTarget {
  int fd = -1;
  std::string file;

  bool wanted() const { return fd >= 0 || !file.empty(); }
};

/// What a project's file says, as it was read.
struct ProjectValue {
  std::string key;
  std::string text;   ///< in the spelling of the command line, paths absolute
  std::string place;  ///< "FILE:LINE:COLUMN"
};
struct ProjectFile {
  std::filesystem::path path;
  std::filesystem::path project;  ///< the directory that it is for
  std::string sha256;             ///< of the content: what may be there later is another file
  std::vector<ProjectValue> values;
};

/// `secrets`, as long as nothing is added. "~/" stands for the home, "*" as in a shell.
ValueList<std::string> default_secrets();

struct Settings {
  /// Empty: the newest Debian kernel of the store, fetched on first use.
  Value<std::string> kernel;
  /// Options of the kernel's configuration that a one-shot variant of it has on, off, as modules.
  ValueList<std::string> kernel_enable;
  ValueList<std::string> kernel_disable;
  ValueList<std::string> kernel_module;
  ValueList<std::string> profiles;  ///< "zfs,blockdev:count=4": see profile/selection.h
  Value<std::string> root{"host"};  ///< a name or a path
  Value<std::string> mirror;        ///< Debian's, where the host's apt names none; empty: none
  Value<unsigned> size{0};          ///< MiB that may be written into `/`; 0: half of the memory
  Value<Init> init;
  Value<unsigned> memory{1024};                                       ///< MiB, at least 64
  Value<unsigned> cpus{2};                                            ///< 1 to 255
  Value<base::Architecture> architecture{base::host_architecture()};  ///< of the machine
  Value<Accelerator> accelerator;
  /// A program's name or path; while it is the default, another architecture has its own.
  Value<std::string> qemu{std::string(base::host_architecture().qemu)};
  ValueList<std::string> cmdline;  ///< pieces of kernel command line, to be joined with spaces
  Value<std::string> name;         ///< of the machine; empty: after the directory
  Value<bool> user{false};         ///< run as the caller instead of root
  Value<std::string> directory;    ///< empty: the caller's current directory
  ValueList<EnvironmentAddition> environment;
  Value<PassEnvironment> pass_environment{PassEnvironment::kAll};
  ValueList<std::string> hide;  ///< paths that the guest shall not see; "~/" as in secrets
  /// Hides `secrets`, and variables that look like them; not set: where a project takes part in
  /// the run to which the caller has not agreed.
  Value<std::optional<bool>> hide_secrets;
  ValueList<std::string> secrets = default_secrets();
  Value<Tty> tty;
  Value<Stdin> input;
  Value<Keep> keep;                            ///< the machine, once its program has ended
  Value<bool> shell_after{false};              ///< a shell once the program has ended
  Value<std::chrono::milliseconds> timeout{};  ///< 0: none
  Value<KernelMessages> kmsg;
  Value<OnOops> oops;
  Value<std::string> output;           ///< empty: none
  ValueList<std::string> writes;       ///< "DIR[:PLACE][:OPTION...]": see split_write (values.h)
  Value<unsigned> output_limit{4096};  ///< MiB that may be put into each; 0: any amount
  Value<JsonTarget> json;
  Value<std::string> boot_chart;          ///< empty: none
  Value<Monitor> on;                      ///< what runs the machine
  Value<bool> strict{false};              ///< no run with a confinement that is weaker than known
  Value<std::string> confinement{"all"};  ///< layers, separated by commas; or none
  Value<bool> dry_run{false};
  Value<bool> cold{false};           ///< boot, whatever images there are
  Value<bool> gdb{false};            ///< the machine stands until a debugger has come
  Value<unsigned> warm_cache{4096};  ///< MiB on the disk that saved machines may take
  Value<bool> quiet{false};          ///< at most one of quiet and verbose is true
  Value<bool> verbose{false};

  std::vector<ProjectFile>
      project_files;  ///< not a setting: whose word run/project_consent.h checks
};

}  // namespace quiz::config
