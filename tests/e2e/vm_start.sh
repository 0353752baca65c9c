# Promise: vm start leaves a machine that is up in the background, vm stop ends it and nothing is left; --keep stays after a
# program. Neither outlives its owner.
# timeout: 600
# Others may run, in the runtime directory that they have without XDG_RUNTIME_DIR.
owner_of() { "$QUIZ" vm list --json | python3 -c 'import json, sys; print(*[m["pid"] for m in json.load(sys.stdin) if m["name"] == sys.argv[1]])' "$1"; }
state() { "$QUIZ" vm list --json | grep -oP "\"name\":\"$1\",\"state\":\"\K[a-z]+" || echo none; }
is() { [[ $(state "$1") == "$2" ]]; }

# Started ready, the terminal free again, in a session of its own.
expect_output box "$QUIZ" vm start --name box -m 512
is box stays || fail "it $(state box)"
owner=$(owner_of box)
[[ $(ps -o sid= -p "$owner" | tr -d ' ') == "$owner" ]] || fail "the owner is in our session"
for fd in 0 1 2; do [[ $(readlink "/proc/$owner/fd/$fd") == /dev/null ]] || fail "the owner has our stream $fd"; done
expect_output 2 "$QUIZ" vm exec box sh -c 'echo $((1 + 1))'
expect_status 0 "$QUIZ" vm exec box sh -c 'echo kept >/tmp/file'
expect_output kept "$QUIZ" vm exec box cat /tmp/file
expect_output 512 "$QUIZ" vm exec box sh -c 'awk "/MemTotal/ { print (\$2 > 400000 && \$2 < 524288) ? 512 : \$2 }" /proc/meminfo'
expect_status 125 "$QUIZ" vm start --name box
expect_error 'a machine named box already'
expect_status 125 "$QUIZ" vm start true
expect_error 'takes no program'
expect_status 125 "$QUIZ" vm start -k nonesuch

# stop asks what runs to end, and waits for it.
"$QUIZ" vm exec box sh -c 'trap "echo ended; exit 5" TERM; echo ready; while :; do sleep 0.1; done' >loop &
exec=$!
wait_until 20 grep -q ready loop
expect_status 0 "$QUIZ" vm stop box
status=0
wait "$exec" || status=$?
[[ $status == 5 && $(tail -n 1 loop) == ended ]] || fail "status $status: $(cat loop)"
[[ ! -e /proc/$owner/exe ]] || wait_until 5 test ! -e "/proc/$owner/exe"
no_leftovers

# What a machine wrote is there when stop returns; the default name is the directory's.
mkdir -p results named
name=$(cd named && "$QUIZ" vm start --output ../results)
[[ $name == named ]] || fail "its name is $name"
expect_status 0 "$QUIZ" vm exec named sh -c 'echo result >$QUIZ_OUTPUT/file'
expect_status 0 "$QUIZ" vm stop named
[[ $(cat results/file) == result ]] || fail "what it wrote is lost"

# A panic of its own.
expect_output box "$QUIZ" vm start --name box
"$QUIZ" vm wait box 2>waiting &
waits=$!
expect_status 122 "$QUIZ" vm exec box sh -c 'echo c >/proc/sysrq-trigger'
status=0
wait "$waits" || status=$?
[[ $status == 122 ]] || fail "wait ended with $status: $(cat waiting)"
no_leftovers

# kill -9 of the owner, and a limit of its time.
expect_output box "$QUIZ" vm start --name box
kill -9 "$(owner_of box)"
wait_until 5 no_qemu
is box none || fail "a dead machine is listed"
expect_output alive "$QUIZ" echo alive
no_leftovers
expect_output box "$QUIZ" vm start --name box --timeout 1
status=0
"$QUIZ" vm wait box 2>err || status=$?
# 125: it had gone before, and nothing else.
[[ $status == 124 ]] || { [[ $status == 125 ]] && expect_error "no machine is called 'box'"; } || fail "wait ended with $status"
wait_until 20 no_runtime_entries

# --keep, and on failure only.
expect_output fine "$QUIZ" --keep=failure echo fine
"$QUIZ" --keep=failure --name box sh -c 'echo broken >/tmp/why; exit 3' 2>kept &
main=$!
wait_until 60 is box stays
grep -q 'quiz vm exec box' kept || fail "it does not say how to enter: $(cat kept)"
expect_output broken "$QUIZ" vm exec box cat /tmp/why
kill "$main"
status=0
wait "$main" || status=$?
[[ $status == 3 ]] || fail "a kept run ended with $status"
"$QUIZ" --keep --name box true 2>kept &
main=$!
wait_until 60 is box stays
expect_status 0 "$QUIZ" vm stop box
wait "$main" || fail "a kept run ended with $?"
expect_status 127 "$QUIZ" --keep nonesuch
no_leftovers
