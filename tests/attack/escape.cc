// A QEMU that the guest has taken over. `quiz --qemu escape` starts it with exactly the confinement
// that QEMU gets; it greets on its monitor as QEMU would, tries everything on the list and reports
// on the machine's console (--kmsg=FILE):
//
//   state.NAME VALUE            what it has from quiz
//   NUMBER NAME begins
//   NAME allowed | NAME refused ERROR | NAME absent
//   done
//
// What it needs to know comes as words of the kernel's command line (--cmdline):
// attack.victims=DIRECTORY and so on, see read_words. An attempt may end the process, by a filter
// that kills or because it is another program afterwards: whoever reads goes on with
// attack.from=NUMBER.
#include <setjmp.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>

#include "attempt.h"
#include "monitor.h"

namespace {

using quiz::attack::Attempt;
using quiz::attack::Outcome;
using quiz::attack::Targets;

void say(int console, const std::string& line) {
  const std::string whole = line + "\n";
  (void)!::write(console, whole.data(), whole.size());
}

/// From "-chardev socket,id=NAME,fd=NUMBER".
int channel(const std::string& option, const std::string& name) {
  const std::string prefix = "socket,id=" + name + ",fd=";
  return option.rfind(prefix, 0) == 0 ? std::atoi(option.c_str() + prefix.size()) : -1;
}

std::map<std::string, std::string> read_words(const std::string& file) {
  std::map<std::string, std::string> values;
  std::ifstream lines(file);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t equals = line.find('=');
    if (equals != std::string::npos) values[line.substr(0, equals)] = line.substr(equals + 1);
  }
  return values;
}

struct Call {
  Targets targets;
  int monitor = -1;
  int wire = -1;
  bool resumed = false;
  bool play = false;
  std::size_t from = 0;
};

Call read_arguments(int argc, char** argv) {
  Call call;
  Targets& targets = call.targets;
  targets.program = argv[0];
  std::map<std::string, std::string> words = read_words(targets.program + ".words");
  for (int index = 1; index < argc; ++index) {
    const std::string argument = argv[index];
    if (const int fd = channel(argument, "console"); fd >= 0) targets.console = fd;
    if (const int fd = channel(argument, "control"); fd >= 0) call.monitor = fd;
    if (const std::size_t at = argument.find("mem-path="); at != std::string::npos) {
      const std::size_t begin = at + std::strlen("mem-path=");
      targets.memory = argument.substr(begin, argument.find(',', begin) - begin);
    }
    if (const int fd = channel(argument, "wire"); fd >= 0) call.wire = fd;
    if (argument == "-incoming") call.resumed = true;
  }
  targets.victims = words["victims"];
  targets.cache = words["cache"];
  targets.data = words["data"];
  targets.runtime = words["runtime"];
  targets.socket = words["socket"];
  targets.abstract = words["abstract"];
  targets.datagrams = words["datagrams"];
  targets.port = words["port"];
  targets.queue = words["queue"];
  targets.memory_key = std::atoi(words["memory"].c_str());
  targets.parent = std::atoi(words["parent"].c_str());
  targets.other = std::atoi(words["other"].c_str());
  call.play = words["play"] == "yes";
  call.from = static_cast<std::size_t>(std::atoi(words["from"].c_str()));
  return call;
}

sigjmp_buf after_attempt;

/// A filter that traps is a refusal.
void on_bad_call(int signal) { ::siglongjmp(after_attempt, signal); }

void try_it(const Attempt& attempt, const Targets& targets) {
  std::string outcome;
  if (const int signal = ::sigsetjmp(after_attempt, 1); signal != 0) {
    outcome = " refused " + std::string(::strsignal(signal));
  } else {
    const Outcome result = attempt.run(targets);
    outcome = result == 0 ? " allowed"
              : result == quiz::attack::kAbsent
                  ? " absent"
                  : std::string(" refused ") + ::strerrorname_np(result);
  }
  say(targets.console, attempt.name + outcome);
}

std::vector<Attempt> all_attempts() {
  using namespace quiz::attack;
  std::vector<Attempt> all;
  for (const auto& group :
       {hidden_attempts(), network_attempts(), process_attempts(), system_attempts(),
        privilege_attempts(), file_attempts(), exec_attempts()}) {
    all.insert(all.end(), group.begin(), group.end());
  }
  return all;
}

int list_attempts() {
  for (const Attempt& attempt : all_attempts()) std::puts(attempt.name);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && std::strcmp(argv[1], "--list") == 0) return list_attempts();
  if (argc == 4 && std::strcmp(argv[1], "--say") == 0) {
    say(std::atoi(argv[2]), std::string(argv[3]) + " allowed");
    return 0;
  }
  const Call call = read_arguments(argc, argv);
  if (call.targets.console < 0 || call.monitor < 0) {
    std::fputs("escape: to be given as quiz --qemu\n", stderr);
    return 2;
  }
  const bool saved = !call.targets.memory.empty() && !call.resumed;
  if (saved && call.play) {
    quiz::attack::play_until_saved(call.monitor, call.wire);
    return 0;
  }
  quiz::attack::greet(call.monitor);
  for (const int signal : {SIGSYS, SIGSEGV, SIGXFSZ}) std::signal(signal, on_bad_call);
  const std::vector<Attempt> attempts = all_attempts();
  say(call.targets.console, std::string("state.machine ") + (call.resumed ? "resumed"
                                                             : saved      ? "to be saved"
                                                                          : "booted"));
  if (call.from == 0) {
    for (const std::string& line : quiz::attack::inherited_state()) say(call.targets.console, line);
  }
  for (std::size_t index = call.from; index < attempts.size(); ++index) {
    say(call.targets.console, std::to_string(index) + " " + attempts[index].name + " begins");
    try_it(attempts[index], call.targets);
  }
  say(call.targets.console, "done");
  return 0;
}
