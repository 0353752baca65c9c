# Promise: --timeout ends the run with 124, and the kernel's list of tasks is in the log (SysRq from outside).
expect_status 124 "$QUIZ" --timeout 5 --kmsg="$PWD/kernel.log" --json "$PWD/run.json" sh -c 'while :; do :; done'
expect_error '^quiz: sh did not end within 5 s$'
# Of all that, what the CPUs are busy with is shown at once.
expect_error 'NMI backtrace for cpu|CPU: [0-9]+ PID: [0-9]+ Comm: sh'
[[ -s kernel.log ]] || fail "the kernel log is empty"
for what in 'Show Blocked State' 'Show State|task:' 'Show backtrace of all active CPUs|NMI backtrace|CPU[0-9]+:'; do
  grep -qE "$what" kernel.log || fail "the log has no output of SysRq: $what"
done
[[ $(json run.json outcome) == timeout ]] || fail "the record says $(json run.json outcome)"
no_leftovers

# The report takes a second and more: a program that ends meanwhile was too late all the same.
expect_status 124 "$QUIZ" --timeout 3 sleep 3.3
no_leftovers

# The program's own 124 is not taken for a time-out, and a limit that is not reached does nothing.
expect_status 0 "$QUIZ" --timeout 100 --json "$PWD/run.json" true
[[ $(json run.json outcome) == exited ]] || fail "the record says $(json run.json outcome)"

# timeout(1) ends quiz, and quiz leaves nothing.
run timeout 8 "$QUIZ" sleep 100
no_leftovers
