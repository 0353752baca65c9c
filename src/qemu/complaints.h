// What QEMU prints: nothing, unless something is wrong with it. Kept up to a limit, and shown only
// as it cannot harm a terminal: a guest may have taken QEMU over.
#pragma once

#include <string>
#include <string_view>

namespace quiz::qemu {

class Complaints {
 public:
  /// What is behind the first 64 KiB is dropped.
  void add(std::string_view bytes);

  /// As it came.
  const std::string& text() const { return text_; }
  /// The first line, printable: it is the cause; others follow from it. Empty if there is none.
  std::string cause() const;
  /// QEMU's own words for the failure of an accelerator.
  bool tell_of_internal_error() const;
  bool mention_kvm() const;

 private:
  std::string text_;
};

}  // namespace quiz::qemu
