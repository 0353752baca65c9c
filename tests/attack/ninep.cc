// The attacker in the guest: root, with a 9p device in its own hands.
//
//   ninep cases                           the names of the attempts, each of which wants its
//   victims (changes.h) ninep TAG change DIRECTORY     tries them all below that directory of the
//   host ninep TAG hidden                      tries to list and to read what shall be out of sight
//   ninep TAG all DIRECTORY               both
//   ninep TAG hidden PATH…                the same for these
//
// A line for each attempt: DIALECT WHAT PATH -> ok, or -> error NUMBER. The status is 0 when all
// has been tried, whatever came of it; the host tells whether something changed.
#include <algorithm>
#include <cstdio>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include "changes.h"
#include "client.h"
#include "virtio_9p.h"

namespace {

using quiz::attack::Change;
using quiz::attack::Client;
using quiz::attack::Dialect;
using quiz::attack::Refused;
using quiz::attack::Virtio9p;

constexpr char kOpenModes[] = "open-modes";
constexpr char kRead[] = "read";  // changes nothing: shows that the others might

const char* name_of(Dialect dialect) { return dialect == Dialect::u ? "u" : "L"; }

/// The outcome, as text.
template <typename Attempt>
void tell(Dialect dialect, const std::string& what, const std::string& path, Attempt attempt) {
  std::string outcome = "ok";
  try {
    outcome += attempt();
  } catch (const Refused& refused) {
    outcome = "error " + std::to_string(refused.error());
  }
  std::printf("%s %s %s -> %s\n", name_of(dialect), what.c_str(), path.c_str(), outcome.c_str());
  std::fflush(stdout);
}

void list_cases() {
  for (const Dialect dialect : {Dialect::u, Dialect::l}) {
    for (const Change& change : quiz::attack::changes()) {
      std::printf("%s.%s\n", name_of(dialect), change.name);
    }
    for (const char* name : {kOpenModes, kRead}) {
      std::printf("%s.%s\n", name_of(dialect), name);
    }
  }
}

void change(Virtio9p& device, Dialect dialect, const std::string& directory,
            const std::vector<std::string>& left_out) {
  const auto victims = [&](const char* name) {
    return directory + "/" + name_of(dialect) + "." + name;
  };
  tell(dialect, kRead, victims(kRead) + "/file", [&] {
    Client client(device, dialect);
    const std::uint32_t file = client.walk(victims(kRead) + "/file");
    client.open(file, 0);
    return " " + std::to_string(client.read(file).size()) + " bytes";
  });
  for (const Change& change : quiz::attack::changes()) {
    const std::string word = std::string("-") + change.name;
    if (std::find(left_out.begin(), left_out.end(), word) != left_out.end()) continue;
    tell(dialect, change.name, victims(change.name), [&] {
      Client client(device, dialect);
      change.attempt(client, victims(change.name));
      return "";
    });
  }
  tell(dialect, kOpenModes, victims(kOpenModes), [&] {
    Client client(device, dialect);
    return quiz::attack::try_open_modes(client, victims(kOpenModes));
  });
}

void look(Virtio9p& device, Dialect dialect, const std::string& path) {
  tell(dialect, "list", path, [&] {
    std::string names;
    for (const std::string& name : Client(device, dialect).list(path)) {
      if (name != "." && name != "..") names += " " + name;
    }
    return names;
  });
}

void read(Virtio9p& device, Dialect dialect, const std::string& path) {
  tell(dialect, "read", path, [&] {
    Client client(device, dialect);
    const std::uint32_t file = client.walk(path);
    client.open(file, 0);
    return " " + std::to_string(client.read(file).size()) + " bytes";
  });
}

void look_at_hidden(Virtio9p& device, Dialect dialect) {
  for (const char* path : {"/proc", "/proc/1", "/proc/self", "/proc/self/fd", "/proc/sys", "/run",
                           "/run/user", "/sys", "/sys/kernel", "/dev", "/dev/shm", "/dev/pts"}) {
    look(device, dialect, path);
  }
  for (const char* path :
       {"/proc/1/environ", "/proc/1/cmdline", "/proc/self/environ", "/proc/self/maps",
        "/proc/version", "/proc/kallsyms", "/sys/kernel/mm/transparent_hugepage/enabled",
        "/sys/kernel/mm/transparent_hugepage/defrag", "/sys/kernel/notes", "/dev/mem", "/dev/zero",
        "/dev/urandom"}) {
    read(device, dialect, path);
  }
}

int usage() {
  std::fputs(
      "usage: ninep cases | ninep TAG change|all DIRECTORY [-NAME…] | ninep TAG hidden [PATH…]\n",
      stderr);
  return 2;
}

int run(const std::vector<std::string>& words) {
  if (words.size() == 1 && words[0] == "cases") {
    list_cases();
    return 0;
  }
  if (words.size() < 2) return usage();
  const bool all = words[1] == "all";
  const bool changes = words[1] == "change" || all;
  if (!changes && words[1] != "hidden") return usage();
  if (changes && words.size() < 3) return usage();
  const std::vector<std::string> others(
      words.begin() + std::min<std::ptrdiff_t>(3, std::ssize(words)), words.end());
  Virtio9p device(words[0]);
  for (const Dialect dialect : {Dialect::u, Dialect::l}) {
    if (changes) change(device, dialect, words[2], others);
    if (all || words.size() == 2) look_at_hidden(device, dialect);
    for (std::size_t index = 2; !changes && index < words.size(); ++index) {
      look(device, dialect, words[index]);
      read(device, dialect, words[index]);
    }
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "ninep: %s\n", error.what());
    return 1;
  }
}
