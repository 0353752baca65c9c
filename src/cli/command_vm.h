// The parts of `quiz vm` that have a file of their own.
#pragma once

#include <string>
#include <vector>

#include "cli/command.h"
#include "config/settings.h"
#include "live/protocol.h"

namespace quiz::cli {

/// `quiz vm start`.
int vm_start(const Context& context, const std::vector<std::string>& words);
/// `quiz vm exec`.
int vm_exec(const Context& context, const std::vector<std::string>& words);

/// `quiz vm attach`.
int vm_attach(const Context& context, const std::vector<std::string>& words);
/// `quiz vm log`.
int vm_log(const Context& context, const std::vector<std::string>& words);
/// `quiz vm net`.
int vm_net(const Context& context, const std::vector<std::string>& words);
/// `quiz vm plug`.
int vm_plug(const Context& context, const std::vector<std::string>& words);
/// `quiz vm unplug`.
int vm_unplug(const Context& context, const std::vector<std::string>& words);
/// `quiz vm top`.
int vm_top(const Context& context, const std::vector<std::string>& words);
/// `quiz vm gdb`; does not return where gdb takes over.
int vm_gdb(const Context& context, const std::vector<std::string>& words);

/// Throws base::Error for an option of a run that `quiz vm COMMAND` was given and cannot follow.
void refuse_option(const config::Origin& origin, const std::string& command);

/// What a machine's end is for whoever waited for something else: a status, and a sentence on
/// stderr that begins with `what` ("the machine build ended before make did").
int report_over(const live::Over& over, const std::string& what);

}  // namespace quiz::cli
