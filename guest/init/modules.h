// Loads the kernel modules that the host put into the initramfs.
#pragma once

#include <string>

namespace quiz::init {

/// Loads /modules/* in the order of /modules/order (one file name per line). A kernel with
/// everything built in has none. A module that fails is reported; what needs it will fail with its
/// own message.
void load_modules();

/// Loads one module, compressed or not; one that is loaded already is fine. False with errno.
bool load_module(const std::string& path, const std::string& parameters);

}  // namespace quiz::init
