# Promise: gdb looks at the kernel of any running machine, with source lines and a breakpoint that is hit, and leaves no trace
# when it goes, or is killed; a run with --gdb waits for one.
# needs: built
# timeout: 400
command -v gdb >/dev/null || fail "there is no gdb: ./dev test installs it"
exec </dev/null
state() { "$QUIZ" vm list --json | grep -oP "\"name\":\"$1\",\"state\":\"\K[a-z]+" || echo none; }
is() { [[ $(state "$1") == "$2" ]]; }
# What the machine computes: it runs.
runs() { "$QUIZ" vm exec --timeout 20 "$1" true; }

# --- a machine that was started for nothing of the kind ---------------------------------------------------------------------
expect_output box "$QUIZ" -k 6.12 -c 2 vm start --name box
"$QUIZ" vm exec box modprobe dm-crypt
expect_status 0 "$QUIZ" vm gdb box -batch -ex 'thread apply all bt'
for cpu in 1 2; do grep -q "^Thread $cpu .*CPU" out || fail "no CPU $cpu: $(cat out)"; done
grep -qE '^#[0-9]+ .* at /.*\.[chS]:[0-9]+$' out || fail "no source lines: $(cat out)"
grep -qE '^#[0-9]+ .*(do_idle|cpu_startup_entry|secondary_startup_64)' out || fail "nothing of the kernel: $(cat out)"
runs box || fail "it does not go on"
is box stays || fail "it $(state box)"

# The modules are where the guest has them.
address=$("$QUIZ" vm exec box cat /sys/module/dm_crypt/sections/.text)
expect_status 0 "$QUIZ" vm gdb box -batch -ex "info symbol $address"
grep -q 'in section .text of .*dm-crypt.ko' out || fail "it does not know the module: $(cat out err)"

# A breakpoint, hit by a program that runs; continued, and left.
"$QUIZ" vm exec box sh -c 'until [ -e /tmp/stop ]; do : >/tmp/file; rm /tmp/file; sleep 0.1; done' &
loop=$!
expect_status 0 "$QUIZ" vm gdb box -batch -ex 'break do_unlinkat' -ex continue -ex bt -ex 'delete' -ex detach
grep -qE '^#0 +do_unlinkat .* at .*fs/namei.c:[0-9]+$' out || fail "it was not hit: $(cat out err)"
expect_status 0 "$QUIZ" vm exec box touch /tmp/stop
wait "$loop" || fail "the program ended with $?"

# --- one that is killed leaves no breakpoint and no machine that stands -------------------------------------------------------
"$QUIZ" vm gdb box -ex 'break do_unlinkat' -ex 'continue' </dev/null >killed 2>&1 &
debugger=$!
wait_until 30 is box debugged
wait_until 30 grep -q 'Continuing' killed
kill -9 "$debugger"
wait "$debugger" 2>/dev/null || true
wait_until 20 is box stays
expect_status 0 "$QUIZ" vm exec box sh -c ': >/tmp/file && rm /tmp/file'
# Nor one that is killed while the machine stands.
mkfifo words
"$QUIZ" vm gdb --stub box <words >said &
stub=$!
exec 9>words
wait_until 20 is box debugged
expect_status 125 "$QUIZ" vm gdb box
expect_error 'a debugger looks at the machine box already'
expect_status 125 "$QUIZ" vm pause box
expect_error 'a debugger holds it'
kill -9 "$stub"
wait "$stub" 2>/dev/null || true
exec 9>&-
runs box || fail "it stands"
expect_status 0 "$QUIZ" vm stop box
no_leftovers

# --- from the first instruction, with time standing still -------------------------------------------------------------------
"$QUIZ" -k 6.12 --gdb --name early --timeout 30 sh -c 'exit 7' 2>run.err &
run=$!
wait_until 20 grep -q 'quiz vm gdb early' run.err
wait_until 20 is early boots
expect_status 0 "$QUIZ" vm gdb early -batch -ex 'hbreak start_kernel' -ex continue -ex bt
grep -qE '^#0 +start_kernel .* at .*init/main.c:[0-9]+$' out || fail "no start_kernel: $(cat out err)"
status=0
wait "$run" || status=$?
[[ $status == 7 ]] || fail "the run ended with $status: $(cat run.err)"

# --- bad input ----------------------------------------------------------------------------------------------------------------
expect_refusal 'no machine is called' "$QUIZ" vm gdb nonesuch
expect_refusal 'needs the name' "$QUIZ" vm gdb
expect_refusal 'nothing else' "$QUIZ" vm gdb --stub box more
no_leftovers
