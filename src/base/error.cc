#include "base/error.h"

#include <cstring>

namespace quiz::base {

SystemError::SystemError(const std::string& message, int error_number, std::string hint)
    : Error(message + ": " + std::strerror(error_number), std::move(hint)),
      error_number_(error_number) {}

}  // namespace quiz::base
