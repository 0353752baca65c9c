// `quiz layers`: what a run's `/` is made of, and which layer a path comes from.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/error.h"
#include "cli/command.h"
#include "cli/command_run.h"
#include "cli/standard_streams.h"
#include "config/settings.h"
#include "root/layers.h"
#include "run/plan.h"

namespace quiz::cli {

namespace {

namespace fs = std::filesystem;

std::string changes_line(const run::Request& request) {
  const std::uint64_t mib = request.size_mib != 0 ? request.size_mib : request.memory_mib / 2;
  return fmt::format("memory, at most {} MiB: what is written vanishes with the machine", mib);
}

void print_layers(const run::Request& request, const std::vector<root::Layer>& layers) {
  std::string text;
  const auto line = [&](std::string_view name, const std::string& description) {
    text += fmt::format("{:<11}{}\n", name, description);
  };
  line("changes", changes_line(request));
  line("bundle", "made for the run: /etc/hostname, /etc/hosts");
  for (const root::Layer& layer : layers) line(layer.name, layer.description);
  if (!request.output.empty()) {
    line("output", fmt::format("{}, at {}: what is written stays", request.output.string(),
                               root::kOutputInGuest));
  }
  for (const run::WritableMount& mount : request.writes) {
    line("writable", fmt::format("{}, at {}: what is written stays", mount.directory.string(),
                                 mount.place.string()));
  }
  for (const run::ShownMount& mount : request.shown) {
    line("shown", fmt::format("{}, at {}: {}", mount.directory.string(), mount.place.string(),
                              mount.copy_on_write ? "what is written vanishes with the machine"
                                                  : "read-only"));
  }
  for (const fs::path& path : request.hidden) line("hidden", path.string());
  line("kernel", "/proc, /sys, /dev and /run are the guest's own");
  print(text);
}

/// What is there whatever the layers have; empty: nothing.
std::string made_for_the_run(const fs::path& path) {
  const std::string text = path.string();
  if (text == "/etc/hostname" || text == "/etc/hosts") return "bundle";
  for (const fs::path& hidden : root::hidden_directories()) {
    if (text == hidden || text.starts_with(hidden.string() + "/")) return "kernel";
  }
  return {};
}

bool print_path(const std::vector<root::Layer>& layers, const fs::path& path) {
  const root::Found found = root::find_path(layers, path);
  std::string text = path.string();
  if (found.path != path) text += " is " + found.path.string();
  text += "\n";
  const std::string made = made_for_the_run(found.path);
  if (!made.empty()) text += fmt::format("  {:<11}the guest's own\n", made);
  bool hidden = !made.empty();
  if (made != "kernel") {
    for (const root::Origin& origin : found.origins) {
      const std::string where = origin.on_host.empty() ? "in the image" : origin.on_host.string();
      text += fmt::format("  {:<11}{}{}\n", origin.layer, where, hidden ? " (hidden)" : "");
      std::error_code ignored;
      hidden = hidden || (!origin.on_host.empty() && !fs::is_directory(origin.on_host, ignored));
    }
  }
  const bool nowhere = made.empty() && found.origins.empty();
  if (nowhere) text += "  in no layer\n";
  print(text);
  return !nowhere;
}

}  // namespace

int command_layers(const Context& context, const std::vector<std::string>& words) {
  for (const std::string& word : words) {
    if (!word.starts_with('-')) continue;
    throw base::Error(fmt::format("layers does not know '{}'", word),
                      "usage: quiz [OPTIONS] layers [PATH...]");
  }
  const run::Request request = make_request(context, {});
  const auto layers = root::describe(run::sharing_request(request), root::layer_of(request.base));
  if (words.empty()) {
    print_layers(request, layers);
    return 0;
  }
  bool all = true;
  for (const std::string& word : words) {
    const fs::path path = (fs::path(request.directory) / word).lexically_normal();
    all = print_path(layers, path) && all;
  }
  return all ? 0 : 1;
}

}  // namespace quiz::cli
