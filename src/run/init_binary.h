// The guest's init, embedded in the host's binary by the build.
#pragma once

#include <string>
#include <string_view>

namespace quiz::run {

std::string_view init_binary();
/// SHA-256 of it, computed by the build.
std::string init_sha256();

}  // namespace quiz::run
