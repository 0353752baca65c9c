// Expressions of Kconfig's: the part of kconfig.h that needs no files.
#include <algorithm>
#include <cstdlib>

#include "kernel/kconfig.h"

namespace quiz::kernel {

namespace {

struct Token {
  enum class Kind { end, word, quoted, macro, symbol } kind = Kind::end;
  std::string_view text;
};

bool is_word(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-' || c == '.' || c == '/';
}

/// The end of "$(…)" at the front of `text`, brackets inside counted.
std::size_t macro_end(std::string_view text) {
  int depth = 0;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '(') ++depth;
    if (text[i] == ')' && --depth == 0) return i + 1;
  }
  return text.size();
}

Token take_token(std::string_view& text) {
  while (!text.empty() && (text[0] == ' ' || text[0] == '\t')) text.remove_prefix(1);
  if (text.empty() || text[0] == '#') return {};
  Token token;
  std::size_t length = 1;
  if (text[0] == '"' || text[0] == '\'') {
    const std::size_t end = std::min(text.find(text[0], 1), text.size() - 1);
    token = {Token::Kind::quoted, text.substr(1, end == 0 ? 0 : end - 1)};
    length = end + 1;
  } else if (text.starts_with("$(")) {
    length = macro_end(text);
    token = {Token::Kind::macro, text.substr(0, length)};
  } else if (is_word(text[0])) {
    while (length < text.size() && is_word(text[length])) ++length;
    token = {Token::Kind::word, text.substr(0, length)};
  } else {
    for (const char* two : {"&&", "||", "!=", "<=", ">="}) {
      if (text.starts_with(two)) length = 2;
    }
    token = {Token::Kind::symbol, text.substr(0, length)};
  }
  text.remove_prefix(length);
  return token;
}

class Evaluator {
 public:
  Evaluator(std::string_view text, const ConfigValues& config) : rest_(text), config_(config) {
    next();
  }

  int disjunction() {
    int value = conjunction();
    while (is("||")) {
      next();
      value = std::max(value, conjunction());
    }
    return value;
  }

 private:
  void next() { token_ = take_token(rest_); }
  bool is(std::string_view symbol) const {
    return token_.kind == Token::Kind::symbol && token_.text == symbol;
  }

  int conjunction() {
    int value = factor();
    while (is("&&")) {
      next();
      value = std::min(value, factor());
    }
    return value;
  }

  int factor() {
    if (is("!")) {
      next();
      return 2 - factor();
    }
    if (is("(")) {
      next();
      const int value = disjunction();
      if (is(")")) next();
      return value;
    }
    const Token left = token_;
    next();
    for (const char* comparison : {"=", "!=", "<", ">", "<=", ">="}) {
      if (!is(comparison)) continue;
      next();
      const Token right = token_;
      next();
      if (left.kind == Token::Kind::macro || right.kind == Token::Kind::macro) return 2;
      return compare(text_of(left), comparison, text_of(right)) ? 2 : 0;
    }
    if (left.kind == Token::Kind::macro) return 2;
    const std::string value = text_of(left);
    return value == "y" ? 2 : value == "m" ? 1 : 0;
  }

  /// A constant is itself, an option what it is set to.
  std::string text_of(const Token& token) const {
    std::string text(token.text);
    if (token.kind != Token::Kind::word || text == "y" || text == "m" || text == "n") return text;
    if (is_number(text)) return text;  // and not 64BIT or 9P_FS
    std::string value = config_value(config_, text);
    if (value.size() >= 2 && value.front() == '"') value = value.substr(1, value.size() - 2);
    return value;
  }

  static bool is_number(const std::string& text) {
    const bool hexadecimal = text.starts_with("0x");
    return text.find_first_not_of(hexadecimal ? "0123456789abcdefABCDEF" : "0123456789",
                                  hexadecimal ? 2 : 0) == std::string::npos;
  }

  static bool compare(const std::string& a, std::string_view how, const std::string& b) {
    if (how == "=") return a == b;
    if (how == "!=") return a != b;
    const long long left = std::strtoll(a.c_str(), nullptr, 0);
    const long long right = std::strtoll(b.c_str(), nullptr, 0);
    if (how == "<") return left < right;
    if (how == ">") return left > right;
    return how == "<=" ? left <= right : left >= right;
  }

  std::string_view rest_;
  const ConfigValues& config_;
  Token token_;
};

}  // namespace

int evaluate_kconfig(std::string_view expression, const ConfigValues& config) {
  return Evaluator(expression, config).disjunction();
}

std::vector<std::string> split_conjunction(std::string_view expression) {
  std::vector<std::string> parts;
  std::string part;
  int depth = 0;
  bool splits = true;
  for (std::string_view rest = expression;;) {
    const std::string_view before = rest;
    const Token token = take_token(rest);
    if (token.kind == Token::Kind::end) break;
    std::string_view taken = before.substr(0, before.size() - rest.size());
    const std::size_t blanks = std::min(taken.find_first_not_of(" \t"), taken.size());
    taken.remove_prefix(blanks);
    const bool symbol = token.kind == Token::Kind::symbol;
    if (symbol && token.text == "(") ++depth;
    if (symbol && token.text == ")") --depth;
    if (symbol && depth == 0 && token.text == "||") splits = false;
    if (symbol && depth == 0 && token.text == "&&") {
      parts.push_back(std::move(part));
      part.clear();
      continue;
    }
    if (blanks > 0 && !part.empty()) part += ' ';  // blanks and line ends become one
    part += taken;
  }
  if (!part.empty()) parts.push_back(std::move(part));
  if (splits) return parts;
  std::string whole;
  for (const std::string& one : parts) whole += (whole.empty() ? "" : " && ") + one;
  return {whole};
}

}  // namespace quiz::kernel
