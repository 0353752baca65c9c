# Promise: a kernel that oopses while the program runs gives 121, and tells; --oops decides otherwise.
# timeout: 300
command -v insmod >/dev/null || PATH=$PATH:/usr/sbin:/sbin
expect_status 0 "$QUIZ" sh -c 'cat "$(find "/lib/modules/$(uname -r)" -name "dummy.ko*")"'
"$E2E/oops_module" out oops.ko

# One part of the program dies of it, the program itself goes on and ends well: that it did is no comfort.
expect_status 121 "$QUIZ" --json "$PWD/run.json" sh -c 'insmod ./oops.ko; echo goes on; exit 5'
[[ $(cat out) == 'goes on' ]] || fail "the program did not go on: $(cat out)"
expect_error '^quiz: .*oops.*: BUG: kernel NULL pointer dereference, address: 0000000000000000'
expect_error 'RIP: .*init_module'
(($(grep -c 'BUG: kernel NULL' err) == 2)) || { show_run; fail "the oops is told more than once (and in the last line)"; }
[[ $(json run.json outcome) == oops && $(json run.json status) == 121 ]] || { cat run.json; fail "the record"; }
[[ $(json run.json oops) == *'NULL pointer'* ]] || { cat run.json; fail "the record's oops"; }

# It is shown as well where kernel messages are not.
expect_status 121 "$QUIZ" --kmsg=none sh -c 'insmod ./oops.ko'
expect_error 'RIP: .*init_module'

# The program itself dies of it.
expect_status 121 "$QUIZ" insmod ./oops.ko
expect_status 137 "$QUIZ" --oops=ignore insmod ./oops.ko

expect_status 5 "$QUIZ" --oops=ignore --json "$PWD/run.json" sh -c 'insmod ./oops.ko; exit 5'
[[ $(json run.json outcome) == exited && $(json run.json oops) == *'NULL pointer'* ]] || { cat run.json; fail "the record"; }

expect_status 122 "$QUIZ" --oops=panic sh -c 'insmod ./oops.ko; exit 5'
expect_error 'Kernel panic'

# Nor is it a comfort to whoever visits a machine; the one after that has not seen it.
expect_output box "$QUIZ" vm start --name box
expect_status 121 "$QUIZ" vm exec box sh -c 'insmod ./oops.ko; echo goes on; exit 5'
expect_error "^quiz: the guest's kernel oopsed while sh ran"
expect_status 0 "$QUIZ" vm exec box true
expect_status 5 "$QUIZ" vm exec --oops=ignore box sh -c 'exit 5'
expect_status 0 "$QUIZ" vm stop box

# Words are no oops.
expect_status 0 "$QUIZ" sh -c 'echo "BUG: kernel NULL pointer dereference, address: 0000000000000000"'
expect_status 0 "$QUIZ" sh -c 'echo "<0>BUG: kernel NULL pointer dereference, address: 0" >/dev/kmsg'
no_leftovers
