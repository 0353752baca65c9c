// What a program left of a file on stdin stays for the next reader, as without quiz.
#pragma once

#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <optional>

namespace quiz::relay {

class StdinPosition {
 public:
  StdinPosition() {
    struct stat status = {};
    if (::fstat(STDIN_FILENO, &status) == 0 && S_ISREG(status.st_mode)) {
      begin_ = ::lseek(STDIN_FILENO, 0, SEEK_CUR);
    }
  }
  void set(std::optional<std::uint64_t> consumed) const {
    if (begin_ >= 0 && consumed) {
      ::lseek(STDIN_FILENO, begin_ + static_cast<off_t>(*consumed), SEEK_SET);
    }
  }

 private:
  off_t begin_ = -1;
};

}  // namespace quiz::relay
