#include "cli/word_options.h"

#include <CLI/CLI.hpp>

#include "base/error.h"
#include "cli/standard_streams.h"

namespace quiz::cli {

WordOption& WordOption::required() {
  option_->required();
  return *this;
}

WordOption& WordOption::one_of(const std::vector<std::string>& values) {
  option_->check(CLI::IsMember(values));
  return *this;
}

WordOption& WordOption::one_word_each() {
  option_->allow_extra_args(false);
  return *this;
}

WordOption& WordOption::shown_with_one_word() {
  option_->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  return *this;
}

WordOption& WordOption::value_is_optional() {
  option_->expected(0, 1);
  return *this;
}

bool WordOption::given() const { return option_->count() > 0; }

WordOptions::WordOptions(const std::string& description, const std::string& command)
    : app_(std::make_unique<CLI::App>(description, command)) {}

WordOptions::~WordOptions() = default;

void WordOptions::add_flag(const std::string& names, bool& value, const std::string& help) {
  app_->add_flag(names, value, help);
}

WordOption WordOptions::add_option(const std::string& names, std::string& value,
                                   const std::string& help) {
  return WordOption(app_->add_option(names, value, help));
}

WordOption WordOptions::add_option(const std::string& names, unsigned& value,
                                   const std::string& help) {
  return WordOption(app_->add_option(names, value, help));
}

WordOption WordOptions::add_option(const std::string& names, std::vector<std::string>& values,
                                   const std::string& help) {
  return WordOption(app_->add_option(names, values, help));
}

bool WordOptions::read(const std::vector<std::string>& words) {
  std::vector<std::string> reversed(words.rbegin(), words.rend());  // as CLI11 wants them
  try {
    app_->parse(reversed);
    return true;
  } catch (const CLI::CallForHelp&) {
    print(app_->help());
    return false;
  } catch (const CLI::ParseError& error) {
    throw base::Error(app_->get_name() + ": " + error.what(),
                      "see `" + app_->get_name() + " --help`");
  }
}

}  // namespace quiz::cli
