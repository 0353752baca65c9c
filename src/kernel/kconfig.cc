#include "kernel/kconfig.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/files.h"
#include "base/nearest.h"

namespace quiz::kernel {

namespace {

std::size_t indentation(std::string_view line) {
  std::size_t columns = 0;
  for (const char c : line) {
    if (c == ' ') {
      ++columns;
    } else if (c == '\t') {
      columns = (columns / 8 + 1) * 8;
    } else {
      break;
    }
  }
  return columns;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") + 1 - begin);
}

std::string_view take_word(std::string_view& text) {
  text = trimmed(text);
  const std::size_t end = std::min(text.find_first_of(" \t"), text.size());
  const std::string_view word = text.substr(0, end);
  text = trimmed(text.substr(end));
  return word;
}

/// What follows " if " outside quotes; cut off from `text`.
std::string take_condition(std::string_view& text) {
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"' && (i == 0 || text[i - 1] != '\\')) quoted = !quoted;
    if (quoted || !text.substr(i).starts_with("if ")) continue;
    if (i != 0 && text[i - 1] != ' ' && text[i - 1] != '\t' && text[i - 1] != '"') continue;
    std::string condition(trimmed(text.substr(i + 3)));
    text = trimmed(text.substr(0, i));
    return condition;
  }
  return {};
}

bool is_type(std::string_view word) {
  return word == "bool" || word == "boolean" || word == "tristate" || word == "string" ||
         word == "hex" || word == "int";
}

std::string unquoted(std::string_view text) {
  text = trimmed(text);
  if (text.size() >= 2 && text.front() == '"') text = text.substr(1, text.rfind('"') - 1);
  return std::string(text);
}

}  // namespace

/// Reads line by line; keeps what surrounds the line.
class KconfigParser {
 public:
  KconfigParser(const Kconfig::Reader& reader, std::string architecture, Kconfig& result)
      : reader_(reader), architecture_(std::move(architecture)), result_(result) {}

  void parse_file(const std::string& path) {
    if (!seen_.insert(path).second) return;  // a file sourced twice says nothing new
    const auto text = reader_(path);
    if (!text) return;
    std::string line;
    bool in_help = false;
    std::size_t help_columns = 0;  // indentation of the help text, 0 until its first line
    for (std::string_view rest = *text; !rest.empty();) {
      const std::size_t end = std::min(rest.find('\n'), rest.size());
      const std::string_view piece = rest.substr(0, end);
      rest.remove_prefix(std::min(end + 1, rest.size()));
      if (in_help) {
        if (trimmed(piece).empty()) continue;
        const std::size_t columns = indentation(piece);
        if (help_columns == 0) help_columns = columns;
        if (help_columns > 0 && columns >= help_columns) continue;
        in_help = false;
      }
      line += piece;
      if (line.ends_with('\\')) {
        line.back() = ' ';
        continue;
      }
      const std::string_view content = trimmed(line);
      if (content == "help" || content == "---help---") {
        in_help = true;
        help_columns = 0;
      } else if (!content.empty() && content[0] != '#') {
        parse_line(content);
      }
      line.clear();
    }
    current_ = nullptr;
  }

 private:
  struct Surrounding {
    std::vector<std::string> conditions;
    int choice = 0;
  };

  void parse_line(std::string_view text) {
    const std::string_view word = take_word(text);
    if (word == "config" || word == "menuconfig") {
      begin_option(std::string(text));
    } else if (word == "source") {
      source(unquoted(text));
    } else if (word == "if") {
      current_ = nullptr;
      surroundings_.push_back({{std::string(text)}, 0});
    } else if (word == "menu") {
      current_ = nullptr;
      surroundings_.push_back({});
    } else if (word == "choice") {
      current_ = nullptr;
      surroundings_.push_back({{}, ++choices_});
    } else if (word == "endif" || word == "endmenu" || word == "endchoice") {
      current_ = nullptr;
      if (!surroundings_.empty()) surroundings_.pop_back();
    } else if (word == "comment" || word == "mainmenu") {
      current_ = &ignored_;
    } else {
      parse_attribute(word, text);
    }
  }

  void begin_option(const std::string& name) {
    KconfigDefinition definition;
    for (const Surrounding& surrounding : surroundings_) {
      for (const std::string& condition : surrounding.conditions) add(definition, condition);
      if (surrounding.choice != 0) definition.choice = surrounding.choice;
    }
    auto& definitions = result_.symbols_[name];
    definitions.push_back(std::move(definition));
    current_ = &definitions.back();
  }

  static void add(KconfigDefinition& definition, const std::string& condition) {
    for (std::string& part : split_conjunction(condition)) {
      definition.conditions.push_back(std::move(part));
    }
  }

  void parse_attribute(std::string_view word, std::string_view text) {
    if (word == "depends" && text.starts_with("on")) {
      const std::string condition(trimmed(text.substr(2)));
      if (current_ != nullptr) {
        add(*current_, condition);
      } else if (!surroundings_.empty()) {
        surroundings_.back().conditions.push_back(condition);
      }
      return;
    }
    if (current_ == nullptr) return;
    if (is_type(word) || word == "prompt") {
      if (word != "prompt") current_->type = word;
      const std::string condition = take_condition(text);
      if (text.empty()) return;
      current_->prompt = unquoted(text);
      if (!condition.empty()) add(*current_, condition);
    } else if (word.starts_with("def_")) {
      current_->type = word.substr(4);
    } else if (word == "select" || word == "imply") {
      std::string condition = take_condition(text);
      if (word == "select") current_->selects.push_back({std::string(text), std::move(condition)});
    }
  }

  void source(std::string path) {
    for (const char* name : {"$(SRCARCH)", "$(ARCH)", "$SRCARCH", "$ARCH"}) {
      if (const std::size_t at = path.find(name); at != std::string::npos) {
        path.replace(at, std::string_view(name).size(), architecture_);
      }
    }
    const std::string prefix = "$(srctree)/";
    if (path.starts_with(prefix)) path = path.substr(prefix.size());
    parse_file(path);
  }

  const Kconfig::Reader& reader_;
  std::string architecture_;
  Kconfig& result_;
  std::set<std::string> seen_;
  std::vector<Surrounding> surroundings_;
  KconfigDefinition* current_ = nullptr;
  KconfigDefinition ignored_;  // what belongs to a comment
  int choices_ = 0;
};

Kconfig Kconfig::read(const Reader& reader, const std::string& source_architecture) {
  Kconfig result;
  KconfigParser(reader, source_architecture, result).parse_file("Kconfig");
  return result;
}

Kconfig Kconfig::read_tree(const std::filesystem::path& tree,
                           const std::string& source_architecture) {
  return read(
      [&](const std::string& path) -> std::optional<std::string> {
        std::error_code ignored;
        if (!std::filesystem::is_regular_file(tree / path, ignored)) return std::nullopt;
        return base::read_file(tree / path);
      },
      source_architecture);
}

const std::vector<KconfigDefinition>& Kconfig::definitions(const std::string& option) const {
  static const std::vector<KconfigDefinition> none;
  const auto found = symbols_.find(option);
  return found == symbols_.end() ? none : found->second;
}

std::vector<std::string> Kconfig::similar(const std::string& option, std::size_t limit) const {
  std::vector<std::string> names;
  names.reserve(symbols_.size());
  for (const auto& [name, definitions] : symbols_) names.push_back(name);
  std::vector<std::string> result;
  while (result.size() < limit) {
    const auto near = base::nearest(option, names);
    if (!near) break;
    result.push_back(*near);
    std::erase(names, *near);
  }
  return result;
}

std::string Kconfig::explain(const ConfigAssignment& wanted, const ConfigValues& config) const {
  if (!contains(wanted.option)) return "this kernel has no such option";
  return wanted.value == "n" ? explain_still_set(wanted, config) : explain_unset(wanted, config);
}

std::string Kconfig::explain_unset(const ConfigAssignment& wanted,
                                   const ConfigValues& config) const {
  const int needed = wanted.value == "m" ? 1 : 2;
  std::optional<std::vector<std::string>> fewest;
  bool has_prompt = false;
  std::string type;
  int choice = 0;
  for (const KconfigDefinition& definition : definitions(wanted.option)) {
    if (!definition.type.empty()) type = definition.type;
    if (definition.choice != 0) choice = definition.choice;
    if (definition.prompt.empty()) continue;
    has_prompt = true;
    std::vector<std::string> unmet;
    for (const std::string& condition : definition.conditions) {
      if (evaluate_kconfig(condition, config) >= needed) continue;
      if (std::find(unmet.begin(), unmet.end(), condition) == unmet.end()) {
        unmet.push_back(condition);
      }
    }
    if (!fewest || unmet.size() < fewest->size()) fewest = std::move(unmet);
  }
  if (!has_prompt) return "it cannot be set by hand: other options turn it on";
  if (!fewest->empty()) {
    std::string text;
    for (const std::string& condition : *fewest) {
      text += text.empty() ? "it needs " : "; and ";
      text += condition;
      if (contains(condition)) {  // a plain option
        text += config_value(config, condition) == "m" ? ", which is a module" : ", which is off";
      }
    }
    return text;
  }
  if (type == "bool" && wanted.value == "m") return "it cannot be a module, only y or n";
  for (const auto& [name, blocks] : symbols_) {
    for (const KconfigDefinition& block : blocks) {
      if (choice != 0 && block.choice == choice && name != wanted.option &&
          config_value(config, name) == "y") {
        return fmt::format("{} is set, of which it is the alternative", name);
      }
    }
  }
  return fmt::format("it became {}", config_value(config, wanted.option));
}

std::string Kconfig::explain_still_set(const ConfigAssignment& wanted,
                                       const ConfigValues& config) const {
  std::string selecting;
  for (const auto& [name, blocks] : symbols_) {
    if (config_value(config, name) == "n") continue;
    for (const KconfigDefinition& block : blocks) {
      const bool selects =
          std::any_of(block.selects.begin(), block.selects.end(), [&](const KconfigSelect& select) {
            return select.target == wanted.option &&
                   (select.condition.empty() || evaluate_kconfig(select.condition, config) > 0);
          });
      if (!selects) continue;
      selecting += (selecting.empty() ? "" : ", ") + name;
      break;
    }
  }
  if (!selecting.empty()) return "it is selected by " + selecting;
  return fmt::format("it became {}", config_value(config, wanted.option));
}

}  // namespace quiz::kernel
