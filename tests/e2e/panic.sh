# Promise: a kernel that panics ends the run with 122, and its last words are on stderr.
expect_status 122 "$QUIZ" sh -c 'echo before; echo c >/proc/sysrq-trigger; sleep 100'
expect_error 'Kernel panic'
expect_error '^quiz: '
[[ $(cat out) == before ]] || fail "what the program had printed is lost: $(cat out)"
no_leftovers
# Also where kernel messages are not wanted.
expect_status 122 "$QUIZ" --kmsg=none sh -c 'echo c >/proc/sysrq-trigger; sleep 100'
expect_error 'Kernel panic'
no_leftovers
