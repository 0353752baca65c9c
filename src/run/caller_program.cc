#include "run/caller_program.h"

#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <sstream>
#include <string_view>

#include "base/umask.h"
#include "config/secrets.h"
#include "run/host_only.h"
#include "run/make_flags.h"

namespace quiz::run {

namespace {

// clang-format off
constexpr auto kHostOnly = std::to_array<std::string_view>({
    "DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "XDG_RUNTIME_DIR", "SESSION_MANAGER", "WINDOWID",
    "STY", "TMUX", "TMUX_PANE", "GPG_AGENT_INFO", "GPG_TTY", "NOTIFY_SOCKET", "LISTEN_FDS",
    "LISTEN_PID", "LISTEN_FDNAMES", "INVOCATION_ID", "JOURNAL_STREAM", "SYSTEMD_EXEC_PID",
    "PULSE_SERVER", "DESKTOP_SESSION", "MANAGERPID", "MEMORY_PRESSURE_WATCH", "NODE_CHANNEL_FD",
    "NODE_CHANNEL_SERIALIZATION_MODE", "BASH_XTRACEFD"});
// clang-format on
constexpr auto kHostOnlyPrefixes = std::to_array<std::string_view>(
    {"DBUS_", "SSH_", "XDG_SESSION_", "XDG_SEAT", "XDG_VTNR", "DESKTOP_STARTUP_"});

// What `listed` lists beside the caller's own list.
constexpr auto kBasics =
    std::to_array<std::string_view>({"PATH", "HOME", "USER", "LOGNAME", "SHELL", "PWD", "TERM",
                                     "COLORTERM", "NO_COLOR", "LANG", "LANGUAGE", "TZ"});
constexpr std::string_view kLanguage = "LC_";
// Without them a program is worse off than with one that leads nowhere.
constexpr auto kNeeded = std::to_array<std::string_view>({"HOME", "PATH", "PWD", "SHELL"});
constexpr char kPlainPath[] = "PATH=/usr/local/bin:/usr/bin:/bin";

std::string name_of(const std::string& variable) { return variable.substr(0, variable.find('=')); }

/// Puts NAME=VALUE in the place of an earlier one of that name, or at the end.
void assign(std::vector<std::string>& environment, const std::string& variable) {
  const std::string name = name_of(variable);
  const auto known = std::find_if(environment.begin(), environment.end(),
                                  [&](const std::string& other) { return name_of(other) == name; });
  if (known == environment.end()) {
    environment.push_back(variable);
  } else {
    *known = variable;
  }
}

void add_system_directories(std::string& path) {
  for (const std::string directory : {"/usr/local/sbin", "/usr/sbin", "/sbin"}) {
    if ((":" + path + ":").find(":" + directory + ":") == std::string::npos) {
      path += ":" + directory;
    }
  }
}

std::vector<wire::ResourceLimit> current_limits() {
  std::vector<wire::ResourceLimit> limits;
  for (std::uint32_t resource = 0; resource < RLIM_NLIMITS; ++resource) {
    rlimit value = {};
    if (::getrlimit(static_cast<__rlimit_resource_t>(resource), &value) != 0) continue;
    limits.push_back({resource, value.rlim_cur, value.rlim_max});
  }
  return limits;
}

std::vector<std::uint32_t> current_groups() {
  const int count = ::getgroups(0, nullptr);
  std::vector<gid_t> groups(static_cast<std::size_t>(std::max(count, 0)));
  const int got = ::getgroups(static_cast<int>(groups.size()), groups.data());
  groups.resize(static_cast<std::size_t>(std::max(got, 0)));
  return {groups.begin(), groups.end()};
}

}  // namespace

bool only_for_host(const std::string& name) {
  return std::find(kHostOnly.begin(), kHostOnly.end(), name) != kHostOnly.end() ||
         std::any_of(kHostOnlyPrefixes.begin(), kHostOnlyPrefixes.end(),
                     [&](std::string_view prefix) { return name.starts_with(prefix); });
}

namespace {

bool passes(const std::string& name, const CallerFacts& caller, const EnvironmentRule& rule) {
  if (rule.pass == config::PassEnvironment::kNone || only_for_host(name)) return false;
  if (std::find(caller.host_only.begin(), caller.host_only.end(), name) != caller.host_only.end()) {
    return false;
  }
  if (rule.pass == config::PassEnvironment::kListed) {
    return name.starts_with(kLanguage) ||
           std::find(kBasics.begin(), kBasics.end(), name) != kBasics.end();
  }
  return !rule.hide_secrets || !config::looks_secret(name);
}

}  // namespace

namespace {

/// git works only amid its user's own files; the caller's belong to another for a program that is
/// root. By variables, since these count like words on git's command line.
void let_git_trust_the_caller(std::vector<std::string>& environment) {
  constexpr std::string_view kCount = "GIT_CONFIG_COUNT=";
  std::string count = "0";
  for (const std::string& variable : environment) {
    if (variable.starts_with(kCount)) count = variable.substr(kCount.size());
  }
  unsigned entries = 0;
  const auto parsed = std::from_chars(count.data(), count.data() + count.size(), entries);
  // With a count that is none git complains, here as outside.
  if (parsed.ec != std::errc() || parsed.ptr != count.data() + count.size()) return;
  assign(environment, "GIT_CONFIG_KEY_" + count + "=safe.directory");
  assign(environment, "GIT_CONFIG_VALUE_" + count + "=*");
  assign(environment, std::string(kCount) + std::to_string(entries + 1));
}

}  // namespace

std::vector<std::string> guest_environment(const CallerFacts& caller,
                                           const std::vector<std::string>& additions, bool as_root,
                                           const EnvironmentRule& rule) {
  std::vector<std::string> environment;
  for (const std::string& variable : caller.environment) {
    if (passes(name_of(variable), caller, rule)) environment.push_back(variable);
  }
  if (rule.pass == config::PassEnvironment::kNone) environment.emplace_back(kPlainPath);
  if (as_root) {
    for (std::string& variable : environment) {
      if (variable.starts_with("PATH=")) add_system_directories(variable);
    }
    if (caller.uid != 0 && rule.pass != config::PassEnvironment::kNone) {
      let_git_trust_the_caller(environment);
    }
  }
  for (const std::string& addition : additions) assign(environment, addition);
  for (std::string& variable : environment) variable = without_job_server(variable);
  std::erase(environment, std::string());
  return environment;
}

std::string caller_shell() {
  if (const char* shell = std::getenv("SHELL"); shell != nullptr && ::access(shell, X_OK) == 0) {
    return shell;
  }
  if (const passwd* entry = ::getpwuid(::getuid());
      entry != nullptr && ::access(entry->pw_shell, X_OK) == 0) {
    return entry->pw_shell;
  }
  return "/bin/sh";
}

CallerFacts look_at_caller(const std::filesystem::path& directory) {
  CallerFacts caller;
  for (char** variable = ::environ; variable != nullptr && *variable != nullptr; ++variable) {
    caller.environment.emplace_back(*variable);
  }
  for (const std::string& variable : caller.environment) {
    const std::string name = name_of(variable);
    const bool needed = std::find(kNeeded.begin(), kNeeded.end(), name) != kNeeded.end();
    if (!needed &&
        names_host_only(variable.substr(std::min(name.size() + 1, variable.size())), directory)) {
      caller.host_only.push_back(name);
    }
  }
  caller.shell = caller_shell();
  caller.uid = ::getuid();
  caller.gid = ::getgid();
  caller.groups = current_groups();
  caller.umask = base::caller_umask();
  caller.limits = current_limits();
  return caller;
}

wire::Exec make_exec(const CallerProgram& program, const CallerFacts& caller,
                     const relay::StreamPlan& streams) {
  wire::Exec exec;
  exec.arguments = program.words;
  if (exec.arguments.empty()) exec.arguments = {caller.shell};
  exec.environment = program.environment;
  exec.directory = program.directory;
  if (program.as_caller) {
    exec.uid = caller.uid;
    exec.gid = caller.gid;
    exec.groups = caller.groups;
  }
  exec.umask = caller.umask;
  exec.limits = caller.limits;
  exec.streams = streams.kinds;
  return exec;
}

std::string find_in_path(const std::string& name, const std::vector<std::string>& environment) {
  constexpr std::string_view kPath = "PATH=";
  const auto variable =
      std::find_if(environment.begin(), environment.end(),
                   [&](const std::string& entry) { return entry.starts_with(kPath); });
  if (name.empty() || name.find('/') != std::string::npos || variable == environment.end()) {
    return {};
  }
  std::istringstream directories(variable->substr(kPath.size()));
  for (std::string directory; std::getline(directories, directory, ':');) {
    if (!directory.starts_with('/')) return {};
    const std::string file = fmt::format("{}/{}", directory, name);
    struct stat status = {};
    if (::stat(file.c_str(), &status) != 0) continue;
    return S_ISREG(status.st_mode) && ::access(file.c_str(), X_OK) == 0 ? file : std::string();
  }
  return {};
}

}  // namespace quiz::run
