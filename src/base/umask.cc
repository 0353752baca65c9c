#include "base/umask.h"

#include <sys/stat.h>

namespace quiz::base {

mode_t caller_umask() {
  static const mode_t mask = [] {
    const mode_t given = ::umask(077);
    ::umask(given & 077);
    return given;
  }();
  return mask;
}

}  // namespace quiz::base
