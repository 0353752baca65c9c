# Promise: the same command on a RISC-V with 64 bits: quiz -a riscv64.
# timeout: 2400
# long
# shellcheck source=tests/e2e/on_machine
source "$E2E/on_machine"
RUN_LIMIT=300 # each of its runs boots
on_machine riscv64 riscv virt riscv_clocksource 0201 123
no_leftovers
