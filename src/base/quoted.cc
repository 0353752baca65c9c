#include "base/quoted.h"

#include <fmt/format.h>

namespace quiz::base {

std::string quoted(std::string_view name) {
  std::string text = "\"";
  for (const char c : name) {
    if (c < 0x20 || c >= 0x7f) {  // char may be signed: then what is not ASCII is less than 0
      text += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      if (c == '"' || c == '\\') text += '\\';
      text += c;
    }
  }
  return text + '"';
}

}  // namespace quiz::base
