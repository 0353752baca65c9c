// The build of one checkout for one kernel: autogen.sh, configure, make, install, each only where
// it is out of date. One quiz at a time builds in a checkout; others wait. The programs and
// libraries are built once, the modules for each kernel in a directory of their own, so that
// several kernels' modules lie side by side in .quiz/system and none needs a clean tree.
#pragma once

#include <string>
#include <vector>

#include "base/files.h"
#include "base/reporter.h"
#include "openzfs/checkout.h"
#include "openzfs/part.h"
#include "openzfs/target.h"

namespace quiz::openzfs {

class Build {
 public:
  /// Waits until no other quiz builds in the checkout. Warns when META does not know the kernel.
  /// Throws base::Error naming what is missing on the host.
  Build(Checkout checkout, Target target, base::Reporter& reporter);

  /// With these arguments of the user's, which are remembered; anew only where something about it
  /// has changed. Throws base::Error.
  void configure(const std::vector<std::string>& arguments);
  /// The same with the arguments of the last time.
  void configure_as_before();
  /// `make ARGUMENTS` in both parts. Throws base::Error.
  void make(const std::vector<std::string>& arguments, unsigned jobs);
  /// Both parts into .quiz/system, with modules.dep. Throws base::Error.
  void install();

  /// All three, only what is out of date; true if there was anything to do.
  bool bring_up_to_date(unsigned jobs);

 private:
  void make_configure();
  void make_modules(const std::vector<std::string>& arguments, unsigned jobs);
  void install_programs();
  void install_modules();
  void choose_for_runs();
  std::vector<std::string> arguments_before() const;
  std::string user_identity() const;
  std::string kernel_identity() const;

  Checkout checkout_;
  Target target_;
  base::Reporter& reporter_;
  base::FileLock lock_;
  Part programs_;
  Part modules_;
  bool experimental_;
};

}  // namespace quiz::openzfs
