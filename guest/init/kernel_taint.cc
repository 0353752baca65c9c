#include "kernel_taint.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>

namespace quiz::init {

KernelTaint::KernelTaint() : file_(::open("/proc/sys/kernel/tainted", O_RDONLY | O_CLOEXEC)) {}

std::uint64_t KernelTaint::flags() const {
  char text[32];
  const ssize_t count = ::pread(file_.get(), text, sizeof text - 1, 0);
  if (count <= 0) return 0;
  text[count] = '\0';
  return std::strtoull(text, nullptr, 10);
}

}  // namespace quiz::init
