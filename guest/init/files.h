// Small files of /proc and /sys, and directories on the way to a mount point.
#pragma once

#include <sys/types.h>

#include <string>

namespace quiz::init {

/// The content, or nothing if it cannot be read.
std::string read_file(const std::string& path);

/// The content without its trailing newline.
std::string read_line(const std::string& path);

bool write_file(const std::string& path, const std::string& content, mode_t mode = 0644);

/// mkdir -p; existing directories are fine.
bool make_directories(const std::string& path);

}  // namespace quiz::init
