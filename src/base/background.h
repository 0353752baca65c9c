// Going on in the background: what a shell's & does for a command, done by a command itself, once
// it is sure that all is well.
#pragma once

#include <functional>
#include <string>
#include <variant>

namespace quiz::base {

/// Runs `work` in a child process. Until it calls `ready`, once, that has our stderr and is in our
/// process group, so that Ctrl-C ends it as it would end us; then it is in a session of its own,
/// without any of our standard streams, and goes on. Its stdin and stdout are /dev/null from the
/// beginning, and what our own caller left open beside those is closed. Returns the word that it
/// was ready with, or the exit status that `work` returned before. `work` must not throw. To be
/// called while there is one thread. Throws SystemError.
std::variant<std::string, int> run_in_background(
    const std::function<int(const std::function<void(const std::string& word)>& ready)>& work);

/// Closes what our caller left open for its own purposes beside the standard streams (a lock, a
/// pipe that somebody reads to its end), which work that goes on without it must not hold. What we
/// opened ourselves is closed on exec, and stays.
void close_inherited();

}  // namespace quiz::base
