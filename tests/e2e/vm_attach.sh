# Promise: the terminal of a machine's own program can be looked at and typed into from elsewhere, the program undisturbed; and
# what the kernel says, SysRq and a pause are there from outside.
# timeout: 400
command -v tmux >/dev/null || skip "no tmux"
command -v script >/dev/null || skip "no script"
trap '(($? == 0)) || { screen; cat shown*; } >&2; terminal_close' EXIT
state() { "$QUIZ" vm list --json | grep -oP "\"name\":\"$1\",\"state\":\"\K[a-z]+" || echo none; }
is() { [[ $(state "$1") == "$2" ]]; }

terminal_open 100 30
typed "$QUIZ --name box bash --norc --noprofile; echo status=\$?"
wait_for_screen 60 '^bash-[0-9.]+[#$] *$'
typed "PS1='guest> '; echo shown \$((1 + 1)) before"
wait_for_screen 20 '^shown 2 before'

# Another terminal, smaller: what was on the screen is there, what is typed in either is in both.
mkfifo keys
script -qfc "stty rows 20 cols 70; exec $QUIZ vm attach box" /dev/null <keys >shown 2>&1 &
attached=$!
exec 9>keys
wait_until 20 grep -q 'shown 2 before' shown
printf 'echo typed $((1 + 1)) there\r' >&9
wait_for_screen 20 '^typed 2 there'
wait_until 20 grep -q 'typed 2 there' shown
typed 'stty size'
wait_for_screen 20 '^20 70'
# A third that only looks, into a pipe.
"$QUIZ" vm attach --view box </dev/null >shown.view &
view=$!
wait_until 20 grep -q 'typed 2 there' shown.view
printf '\035d' >&9
wait "$attached" || fail "attach ended with $?: $(cat shown)"
grep -q 'detached from box' shown || fail "it does not say so: $(cat shown)"
exec 9>&-
back() {
  clear_terminal
  typed 'stty size'
  sleep 0.3
  screen_has '^30 100'
}
wait_until 20 back

# The kernel's log, SysRq, a pause.
"$QUIZ" vm log box >messages
grep -q 'Linux version' messages || fail "no beginning of the log: $(head -n 3 messages)"
"$QUIZ" vm log -f box >followed &
follows=$!
expect_status 0 "$QUIZ" vm sysrq box h
wait_until 20 grep -qi 'sysrq: HELP' followed
expect_status 125 "$QUIZ" vm sysrq box /
typed 'while :; do i=$((i + 1)); done'
wait_until 20 is box runs
expect_status 0 "$QUIZ" vm pause box
is box paused || fail "it $(state box)"
before=$(cpu_time "$(qemu_processes)")
sleep 0.5
after=$(cpu_time "$(qemu_processes)")
((after - before <= 2)) || fail "a paused machine computes: $before, $after"
"$QUIZ" vm exec box true &
exec=$!
sleep 0.2
kill -0 "$exec" || fail "a program ran in a paused machine"
expect_status 0 "$QUIZ" vm resume box
wait "$exec" || fail "exec ended with $?"
is box runs || fail "it $(state box)"
pressed C-c
clear_terminal

# The program's end is the onlooker's; a machine without a terminal has nothing to show.
typed 'exit 7'
wait_for_screen 20 '^status=7'
status=0
wait "$view" || status=$?
[[ $status == 7 ]] || fail "the onlooker ended with $status"
wait "$follows" || fail "log -f ended with $?"
expect_output box "$QUIZ" vm start --name box
expect_status 125 "$QUIZ" vm attach box
expect_error 'no program that has a terminal'
expect_status 0 "$QUIZ" vm stop box
no_leftovers
