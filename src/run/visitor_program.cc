#include "run/visitor_program.h"

#include "run/caller_program.h"
#include "run/program_choice.h"
#include "run/project_consent.h"

namespace quiz::run {

VisitorProgram make_visitor_program(const config::Settings& settings, const base::Paths& paths,
                                    const Caller& caller, const std::vector<std::string>& words,
                                    const live::Description& machine) {
  const std::vector<config::Ask> asks =
      asks_of_settings(settings, {"user", "directory", "environment", "pass_environment", "tty",
                                  "stdin", "hide_secrets", "timeout"});
  require_consent(settings, paths, asks);
  CallerProgram program;
  program.words = words.empty() ? std::vector<std::string>{machine.shell} : words;
  program.directory = choose_directory(settings);
  program.as_caller = settings.user.value;
  const CallerFacts facts = look_at_caller(program.directory);
  std::vector<std::string> additions = machine.environment;
  for (std::string& addition : environment_additions(settings)) {
    additions.push_back(std::move(addition));
  }
  EnvironmentRule rule;
  rule.pass = settings.pass_environment.value;
  rule.hide_secrets = settings.hide_secrets.value.value_or(
      machine.hides_secrets || takes_part_unagreed(settings, paths, asks));
  program.environment = guest_environment(facts, additions, !program.as_caller, rule);
  VisitorProgram visitor;
  visitor.streams = relay::plan_streams(caller.open_streams, wants_pty(settings.tty.value),
                                        settings.input.value == config::Stdin::kEager);
  visitor.exec = make_exec(program, facts, visitor.streams);
  if (machine.host_files && !words.empty()) {
    visitor.exec.candidate = find_in_path(words[0], program.environment);
  }
  return visitor;
}

}  // namespace quiz::run
