// JSON as a value of ours: what quiz writes down about kernels, roots and images, its answers for
// scripts, and what QEMU says. The library behind it is slow to compile, so only json.cc includes
// it. Whoever reads a record catches JsonError: the record is damaged, or of another quiz.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace quiz::base {

/// The text is no JSON, or a value is missing or of another kind than the one asked for.
class JsonError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Json {
 public:
  struct Member;
  enum class Order {
    by_name,  ///< members sorted by their names
    as_made,  ///< as they were given
  };

  Json() = default;  ///< null
  Json(std::nullptr_t) {}
  Json(std::same_as<bool> auto value) : value_(value) {}
  Json(std::integral auto value) requires(!std::same_as<decltype(value), bool>) {
    if (std::cmp_less(value, 0)) {
      value_ = static_cast<std::int64_t>(value);
    } else {
      value_ = static_cast<std::uint64_t>(value);
    }
  }
  Json(double value) : value_(value) {}
  Json(std::string value) : value_(std::move(value)) {}
  Json(std::string_view value) : value_(std::string(value)) {}
  Json(const char* value) : value_(std::string(value)) {}
  Json(const std::vector<std::string>& values);
  static Json object(std::initializer_list<Member> members = {});
  static Json array();

  /// Throws JsonError for text that is no JSON, or nested deeper than 64 levels.
  static Json parse(std::string_view text);
  /// The same as a value.
  static std::optional<Json> try_parse(std::string_view text);

  /// On one line, or with `indent` spaces for each level. Bytes that are no UTF-8 become U+FFFD.
  std::string dump(int indent = -1, Order order = Order::by_name) const;

  bool is_null() const { return holds<std::monostate>(); }
  bool is_object() const { return holds<std::vector<Member>>(); }
  bool is_text() const { return holds<std::string>(); }
  /// A whole number that is not negative.
  bool is_number() const { return holds<std::uint64_t>(); }

  // Throw JsonError for a value of another kind.
  const std::string& text() const { return as<std::string>("a text"); }
  std::uint64_t number() const { return as<std::uint64_t>("a number"); }
  bool flag() const { return as<bool>("true or false"); }
  const std::vector<Json>& elements() const { return as<std::vector<Json>>("an array"); }
  const std::vector<Member>& members() const { return as<std::vector<Member>>("an object"); }
  std::vector<std::string> texts() const;

  /// The member of this name (of several the last), or nullptr; also where this is no object.
  const Json* find(std::string_view name) const;
  /// Throws JsonError if there is none.
  const Json& at(std::string_view name) const;
  // Throw JsonError where the member is of another kind.
  std::string text_or(std::string_view name, std::string otherwise) const;
  std::uint64_t number_or(std::string_view name, std::uint64_t otherwise) const;
  bool flag_or(std::string_view name, bool otherwise) const;

  /// The member of this name, made if there is none. This must be an object or null.
  Json& operator[](std::string_view name);
  /// This must be an array.
  void push_back(Json element);

  bool operator==(const Json& other) const;

 private:
  friend class JsonBuilder;
  using Value = std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double, std::string,
                             std::vector<Json>, std::vector<Member>>;

  template <typename Kind>
  bool holds() const {
    return std::holds_alternative<Kind>(value_);
  }
  template <typename Kind>
  const Kind& as(const char* expected) const {
    const Kind* const value = std::get_if<Kind>(&value_);
    if (value == nullptr) throw JsonError(std::string("it is not ") + expected);
    return *value;
  }

  Value value_;
};

struct Json::Member {
  std::string name;
  Json value;

  bool operator==(const Member&) const = default;
};

}  // namespace quiz::base
