#include "cli/completion.h"

#include <fmt/format.h>

#include <string_view>

#include "base/error.h"
#include "cli/boot_words.h"
#include "cli/commands.h"
#include "config/joined.h"
#include "config/schema.h"

namespace quiz::cli {

namespace {

using config::Completion;
using config::Option;

/// "-m|--memory" for a case, "-m --memory" for a list of words.
std::string spellings(const Option& option, std::string_view separator) {
  std::string text;
  if (option.short_flag != 0) text = {'-', option.short_flag};
  if (!option.long_flag.empty()) {
    text += fmt::format("{}--{}", text.empty() ? "" : separator, option.long_flag);
  }
  return text;
}

std::string command_names() {
  std::string names;
  for (const Command& command : commands()) {
    names += fmt::format("{}{}", names.empty() ? "" : " ", command.name);
  }
  return names;
}

// ----------------------------------------------------------------------------------------------
// bash

std::string bash_values(const Option& option) {
  const std::string choices = config::joined(option.choices, " ");
  switch (option.completion) {
    case Completion::kChoices:
      return fmt::format("_quiz_words \"{}\"", choices);
    case Completion::kKernel:
      return "_quiz_words \"$(_quiz_kernels)\"; _quiz_files -f";
    case Completion::kProfile:
      return "_quiz_words \"$(_quiz_first_column profile)\"";
    case Completion::kRoot:
      return "_quiz_words \"host debian $(_quiz_first_column root)\"; _quiz_files -f";
    case Completion::kProgram:
      return "_quiz_files -c; _quiz_files -f";
    case Completion::kFile:
      return fmt::format("_quiz_words \"{}\"; _quiz_files -f", choices);
    case Completion::kDirectory:
      return "_quiz_files -d";
    case Completion::kVariable:
      return "_quiz_files -v";
    case Completion::kNone:
      break;
  }
  return ":";
}

constexpr std::string_view kBashHead =
    R"bash(# bash completion for quiz, printed by `quiz completion bash`

_quiz_words() {
  local word
  for word in $1; do
    [[ $word == "$cur"* ]] && COMPREPLY+=("$word")
  done
}

_quiz_files() {
  compopt -o filenames 2>/dev/null
  local line
  while IFS= read -r line; do
    COMPREPLY+=("$line")
  done < <(compgen "$1" -- "$cur")
}

# The first column of `quiz $1 list`, without its heading.
_quiz_first_column() {
  "${COMP_WORDS[0]}" "$1" list 2>/dev/null | sed -e 1d -e "s/ .*//"
}

_quiz_kernels() {
  _quiz_first_column kernel
}

# Completes the words of `vm`: $1, then a machine's name and a program, of which the first are there
# behind $2, the options of a run.
_quiz_vm() {
  local name
  if [[ $cur == -* ]]; then
    case $1 in
      list) _quiz_words --json ;;
      attach) _quiz_words --view ;;
      log) _quiz_words -f ;;
      net) _quiz_words "--loss --delay --down --up" ;;
      stop) _quiz_words --kill ;;
      start|exec) _quiz_words "$2" ;;
    esac
    return
  fi
  for name in "${@:3}"; do
    if [[ $1 == exec && $name != -* ]]; then
      _quiz_files -c
      _quiz_files -f
      return
    fi
  done
  [[ $1 == list || $1 == start ]] || _quiz_words "$(_quiz_first_column vm)"
}

# Completes what follows `kernel $1`.
_quiz_kernel_word() {
  case $1 in
    show|path|remove) _quiz_words "$(_quiz_kernels)" ;;
    *) _quiz_files -f ;;
  esac
}

# Completes the value of option $1; false if it takes none.
_quiz_value() {
  case $1 in
)bash";

constexpr std::string_view kBashMiddle = R"(    *) return 1 ;;
  esac
}

# Completes the words after command $1.
_quiz_command() {
  case $1 in
)";

/// The words of `quiz boot`, by the one before: {0} are cases, {1} its options.
constexpr std::string_view kBashBoot = R"bash(  esac
}}

# Completes the words of `boot`; $1 is the one before.
_quiz_boot() {{
  case $1 in
{0}    --cmdline|--env|--memory|--cpus|-m|-c) ;;
    --initrd|--module|--qmp) _quiz_files -f ;;
    *)
      if [[ $cur == -* ]]; then
        _quiz_words "{1}"
      else
        _quiz_words "$(_quiz_kernels)"
        _quiz_files -f
      fi ;;
)bash";

/// {0}: the options that take a value, {1}: all options, {2}: the commands.
constexpr std::string_view kBashTail = R"bash(  esac
}}

_quiz() {{
  local cur=${{COMP_WORDS[COMP_CWORD]}} word i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${{COMP_WORDS[i]}}
    case $word in
      --) ((i++)); break ;;
      {0})
        # "=" is a word of its own for bash.
        [[ ${{COMP_WORDS[i + 1]}} == = ]] && ((i++))
        if ((i + 1 >= COMP_CWORD)); then
          [[ $cur == = ]] && cur=
          _quiz_value "$word"
          return
        fi
        ((i++)) ;;
      -*) [[ ${{COMP_WORDS[i + 1]}} == = ]] && ((i += 2)) ;;
      *) break ;;
    esac
  done
  if ((i < COMP_CWORD)) && [[ ${{COMP_WORDS[i - 1]}} != -- && " {2} " == *" ${{COMP_WORDS[i]}} "* ]]; then
    if [[ ${{COMP_WORDS[i]}} == boot ]]; then
      word=${{COMP_WORDS[COMP_CWORD - 1]}}
      [[ $word != = ]] || word=${{COMP_WORDS[COMP_CWORD - 2]}}
      [[ $cur != = ]] || cur=
      _quiz_boot "$word"
    elif ((i + 1 == COMP_CWORD)); then
      _quiz_command "${{COMP_WORDS[i]}}"
    elif [[ ${{COMP_WORDS[i]}} == kernel ]]; then
      _quiz_kernel_word "${{COMP_WORDS[i + 1]}}"
    elif [[ ${{COMP_WORDS[i]}} == vm ]]; then
      _quiz_vm "${{COMP_WORDS[i + 1]}}" "{1}" "${{COMP_WORDS[@]:i + 2:COMP_CWORD - i - 2}}"
    elif [[ "${{COMP_WORDS[i]}} ${{COMP_WORDS[i + 1]}}" == \
      @("profile show"|"disk remove"|"root show"|"root path"|"root remove") ]]; then
      _quiz_words "$(_quiz_first_column "${{COMP_WORDS[i]}}")"
    fi
  elif ((i < COMP_CWORD)); then
    if declare -F _command_offset >/dev/null; then
      _command_offset "$i"
    else
      _quiz_files -f
    fi
  elif [[ $cur == -* && ${{COMP_WORDS[i - 1]}} != -- ]]; then
    _quiz_words "{1}"
  else
    [[ ${{COMP_WORDS[i - 1]}} != -- ]] && _quiz_words "{2}"
    _quiz_files -c
    _quiz_files -f
  fi
}}

complete -F _quiz quiz
)bash";

std::string bash_script() {
  std::string script(kBashHead);
  std::string with_value;
  std::string all;
  for (const Option& option : config::options()) {
    all += (all.empty() ? "" : " ") + spellings(option, " ");
    if (!option.takes_argument()) {
      for (const std::string_view choice : option.choices) {
        all += fmt::format(" --{}={}", option.long_flag, choice);
      }
      continue;
    }
    with_value += (with_value.empty() ? "" : "|") + spellings(option, "|");
    script += fmt::format("    {}) {} ;;\n", spellings(option, "|"), bash_values(option));
  }
  script += kBashMiddle;
  for (const Command& command : commands()) {
    const auto words = completions_of(command);
    if (words.empty()) continue;
    script +=
        fmt::format("    {}) _quiz_words \"{}\" ;;\n", command.name, config::joined(words, " "));
  }
  std::string cases;
  for (const BootChoices& choices : boot_choices()) {
    cases += fmt::format("    {}) _quiz_words \"{}\" ;;\n", choices.option,
                         config::joined(choices.names, " "));
  }
  script += fmt::format(kBashBoot, cases, config::joined(find_command("boot")->completions, " "));
  return script + fmt::format(kBashTail, with_value, all, command_names());
}

// -----------------------------------------------------------------------------------------------
// zsh

/// What stands between single quotes and brackets of an _arguments specification.
std::string zsh_quoted(std::string_view text) {
  std::string quoted;
  for (const char c : text) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      if (c == '[' || c == ']' || c == ':' || c == '\\') quoted += '\\';
      quoted += c;
    }
  }
  return quoted;
}

std::string zsh_action(const Option& option) {
  const std::string choices = config::joined(option.choices, " ");
  switch (option.completion) {
    case Completion::kChoices:
      return fmt::format("({})", choices);
    case Completion::kKernel:
      return "_quiz_kernels";
    case Completion::kProfile:
      return "_quiz_first_column profile";
    case Completion::kRoot:
      return "{ compadd host debian; _quiz_first_column root; _files }";
    case Completion::kProgram:
      return "_command_names -e";
    case Completion::kFile:
      return choices.empty() ? "_files" : fmt::format("{{ compadd {}; _files }}", choices);
    case Completion::kDirectory:
      return "_files -/";
    case Completion::kVariable:
      return "_parameters -g \"*export*\"";
    case Completion::kNone:
      break;
  }
  return " ";
}

/// '(-m --memory)'{-m+,--memory=}'[help]:SIZE:action'
std::string zsh_option(const Option& option) {
  const bool value = option.takes_argument();
  std::string names;
  if (option.short_flag != 0) names = fmt::format("-{}{}", option.short_flag, value ? "+" : "");
  if (!option.long_flag.empty()) {
    const std::string_view equals = value ? "=" : option.choices.empty() ? "" : "=-";
    names += fmt::format("{}--{}{}", names.empty() ? "" : ",", option.long_flag, equals);
  }
  if (option.short_flag != 0 && !option.long_flag.empty()) names = fmt::format("{{{}}}", names);
  std::string text = option.is_list() ? "'*'" : fmt::format("'({})'", spellings(option, " "));
  text += fmt::format("{}'[{}]", names, zsh_quoted(option.help));
  if (value) text += fmt::format(":{}:{}", zsh_quoted(option.argument), zsh_action(option));
  if (!value && !option.choices.empty()) {
    text += fmt::format("::which:({})", config::joined(option.choices, " "));
  }
  return text + "'";
}

constexpr std::string_view kZshHead = R"zsh(#compdef quiz
# zsh completion for quiz, printed by `quiz completion zsh`

_quiz_kernels() {
  local -a kernels
  kernels=(${${${(f)"$(_call_program kernels quiz kernel list 2>/dev/null)"}[2,-1]}%% *})
  compadd -a kernels
  _files
}

_quiz_first_column() {
  local -a names
  names=(${${${(f)"$(_call_program names quiz $1 list 2>/dev/null)"}[2,-1]}%% *})
  compadd -a names
}

# The first word decides: a command of quiz, or a program, whose own completion takes over.
_quiz_first_word() {
  local -a quiz_commands
  quiz_commands=(
)zsh";

constexpr std::string_view kZshMiddle = R"zsh(  )
  if (( CURRENT == 1 )); then
    _describe -t commands "command of quiz" quiz_commands
    _command_names -e
    _files
    return
  fi
  if (( CURRENT == 2 )); then
    case $words[1] in
)zsh";

constexpr std::string_view kZshTail = R"zsh(    esac
  elif [[ $words[1] == kernel ]]; then
    case $words[2] in
      show|path|remove) _quiz_kernels ;;
      *) _files ;;
    esac
    return
  elif [[ $words[1] == vm ]]; then
    if [[ $words[2] == exec ]] && (( CURRENT > 3 )) && [[ $words[3] != -* ]]; then
      _command_names -e
      _files
    else
      _quiz_first_column vm
    fi
    return
  elif [[ "$words[1] $words[2]" == \
    ("profile show"|"disk remove"|"root show"|"root path"|"root remove") ]]; then
    _quiz_first_column $words[1]
    return
  elif [[ $words[1] == boot ]]; then
    case $words[CURRENT-1] in
)zsh";

constexpr std::string_view kZshEnd = R"zsh(    esac
    return
  fi
  _normal
}

_quiz() {
  _arguments -s -S -A "-*" \
)zsh";

std::string zsh_script() {
  std::string script(kZshHead);
  for (const Command& command : commands()) {
    script += fmt::format("    '{}:{}'\n", command.name, zsh_quoted(command.help));
  }
  script += kZshMiddle;
  for (const Command& command : commands()) {
    const auto words = completions_of(command);
    if (words.empty()) continue;
    script += fmt::format("      {}) compadd -- {}; return ;;\n", command.name,
                          config::joined(words, " "));
  }
  script += kZshTail;
  for (const BootChoices& choices : boot_choices()) {
    script += fmt::format("      {}) compadd -- {} ;;\n", choices.option,
                          config::joined(choices.names, " "));
  }
  script +=
      "      --cmdline|--env|--memory|--cpus|-m|-c) ;;\n      --initrd|--module|--qmp) _files ;;\n";
  script += fmt::format("      *) compadd -- {}; _quiz_kernels ;;\n",
                        config::joined(find_command("boot")->completions, " "));
  script += kZshEnd;
  for (const Option& option : config::options()) {
    script += fmt::format("    {} \\\n", zsh_option(option));
  }
  return script + "    '*:: :_quiz_first_word'\n}\n\n_quiz \"$@\"\n";
}

}  // namespace

std::string completion_script(const std::vector<std::string>& words) {
  if (words.size() == 1 && words[0] == "bash") return bash_script();
  if (words.size() == 1 && words[0] == "zsh") return zsh_script();
  throw base::Error(words.empty() ? "completion needs the name of a shell"
                                  : fmt::format("there is no completion for '{}'", words[0]),
                    "usage: quiz completion bash|zsh");
}

}  // namespace quiz::cli
