// How the layers below src/cli tell a person what goes on, without knowing how it is shown.
#pragma once

#include <string>

namespace quiz::base {

class Reporter {
 public:
  virtual ~Reporter() = default;
  /// A step that began: "fetching linux-image-…". Ends the progress of the step
  /// before.
  virtual void step(const std::string& text) = 0;
  /// How far the step is, 0 to 1, or negative when that is unknown; `text` is a short addition ("31
  /// of 70 MB").
  virtual void progress(double fraction, const std::string& text) = 0;
  /// Something the user should know although the work goes on.
  virtual void warning(const std::string& text) = 0;
  /// Shown with -v only.
  virtual void detail(const std::string& text) = 0;
};

/// Says nothing.
class SilentReporter final : public Reporter {
 public:
  void step(const std::string&) override {}
  void progress(double, const std::string&) override {}
  void warning(const std::string&) override {}
  void detail(const std::string&) override {}
};

}  // namespace quiz::base
