// `quiz vm net`: what becomes of the frames of a machine at a LAN.
#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <optional>

#include "base/error.h"
#include "cli/command_vm.h"
#include "cli/word_options.h"
#include "config/values.h"
#include "live/connection.h"
#include "live/machines.h"

namespace quiz::cli {

namespace {

/// "10%" and "0.5%": 100 and 5 of 1000.
unsigned read_loss(const std::string& text) {
  constexpr double kMost = 100;
  const std::string number = text.ends_with('%') ? text.substr(0, text.size() - 1) : text;
  std::size_t used = 0;
  double percent = -1;
  try {
    percent = std::stod(number, &used);
  } catch (const std::exception&) {  // told below
    used = 0;
  }
  if (used == 0 || used != number.size() || !(percent >= 0 && percent <= kMost)) {
    throw base::Error(fmt::format("'{}' is no loss", text), "a percentage: --loss 10%");
  }
  return static_cast<unsigned>(std::lround(percent * 10));
}

unsigned read_delay(const std::string& text) {
  constexpr unsigned kMost = 60'000;
  std::string seconds = text;
  if (text.ends_with("ms")) {
    const std::string number = text.substr(0, text.size() - 2);
    unsigned value = 0;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
    if (error == std::errc() && end == number.data() + number.size() && value <= kMost)
      return value;
    seconds.clear();
  }
  const auto duration = config::read_duration(seconds);
  if (!duration || duration->count() > kMost) {
    throw base::Error(fmt::format("'{}' is no delay", text), "at most a minute: --delay 50ms");
  }
  return static_cast<unsigned>(duration->count());
}

}  // namespace

int vm_net(const Context& context, const std::vector<std::string>& words) {
  WordOptions options(
      "Sets what becomes of the frames of a machine at a LAN (-p lan:NAME). What is not named "
      "stays "
      "as it is.",
      "quiz vm net");
  std::string name, loss, delay;
  bool down = false, up = false;
  options.add_option("--loss", loss, "so much of what it sends is lost: 10%");
  options.add_option("--delay", delay, "what it sends is so late: 50ms");
  options.add_flag("--down", down, "nothing goes either way");
  options.add_flag("--up", up, "it goes again");
  options.add_option("NAME", name, "as `quiz vm list` shows it").required();
  if (!options.read(words)) return 0;

  live::Link link;
  if (down && up) throw base::Error("--down and --up exclude one another", "name one of them");
  if (down || up) link.state.down = down;
  if (!loss.empty()) link.state.loss = read_loss(loss);
  if (!delay.empty()) link.state.delay_ms = read_delay(delay);
  if (!link.state.down && !link.state.loss && !link.state.delay_ms) {
    throw base::Error("quiz vm net is told nothing to do",
                      "--loss 10%, --delay 50ms, --down or --up");
  }
  live::Connection(live::find_machine(context.paths, name)).ask(live::Type::link, link.encode());
  return 0;
}

}  // namespace quiz::cli
