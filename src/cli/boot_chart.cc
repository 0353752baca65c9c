#include "cli/boot_chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>
#include <optional>
#include <string_view>
#include <tuple>

#include "base/printable.h"

namespace quiz::cli {

namespace {

constexpr double kShortest = 1;  // milliseconds
constexpr std::size_t kMostInitcalls = 30;

using Time = std::optional<relay::Clock::time_point>;

/// "initcall NAME+0x0/0x20 returned 0 after 1234 usecs" (init/main.c, initcall_debug_finish);
/// `kernel_start` is the kernel's time 0.
std::optional<BootSpan> read_initcall(const wire::Log& log, double kernel_start) {
  constexpr std::string_view kBegin = "initcall ";
  constexpr std::string_view kAfter = " after ";
  const std::string_view text = log.text;
  const std::size_t after = text.rfind(kAfter);
  if (!text.starts_with(kBegin) || after == std::string_view::npos) return std::nullopt;
  const std::string_view number = text.substr(after + kAfter.size());
  unsigned long long microseconds = 0;
  const auto [rest, error] =
      std::from_chars(number.data(), number.data() + number.size(), microseconds);
  if (error != std::errc{} || microseconds > log.time_us) return std::nullopt;
  const std::string_view name =
      text.substr(kBegin.size(), text.find_first_of("+ ", kBegin.size()) - kBegin.size());
  const double end = kernel_start + static_cast<double>(log.time_us) / 1e3;
  return BootSpan{Lane::initcall, base::printable_line(name),
                  end - static_cast<double>(microseconds) / 1e3, end};
}

std::vector<BootSpan> read_initcalls(const std::vector<wire::Log>& log, double kernel_start) {
  std::vector<BootSpan> calls;
  for (const wire::Log& message : log) {
    const auto call = read_initcall(message, kernel_start);
    if (call && call->end - call->begin >= kShortest) calls.push_back(*call);
  }
  std::sort(calls.begin(), calls.end(),
            [](const BootSpan& a, const BootSpan& b) { return a.end - a.begin > b.end - b.begin; });
  if (calls.size() > kMostInitcalls) calls.resize(kMostInitcalls);
  std::sort(calls.begin(), calls.end(),
            [](const BootSpan& a, const BootSpan& b) { return a.begin < b.begin; });
  return calls;
}

/// When the kernel started init, by its own clock in milliseconds.
std::optional<double> init_start(const std::vector<wire::Log>& log) {
  const auto found = std::find_if(log.begin(), log.end(), [](const wire::Log& message) {
    return message.text.starts_with("Run /init as init process");
  });
  if (found == log.end()) return std::nullopt;
  return static_cast<double>(found->time_us) / 1e3;
}

const char* colour(Lane lane) {
  switch (lane) {
    case Lane::quiz:
      return "#4c78a8";
    case Lane::machine:
      return "#9d755d";
    case Lane::kernel:
      return "#54a24b";
    case Lane::initcall:
      return "#a5d29a";
    case Lane::init:
      return "#eeca3b";
    case Lane::program:
      return "#e45756";
  }
  return "#888888";
}

std::string escaped(const std::string& text) {
  std::string result;
  for (const char c : text) {
    result += c == '<' ? "&lt;" : c == '&' ? "&amp;" : c == '>' ? "&gt;" : std::string(1, c);
  }
  return result;
}

double whole(const std::vector<BootSpan>& spans) {
  double end = 0;
  for (const BootSpan& span : spans) end = std::max(end, span.end);
  return end;
}

/// A round step that divides `length` into about ten.
double round_step(double length) {
  double step = 1;
  while (length / step > 12) step *= length / step > 60 ? 10 : length / step > 24 ? 5 : 2;
  return step;
}

std::vector<BootSpan> phases(const relay::Clocks& clocks, const std::vector<wire::Log>& log) {
  std::vector<BootSpan> spans;
  const auto since_start = [&](const Time& time) {
    return std::chrono::duration<double, std::milli>(*time - clocks.start).count();
  };
  const auto add = [&](Lane lane, const char* name, double begin, double end) {
    spans.push_back({lane, name, begin, std::max(begin, end)});
  };
  if (!clocks.machine) return spans;
  const double machine = since_start(clocks.machine);
  add(Lane::quiz, "quiz prepares the run", 0, machine);
  if (!clocks.hello || !clocks.kernel_ns) return spans;
  const double hello = since_start(clocks.hello);
  const double kernel =
      std::clamp(hello - static_cast<double>(*clocks.kernel_ns) / 1e6, machine, hello);
  add(Lane::machine, "QEMU, until the kernel's clock runs", machine, kernel);
  const double init = std::clamp(kernel + init_start(log).value_or(hello - kernel), kernel, hello);
  add(Lane::kernel, "the kernel, until init", kernel, init);
  add(Lane::init, "init, until it says hello", init, hello);
  if (!clocks.program) return spans;
  const double program = since_start(clocks.program);
  add(Lane::init, "init builds the root and starts the program", hello, program);
  if (!clocks.exit) return spans;
  const double exit = since_start(clocks.exit);
  add(Lane::program, "the program", program, exit);
  return spans;
}

}  // namespace

std::vector<BootSpan> boot_spans(const relay::Clocks& clocks, const std::vector<wire::Log>& log) {
  std::vector<BootSpan> spans = phases(clocks, log);
  const auto kernel = std::find_if(spans.begin(), spans.end(),
                                   [](const BootSpan& span) { return span.lane == Lane::kernel; });
  if (kernel == spans.end()) return spans;
  const auto calls = read_initcalls(log, kernel->begin);
  spans.insert(spans.end(), calls.begin(), calls.end());
  // Modules are loaded by init.
  std::ranges::sort(
      spans, {}, [](const BootSpan& span) { return std::tie(span.begin, span.lane, span.name); });
  return spans;
}

std::string boot_svg(const std::vector<BootSpan>& spans, const std::string& kernel) {
  constexpr double kLeft = 360;
  constexpr double kWidth = 800;
  constexpr double kRow = 20;
  constexpr double kTop = 60;
  const double total = std::max(whole(spans), 1.0);
  const double scale = kWidth / total;
  const double bottom = kTop + kRow * static_cast<double>(spans.size());
  std::string svg;
  auto out = std::back_inserter(svg);
  fmt::format_to(out,
                 "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:.0f}\" height=\"{1:.0f}\" "
                 "viewBox=\"0 0 {0:.0f} {1:.0f}\" font-family=\"sans-serif\" font-size=\"12\">\n"
                 "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
                 "<text x=\"12\" y=\"24\" font-size=\"16\">quiz with the kernel {2}: {3:.0f} ms "
                 "from its start to the program's end</text>\n",
                 kLeft + kWidth + 40, bottom + 20, escaped(base::printable_line(kernel)), total);
  const double step = round_step(total);
  for (double time = 0; time <= total; time += step) {
    fmt::format_to(out,
                   "<line x1=\"{0:.1f}\" y1=\"{1:.0f}\" x2=\"{0:.1f}\" y2=\"{2:.0f}\" "
                   "stroke=\"#dddddd\"/><text x=\"{0:.1f}\" y=\"{3:.0f}\" fill=\"#666666\" "
                   "text-anchor=\"middle\">{4:.0f}</text>\n",
                   kLeft + time * scale, kTop, bottom, kTop - 6, time);
  }
  double y = kTop;
  for (const BootSpan& span : spans) {
    const double length = span.end - span.begin;
    fmt::format_to(
        out,
        "<text x=\"{:.0f}\" y=\"{:.0f}\">{}</text><text x=\"{:.0f}\" y=\"{:.0f}\" "
        "text-anchor=\"end\">{:.1f} ms</text><rect x=\"{:.1f}\" y=\"{:.0f}\" width=\"{:.1f}\" "
        "height=\"{:.0f}\" fill=\"{}\"/>\n",
        span.lane == Lane::initcall ? 28.0 : 12.0, y + 14, escaped(span.name), kLeft - 10, y + 14,
        length, kLeft + span.begin * scale, y + 3, std::max(length * scale, 0.5), kRow - 6,
        colour(span.lane));
    y += kRow;
  }
  return svg + "</svg>\n";
}

std::string boot_table(const std::vector<BootSpan>& spans) {
  std::string table = "  begin ms        ms\n";
  for (const BootSpan& span : spans) {
    table += fmt::format("{:10.1f}{:10.1f}  {}{}\n", span.begin, span.end - span.begin,
                         span.lane == Lane::initcall ? "  " : "", span.name);
  }
  return table + fmt::format("{:20.1f}  all\n", whole(spans));
}

}  // namespace quiz::cli
