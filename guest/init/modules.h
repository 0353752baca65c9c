// Loads the kernel modules that the host put into the initramfs.
#pragma once

namespace quiz::init {

/// Loads /modules/* in the order of /modules/order (one file name per line). A kernel with
/// everything built in has none. A module that fails is reported; what needs it will fail with its
/// own message.
void load_modules();

}  // namespace quiz::init
