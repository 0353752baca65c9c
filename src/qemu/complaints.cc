#include "qemu/complaints.h"

#include <algorithm>
#include <cctype>

#include "base/printable.h"

namespace quiz::qemu {

namespace {

constexpr std::size_t kKept = std::size_t{64} << 10;
constexpr std::size_t kLongestCause = 500;

}  // namespace

void Complaints::add(std::string_view bytes) {
  text_ += bytes.substr(0, kKept - std::min(kKept, text_.size()));
}

std::string Complaints::cause() const {
  return base::printable_line(std::string_view(text_).substr(0, text_.find('\n')), kLongestCause);
}

bool Complaints::tell_of_internal_error() const {
  return text_.find("internal error") != std::string::npos;
}

bool Complaints::mention_kvm() const {
  std::string words = text_;
  std::transform(words.begin(), words.end(), words.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return words.find("kvm") != std::string::npos;
}

}  // namespace quiz::qemu
