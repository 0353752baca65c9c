# Promise: the same command on an ARM with 32 bits: quiz -a armhf.
# timeout: 1500
# shellcheck source=tests/e2e/on_machine
source "$E2E/on_machine"
on_machine armv7l armhf virt arch_sys_counter 0201 123 arm-linux-gnueabihf
no_leftovers
