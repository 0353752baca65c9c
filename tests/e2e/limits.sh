# Promise: a machine that the host's memory or the caller's limits do not allow is refused at once, with the reason.
expect_refusal 'the machine cannot have 16777216 MiB of memory: Cannot allocate memory' "$QUIZ" -m 16T true
expect_error 'hint: this host has [0-9]+ MiB: --memory=SIZE'
expect_refusal 'the limit of address space \(ulimit -v\) is 488 MiB' bash -c 'ulimit -v 500000; exec "$QUIZ" -m 1G true'
# Enough for the guest's memory, not for QEMU.
expect_refusal 'the machine could not be started: ' bash -c 'ulimit -v 1100000; exec "$QUIZ" -m 1G true'
expect_error 'hint: .*ulimit'
expect_refusal 'the machine could not be started: .*ulimit -t' bash -c 'ulimit -t 1; exec "$QUIZ" --cold true'
# Soft limits are the program's.
expect_output '1 2000000' bash -c 'ulimit -S -t 1 -v 2000000; exec "$QUIZ" sh -c "echo \$(ulimit -t) \$(ulimit -v)"'
no_leftovers
