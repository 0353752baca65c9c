# Promise: the same command on an ARM with 64 bits: quiz -a arm64.
# timeout: 900
# shellcheck source=tests/e2e/on_machine
source "$E2E/on_machine"
on_machine aarch64 arm64 virt arch_sys_counter 0201 123
no_leftovers
