#include "base/json.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

namespace quiz::base {

namespace {

/// Nobody of ours nests deeper, and what others send must not use up the stack.
constexpr std::size_t kDeepest = 64;

/// A text or a number as the library writes it.
std::string scalar(const nlohmann::json& value) {
  return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

class Writer {
 public:
  Writer(int indent, Json::Order order) : indent_(indent), order_(order) {}

  void add(std::monostate) { text_ += "null"; }
  void add(bool value) { text_ += value ? "true" : "false"; }
  void add(std::int64_t value) { text_ += std::to_string(value); }
  void add(std::uint64_t value) { text_ += std::to_string(value); }
  void add(double value) { text_ += scalar(value); }
  void add(const std::string& value) { text_ += scalar(value); }

  template <typename Element, typename Add>
  void list(char open, char close, const std::vector<Element>& elements, const Add& add_element) {
    text_ += open;
    ++depth_;
    for (std::size_t i = 0; i < elements.size(); ++i) {
      if (i > 0) text_ += ',';
      new_line();
      add_element(elements[i]);
    }
    --depth_;
    if (!elements.empty()) new_line();
    text_ += close;
  }

  std::vector<const Json::Member*> in_order(const std::vector<Json::Member>& members) const {
    std::vector<const Json::Member*> all;
    all.reserve(members.size());
    for (const Json::Member& member : members) all.push_back(&member);
    if (order_ == Json::Order::by_name) {
      std::stable_sort(all.begin(), all.end(),
                       [](const auto* a, const auto* b) { return a->name < b->name; });
    }
    return all;
  }

  void name(const std::string& name) { text_ += scalar(name) + (indent_ < 0 ? ":" : ": "); }

  std::string take() { return std::move(text_); }

 private:
  void new_line() {
    if (indent_ >= 0) text_ += '\n' + std::string(depth_ * static_cast<std::size_t>(indent_), ' ');
  }

  int indent_;
  Json::Order order_;
  std::size_t depth_ = 0;
  std::string text_;
};

}  // namespace

/// Takes what the library's parser finds, one thing after the other.
class JsonBuilder {
 public:
  bool null() { return add({}); }
  bool boolean(bool value) { return add(value); }
  bool number_integer(std::int64_t value) { return add(value); }
  bool number_unsigned(std::uint64_t value) { return add(value); }
  bool number_float(double value, const std::string&) { return add(value); }
  bool string(std::string& value) { return add(std::move(value)); }
  bool binary(nlohmann::json::binary_t&) { return false; }
  bool start_object(std::size_t) { return open(Json::object()); }
  bool start_array(std::size_t) { return open(Json::array()); }
  bool key(std::string& name) {
    open_.back().name = std::move(name);
    return true;
  }
  bool end_object() { return close(); }
  bool end_array() { return close(); }
  bool parse_error(std::size_t, const std::string&, const nlohmann::json::exception&) {
    return false;
  }

  Json take() { return std::move(whole_); }

 private:
  struct Open {
    Json value;
    std::string name;  ///< of the member that comes
  };

  bool open(Json value) {
    if (open_.size() >= kDeepest) return false;
    open_.push_back({std::move(value), {}});
    return true;
  }

  bool close() {
    Json value = std::move(open_.back().value);
    open_.pop_back();
    return add(std::move(value));
  }

  bool add(Json value) {
    if (open_.empty()) {
      whole_ = std::move(value);
    } else if (auto* members = std::get_if<std::vector<Json::Member>>(&open_.back().value.value_)) {
      members->push_back({std::move(open_.back().name), std::move(value)});
    } else {
      open_.back().value.push_back(std::move(value));
    }
    return true;
  }

  Json whole_;
  std::vector<Open> open_;
};

Json::Json(const std::vector<std::string>& values)
    : value_(std::vector<Json>(values.begin(), values.end())) {}

Json Json::object(std::initializer_list<Member> members) {
  Json json;
  json.value_ = std::vector<Member>(members);
  return json;
}

Json Json::array() {
  Json json;
  json.value_ = std::vector<Json>();
  return json;
}

std::optional<Json> Json::try_parse(std::string_view text) {
  JsonBuilder builder;
  if (!nlohmann::json::sax_parse(text.begin(), text.end(), &builder)) return std::nullopt;
  return builder.take();
}

Json Json::parse(std::string_view text) {
  auto json = try_parse(text);
  if (!json) throw JsonError("it is not JSON");
  return std::move(*json);
}

std::string Json::dump(int indent, Order order) const {
  Writer writer(indent, order);
  const auto write = [&](const auto& self, const Json& json) -> void {
    if (const auto* elements = std::get_if<std::vector<Json>>(&json.value_)) {
      writer.list('[', ']', *elements, [&](const Json& element) { self(self, element); });
    } else if (const auto* members = std::get_if<std::vector<Member>>(&json.value_)) {
      writer.list('{', '}', writer.in_order(*members), [&](const Member* member) {
        writer.name(member->name);
        self(self, member->value);
      });
    } else {
      std::visit(
          [&](const auto& value) {
            if constexpr (requires { writer.add(value); }) writer.add(value);
          },
          json.value_);
    }
  };
  write(write, *this);
  return writer.take();
}

std::vector<std::string> Json::texts() const {
  std::vector<std::string> texts;
  for (const Json& element : elements()) texts.push_back(element.text());
  return texts;
}

const Json* Json::find(std::string_view name) const {
  const auto* const members = std::get_if<std::vector<Member>>(&value_);
  if (members == nullptr) return nullptr;
  const auto found = std::find_if(members->rbegin(), members->rend(),
                                  [&](const Member& member) { return member.name == name; });
  return found == members->rend() ? nullptr : &found->value;
}

const Json& Json::at(std::string_view name) const {
  const Json* const member = find(name);
  if (member == nullptr) throw JsonError("it has no " + std::string(name));
  return *member;
}

std::string Json::text_or(std::string_view name, std::string otherwise) const {
  const Json* const member = find(name);
  return member == nullptr ? std::move(otherwise) : member->text();
}

std::uint64_t Json::number_or(std::string_view name, std::uint64_t otherwise) const {
  const Json* const member = find(name);
  return member == nullptr ? otherwise : member->number();
}

bool Json::flag_or(std::string_view name, bool otherwise) const {
  const Json* const member = find(name);
  return member == nullptr ? otherwise : member->flag();
}

Json& Json::operator[](std::string_view name) {
  if (is_null()) value_ = std::vector<Member>();
  auto& members = std::get<std::vector<Member>>(value_);
  const auto found = std::find_if(members.begin(), members.end(),
                                  [&](const Member& member) { return member.name == name; });
  if (found != members.end()) return found->value;
  members.push_back({std::string(name), {}});
  return members.back().value;
}

void Json::push_back(Json element) {
  std::get<std::vector<Json>>(value_).push_back(std::move(element));
}

bool Json::operator==(const Json& other) const { return value_ == other.value_; }

}  // namespace quiz::base
