#include "build/logged_command.h"

#include <fcntl.h>

#include <chrono>
#include <csignal>

#include "base/error.h"
#include "base/files.h"
#include "base/lines.h"
#include "base/signals.h"
#include "base/watched_child.h"

namespace quiz::build {

namespace {

constexpr std::chrono::milliseconds kTick(500);

std::string command_line(const std::vector<std::string>& words) {
  std::string text = "+";
  for (const std::string& word : words) text += " " + word;
  return text + "\n";
}

}  // namespace

LoggedResult run_logged(const LoggedCommand& command) {
  const base::Fd log = base::open_file(command.log, O_WRONLY | O_CREAT | O_APPEND);
  base::SignalSource signals({SIGINT, SIGTERM, SIGHUP});
  const std::string name = command.log.string();
  base::write_all(log.get(), command_line(command.options.arguments), name);

  LoggedResult result;
  base::LineCutter lines(command.on_line);
  const auto take = [&](std::string_view data) {
    base::write_all(log.get(), data, name);
    result.output += data;
    lines.add(data);
  };
  const auto interrupt = [&](base::Child&, int signal) {
    throw base::Error("the " + command.what + " was interrupted", command.interrupted_hint,
                      128 + signal);
  };
  result.status = base::run_watched({.options = command.options,
                                     .streams = {{{1, 2}, take}},
                                     .signals = &signals,
                                     .on_signal = interrupt,
                                     .interval = kTick,
                                     .on_interval = command.on_tick})
                      .status;
  lines.finish();
  return result;
}

}  // namespace quiz::build
