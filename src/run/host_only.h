// What the caller sees and a machine cannot have: files where it has directories of its own, the
// other ends of sockets and FIFOs, descriptors of the caller's. The environment leaves it out
// (caller_program.h), and what is asked for all the same is told.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "run/request.h"

namespace quiz::run {

/// There is such a file on the host, in a directory that the machine has of its own (/run, /dev),
/// and no device. `directory` is where the program runs: it is shared wherever it lies.
bool lies_on_host_only(const std::filesystem::path& path, const std::filesystem::path& directory);

/// Whether a variable's value is the path of such a file, or the address of a socket or a FIFO:
/// "/tmp/agent.1", "unix:///tmp/docker.sock", "/tmp/tmux-0/default,12,0".
bool names_host_only(const std::string& value, const std::filesystem::path& directory);

/// What of the program's words and of the variables that were asked for names something of this
/// kind: a sentence for each.
std::vector<std::string> warnings_of_host_only(const Request& request);

}  // namespace quiz::run
