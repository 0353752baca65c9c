// The program as the caller would have run it, as a message to the guest: words, environment,
// directory, identity, limits.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "config/settings.h"
#include "relay/streams.h"
#include "wire/messages.h"

namespace quiz::run {

struct CallerProgram {
  std::vector<std::string> words;        ///< empty: the caller's shell
  std::string directory;                 ///< absolute
  bool as_caller = false;                ///< with the caller's uid, gid and groups; else as root
  std::vector<std::string> environment;  ///< "NAME=VALUE"
};

/// What of the calling process a program takes along.
struct CallerFacts {
  std::vector<std::string> environment;  ///< all of it, "NAME=VALUE"
  std::string shell;                     ///< caller_shell()
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::vector<std::uint32_t> groups;
  std::uint32_t umask = 022;
  std::vector<wire::ResourceLimit> limits;
  std::vector<std::string> host_only = {};  ///< variables whose value names_host_only()
};
/// For a program that runs in `directory`.
CallerFacts look_at_caller(const std::filesystem::path& directory = {});

/// A variable that makes sense only on the host: sockets of its session, its display, its agents.
bool only_for_host(const std::string& name);

/// What of the caller's environment a program gets.
struct EnvironmentRule {
  config::PassEnvironment pass = config::PassEnvironment::kAll;
  bool hide_secrets = false;  ///< leave out what looks like a secret (config/secrets.h)
};

/// The caller's environment without what is only for the host, as far as the rule goes, and
/// `additions` ("NAME=VALUE") on top, whatever they are. Listed is: those, and what a program needs
/// to know its user, terminal, language and time zone. As root, the directories of system
/// administration are in PATH, and git trusts another caller's files; of nothing, there is a plain
/// PATH. Pure.
std::vector<std::string> guest_environment(const CallerFacts& caller,
                                           const std::vector<std::string>& additions, bool as_root,
                                           const EnvironmentRule& rule = {});

/// The message for the program, with no candidate. Pure.
wire::Exec make_exec(const CallerProgram& program, const CallerFacts& caller,
                     const relay::StreamPlan& streams);

/// Where execvp would find the program, by the caller's view of the files; empty if that is not
/// sure.
std::string find_in_path(const std::string& name, const std::vector<std::string>& environment);

/// The shell that the caller uses: $SHELL, else the password database's, else /bin/sh.
std::string caller_shell();

}  // namespace quiz::run
