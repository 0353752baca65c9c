# Promise: stdin, stdout and stderr are byte clean, in order, apart from each other, with EOF and back-pressure.
# timeout: 400
# 32 MiB of random bytes by default; E2E_FULL=1: 256 MiB.
export RUN_LIMIT=300
size=$((${E2E_FULL:-0} ? 256 : 32))
head -c ${size}M /dev/urandom >random
expect_status 0 "$QUIZ" cat <random
cmp random out || fail "the bytes changed on their way through quiz cat"
expect_status 0 "$QUIZ" sh -c 'cat >&2' <random
cmp random err || fail "the bytes changed on their way to stderr"
rm -f random
export RUN_LIMIT=60

# A reader that goes away ends the program, on either side.
run bash -c '"$QUIZ" cat /dev/zero | head -c 1000000 | wc -c'
[[ $(tr -d ' ' <out) == 1000000 ]] || fail "instead of 1000000 bytes: $(cat out)"
no_leftovers
run bash -c 'yes | "$QUIZ" head -1'
[[ $(cat out) == y ]] || fail "yes | quiz head -1: $(head -c 100 out)"
no_leftovers

# A reader that is slow loses nothing.
run bash -c '"$QUIZ" seq 1 400000 | { read -r first; echo "$first"; sleep 2; tail -n 1; }'
[[ $(cat out) == $'1\n400000' ]] || fail "a slow reader got: $(cat out)"

# Each stream is its own.
expect_output o bash -c '"$QUIZ" sh -c "echo o; echo e >&2" 2>/dev/null'
expect_status 0 "$QUIZ" sh -c 'echo o; echo e >&2'
[[ $(cat out) == o && $(cat err) == e ]] || { show_run; fail "the streams are mixed"; }
expect_output '' "$QUIZ" sh -c 'cat; echo' </dev/null
expect_output 'no terminal' "$QUIZ" sh -c 'test -t 0 || test -t 1 || test -t 2 || echo no terminal'

# What the program leaves of a file is there for the next one.
printf '%s\n' one two three >lines
run bash -c '{ "$QUIZ" sh -c "read -r line; echo got \$line"; cat; } <lines'
[[ $(cat out) == $'got one\ntwo\nthree' ]] || fail "the rest of the file: $(cat out)"

# EOF comes through while the program goes on; input that nobody reads does not hang the end.
expect_output $'abc\nafter' bash -c 'echo abc | "$QUIZ" sh -c "cat; echo after"'
expect_status 3 bash -c 'yes | "$QUIZ" sh -c "exit 3"; exit ${PIPESTATUS[1]}'
# A process that the program leaves behind, and that never stops writing, does not keep the run from ending.
expect_status 4 bash -c '"$QUIZ" sh -c "echo mine; yes theirs & sleep 0.5; exit 4" >chatter'
[[ $(head -n 1 chatter) == mine ]] || fail "the program's own output: $(head -n 1 chatter)"
rm -f chatter
# What the program printed last is not lost, however fast it ends.
expect_status 137 "$QUIZ" sh -c 'echo last words; kill -9 $$'
[[ $(cat out) == 'last words' ]] || fail "lost: last words"
no_leftovers
