// The program as the caller would have run it, as a message to the guest: words, environment,
// directory, identity, limits.
#pragma once

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
/// administration are in PATH; of nothing, there is a plain PATH.
std::vector<std::string> guest_environment(const std::vector<std::string>& additions, bool as_root,
                                           const EnvironmentRule& rule = {});

/// The message for the program; takes umask, resource limits and identity from the calling process.
wire::Exec make_exec(const CallerProgram& program, const relay::StreamPlan& streams);

/// The shell that the caller uses: $SHELL, else the password database's, else /bin/sh.
std::string caller_shell();

}  // namespace quiz::run
