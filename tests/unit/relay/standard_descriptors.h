// Descriptors 0 to 2 of the test program are others while this lives: src/relay looks at them
// directly.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstdio>

#include "base/fd.h"

namespace quiz::relay::test {

class StandardDescriptors {
 public:
  /// Not owned; -1 leaves the place empty (closed).
  StandardDescriptors(int in, int out, int err) {
    std::fflush(stdout);
    const std::array<int, 3> wanted = {in, out, err};
    for (int i = 0; i < 3; ++i) {
      saved_[static_cast<std::size_t>(i)].reset(::fcntl(i, F_DUPFD_CLOEXEC, 10));
    }
    for (int i = 0; i < 3; ++i) {
      const int fd = wanted[static_cast<std::size_t>(i)];
      if (fd < 0) {
        ::close(i);
      } else {
        ::dup2(fd, i);
      }
    }
  }
  ~StandardDescriptors() {
    std::fflush(stdout);
    for (int i = 0; i < 3; ++i) ::dup2(saved_[static_cast<std::size_t>(i)].get(), i);
  }
  StandardDescriptors(const StandardDescriptors&) = delete;
  StandardDescriptors& operator=(const StandardDescriptors&) = delete;

 private:
  std::array<base::Fd, 3> saved_;
};

}  // namespace quiz::relay::test
