#include <cstring>

#include "kvm/probe_loop.h"

namespace quiz::kvm {

void run_probe_loop(Finding& finding) {
  finding = {};
  std::strncpy(finding.problem, "quiz measures it on x86_64 only", sizeof finding.problem - 1);
}

}  // namespace quiz::kvm
