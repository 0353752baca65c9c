// A reporter that keeps what it warns of.
#pragma once

#include <string>

#include "base/reporter.h"

namespace quiz::test {

class Warnings final : public base::Reporter {
 public:
  void step(const std::string&) override {}
  void progress(double, const std::string&) override {}
  void warning(const std::string& text) override { all += text + "\n"; }
  void detail(const std::string&) override {}

  std::string all;  ///< a line for each
};

}  // namespace quiz::test
