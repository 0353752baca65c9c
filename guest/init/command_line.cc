#include "command_line.h"

namespace quiz::init {

std::string parameter(const std::string& kernel_command_line, const std::string& name) {
  const std::string wanted = " " + name + "=";
  const std::size_t begin = (" " + kernel_command_line).find(wanted);
  if (begin == std::string::npos) return {};
  const std::size_t value = begin + wanted.size() - 1;
  return kernel_command_line.substr(value, kernel_command_line.find_first_of(" \n", value) - value);
}

}  // namespace quiz::init
