// `quiz disk list | remove`: the disks that runs keep.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/error.h"
#include "cli/command.h"
#include "cli/standard_streams.h"
#include "cli/subcommand.h"
#include "cli/word_options.h"
#include "profile/preparation.h"
#include "run/places.h"

namespace quiz::cli {

namespace {

int list(const Context& context, const std::vector<std::string>& words) {
  WordOptions options("Shows the disks that runs keep.", "quiz disk list");
  if (!options.read(words)) return 0;

  const auto sets = profile::list_kept(run::kept_disks(context.paths));
  if (sets.empty()) {
    print("no disks are kept (-p blockdev:persist=NAME keeps some)\n");
    return 0;
  }
  print(fmt::format("{:16}  {:>9}  DISKS\n", "NAME", "USED"));
  for (const profile::KeptSet& set : sets) {
    std::vector<std::string> disks;
    disks.reserve(set.disks.size());
    for (const auto& [name, bytes] : set.disks) {
      disks.push_back(fmt::format("{} ({} MiB)", name, bytes >> 20));
    }
    print(fmt::format("{:16}  {:>5} MiB  {}\n", set.name, set.used >> 20, fmt::join(disks, ", ")));
  }
  return 0;
}

int remove(const Context& context, const std::vector<std::string>& words) {
  WordOptions options("Removes disks that runs keep.", "quiz disk remove");
  std::vector<std::string> names;
  options.add_option("NAME", names, "as `quiz disk list` shows it").required();
  if (!options.read(words)) return 0;

  for (const std::string& name : names) {
    profile::remove_kept(run::kept_disks(context.paths), name);
    print(fmt::format("removed {}\n", name));
  }
  return 0;
}

}  // namespace

int command_disk(const Context& context, const std::vector<std::string>& words) {
  return run_subcommand(context, "quiz disk", words,
                        {{"list", "show the disks that runs keep", list},
                         {"remove", "remove disks, all of a name", remove}});
}

}  // namespace quiz::cli
