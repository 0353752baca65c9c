#include "modules.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "base/fd.h"
#include "files.h"
#include "report.h"

namespace quiz::init {

void load_modules() {
  const std::string order = read_file("/modules/order");
  std::size_t begin = 0;
  while (begin < order.size()) {
    const std::size_t end = std::min(order.find('\n', begin), order.size());
    const std::string path = "/modules/" + order.substr(begin, end - begin);
    begin = end + 1;
    const base::Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file || (::syscall(SYS_finit_module, file.get(), "", 0) != 0 && errno != EEXIST)) {
      report("cannot load " + path + ": " + std::strerror(errno));
    }
    ::unlink(path.c_str());  // the root of the initramfs is memory
  }
}

bool load_module(const std::string& path, const std::string& parameters) {
  constexpr int kCompressedFile = 4;  // MODULE_INIT_COMPRESSED_FILE of <linux/module.h>, Linux 5.17
  const int flags = path.ends_with(".ko") ? 0 : kCompressedFile;
  const base::Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  return file && (::syscall(SYS_finit_module, file.get(), parameters.c_str(), flags) == 0 ||
                  errno == EEXIST);
}

}  // namespace quiz::init
