// `quiz vm plug` and `quiz vm unplug`: the disks of a machine that runs.
#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "cli/command_vm.h"
#include "cli/standard_streams.h"
#include "cli/word_options.h"
#include "live/connection.h"
#include "live/machines.h"
#include "profile/effects.h"
#include "profile/selection.h"
#include "run/profile_choice.h"

namespace quiz::cli {

namespace {

constexpr char kDisks[] = "blockdev";

/// The disks that -p would make of these words, but one where they do not say how many.
std::vector<relay::NewDisk> read_disks(const Context& context, const std::string& text) {
  const profile::Catalog catalog(run::find_profiles(context.paths, context.reporter).places);
  const auto chosen = profile::choose(catalog, profile::parse_wishes(text, "quiz vm plug"),
                                      std::filesystem::current_path());
  if (chosen.size() != 1 || chosen.front().manifest.name != kDisks) {
    throw base::Error(fmt::format("'{}' cannot be plugged", text),
                      "only disks can: blockdev, blockdev:size=1G, blockdev:count=2");
  }
  const auto is_given = [&](const char* option) {
    const auto& given = chosen.front().given;
    return std::find(given.begin(), given.end(), option) != given.end();
  };
  if (is_given("persist")) {
    throw base::Error("what is plugged goes with the machine: persist cannot be had",
                      "kept disks are those that a machine is started with");
  }
  std::vector<relay::NewDisk> disks;
  for (const profile::WantedDisk& wanted : profile::combine(chosen).disks) {
    disks.push_back({wanted.disk.bytes, wanted.disk.sector, wanted.disk.read_only});
  }
  if (!is_given("count")) disks.resize(1);
  return disks;
}

}  // namespace

int vm_plug(const Context& context, const std::vector<std::string>& words) {
  WordOptions options(
      "Plugs empty disks into a machine that was started with -p hotplug, and prints their names "
      "when the guest has them in /dev.",
      "quiz vm plug");
  std::string name;
  std::string what = kDisks;
  options.add_option("NAME", name, "as `quiz vm list` shows it").required();
  options.add_option("DISKS", what,
                     "as for -p: blockdev:size=1G (the default), :count=2, :sector=4096");
  if (!options.read(words)) return 0;

  const live::Found machine = live::find_machine(context.paths, name);
  live::Connection connection(machine);
  for (const relay::NewDisk& disk : read_disks(context, what)) {
    print(connection.plug({disk}) + "\n");
  }
  return 0;
}

int vm_unplug(const Context& context, const std::vector<std::string>& words) {
  WordOptions options(
      "Pulls disks out of a machine that was started with -p hotplug, without asking it: what it "
      "has not written is lost, and what it reads fails. What was on a disk is gone, unless the "
      "disk is a kept one.",
      "quiz vm unplug");
  std::string name;
  std::vector<std::string> disks;
  options.add_option("NAME", name, "as `quiz vm list` shows it").required();
  options.add_option("DISK", disks, "quizb0 …").required();
  if (!options.read(words)) return 0;

  live::Connection connection(live::find_machine(context.paths, name));
  for (const std::string& disk : disks) connection.unplug(disk);
  return 0;
}

}  // namespace quiz::cli
