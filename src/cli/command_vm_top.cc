// `quiz vm top`: what the running machines use, anew each second on a terminal.
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <string>
#include <thread>

#include "base/files.h"
#include "base/lines.h"
#include "base/signals.h"
#include "base/terminal.h"
#include "cli/command_vm.h"
#include "cli/machine_list.h"
#include "cli/standard_streams.h"
#include "cli/word_options.h"

namespace quiz::cli {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kInterval{1000};
/// Between the two looks where it is shown once.
constexpr milliseconds kShort{500};

struct Look {
  std::vector<Machine> machines;
  Clock::time_point time;
};

Look look(const base::Paths& paths) { return {look_at_machines(paths), Clock::now()}; }

std::string shown(const Look& now, const Look& before) {
  return in_columns(now.machines, before.machines,
                    std::chrono::duration_cast<milliseconds>(now.time - before.time));
}

/// The screen while it is ours: the alternate one, without a cursor.
class Screen {
 public:
  Screen() : raw_(STDIN_FILENO) { draw("\033[?1049h\033[?25l"); }
  ~Screen() {
    constexpr std::string_view kBack = "\033[?25h\033[?1049l";
    (void)!::write(STDOUT_FILENO, kBack.data(), kBack.size());
  }
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  /// What does not fit is cut off.
  void show(const std::string& text) const {
    const auto size = base::terminal_size(STDOUT_FILENO).value_or(base::TerminalSize{24, 80});
    std::string drawn = "\033[H";
    std::size_t row = 0;
    for (const std::string& line : base::lines_of(text)) {
      if (++row > std::max<std::size_t>(size.rows, 2) - 1) break;
      drawn += line.substr(0, size.columns) + "\033[K\r\n";
    }
    draw(drawn + "\033[J");
  }

 private:
  /// What comes from others in it is printable already.
  static void draw(const std::string& text) { base::write_all(STDOUT_FILENO, text, "the screen"); }

  base::RawTerminal raw_;
};

/// Until q, Ctrl-C or a signal; returns the signal, or 0.
int watch(const base::Paths& paths) {
  base::SignalSource signals({SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH});
  const Screen screen;
  Look before{};
  for (;;) {
    Look now = look(paths);
    const std::string text = shown(now, before);
    before = std::move(now);
    const auto next = before.time + kInterval;
    for (auto time = Clock::now(); time < next; time = Clock::now()) {
      screen.show(text);
      pollfd polled[] = {{STDIN_FILENO, POLLIN, 0}, {signals.fd(), POLLIN, 0}};
      const auto left = std::chrono::ceil<milliseconds>(next - time).count();
      if (::poll(polled, 2, static_cast<int>(left)) <= 0) continue;
      while (const auto number = signals.next()) {
        if (*number != SIGWINCH) return *number;
      }
      if (polled[0].revents == 0) continue;
      constexpr char kControlC = 3;
      char key = 0;
      if (::read(STDIN_FILENO, &key, 1) != 1 || key == 'q' || key == kControlC) return 0;
    }
  }
}

}  // namespace

int vm_top(const Context& context, const std::vector<std::string>& words) {
  WordOptions options(
      "Shows what the running machines use of this host, anew each second; q ends it. Where stdout "
      "is "
      "no terminal it is shown once.",
      "quiz vm top");
  if (!options.read(words)) return 0;

  if (base::is_terminal(STDIN_FILENO) && base::is_terminal(STDOUT_FILENO)) {
    const int signal = watch(context.paths);
    constexpr int kSignalled = 128;
    return signal == 0 ? 0 : kSignalled + signal;
  }
  const Look before = look(context.paths);
  std::this_thread::sleep_for(kShort);
  print(shown(look(context.paths), before));
  return 0;
}

}  // namespace quiz::cli
