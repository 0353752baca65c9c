// What a distribution has beside a kernel's modules, in lib/modules/RELEASE: `config`, the kernel's
// configuration, and `build`, what further modules are compiled against. The guest sees that
// directory, and so it has them, too. Whoever makes an entry of the store and whoever boots one
// calls it.
#pragma once

#include "kernel/kernel.h"

namespace quiz::kernel {

/// Makes those of the two that are missing beside the modules of an entry of the store: entries of
/// an older quiz have none. `build` leads to the entry's own kbuild tree, else to where the host
/// has or would have the headers; it may lead nowhere. What cannot be made in a store of somebody
/// else's stays missing.
void make_module_companions(const Kernel& kernel);

}  // namespace quiz::kernel
