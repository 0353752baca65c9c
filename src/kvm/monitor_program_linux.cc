#include <sys/mman.h>

#include <cerrno>
#include <string_view>

#include "base/error.h"
#include "base/files.h"
#include "kvm/monitor_program.h"

extern "C" const char quiz_monitor_begin[];
extern "C" const char quiz_monitor_end[];

namespace quiz::kvm {

namespace {
/// From Linux 6.3 on it says that the file is a program, where that must be said (vm.memfd_noexec).
constexpr unsigned kExecutable = 0x10;
}  // namespace

base::Fd open_monitor_program() {
  constexpr char kName[] = "quiz-monitor";
  base::Fd file(::memfd_create(kName, MFD_CLOEXEC | kExecutable));
  if (!file && errno == EINVAL) file.reset(::memfd_create(kName, MFD_CLOEXEC));
  if (!file) {
    throw base::SystemError(
        errno == EACCES ? "this host forbids programs that are no file (sysctl vm.memfd_noexec)"
                        : "there is no room for the monitor");
  }
  const auto size = static_cast<std::size_t>(quiz_monitor_end - quiz_monitor_begin);
  base::write_all(file.get(), std::string_view(quiz_monitor_begin, size), kName);
  return file;
}

}  // namespace quiz::kvm
