// `quiz disk list | remove`: the disks that runs keep.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/error.h"
#include "cli/command.h"
#include "cli/standard_streams.h"
#include "profile/preparation.h"
#include "run/run.h"

namespace quiz::cli {

namespace {

int list(const Context& context) {
  const auto sets = profile::list_kept(run::kept_disks(context.paths));
  if (sets.empty()) {
    print("no disks are kept (-p blockdev:persist=NAME keeps some)\n");
    return 0;
  }
  print(fmt::format("{:16}  {:>9}  DISKS\n", "NAME", "USED"));
  for (const profile::KeptSet& set : sets) {
    std::vector<std::string> disks;
    for (const auto& [name, bytes] : set.disks) {
      disks.push_back(fmt::format("{} ({} MiB)", name, bytes >> 20));
    }
    print(fmt::format("{:16}  {:>5} MiB  {}\n", set.name, set.used >> 20, fmt::join(disks, ", ")));
  }
  return 0;
}

}  // namespace

int command_disk(const Context& context, const std::vector<std::string>& words) {
  if (words.size() == 1 && words[0] == "list") return list(context);
  if (words.size() >= 2 && words[0] == "remove") {
    for (auto name = words.begin() + 1; name != words.end(); ++name) {
      profile::remove_kept(run::kept_disks(context.paths), *name);
      print(fmt::format("removed {}\n", *name));
    }
    return 0;
  }
  throw base::Error("usage: quiz disk list | quiz disk remove NAME...",
                    "`quiz help disk` tells more");
}

}  // namespace quiz::cli
