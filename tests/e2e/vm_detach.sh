# Promise: Ctrl-] d leaves a run: the shell's prompt is back, the program goes on, vm attach enters it again, vm wait tells how it
# ended. Until then the run is one with the shell's job: kill -9, signals, stops and the status are as without a second process.
# timeout: 400
command -v tmux >/dev/null || skip "no tmux"
trap '(($? == 0)) || screen >&2; terminal_close' EXIT
# A terminal with a shell, whose process is $shell.
begin_terminal() {
  terminal_open 100 30
  typed 'echo shell=$$'
  wait_for_screen 10 '^shell=[0-9]'
  shell=$(screen | sed -n 's/^shell=//p' | tail -n 1)
}
begin_terminal
boot=60
owner_of() { "$QUIZ" vm list --json | python3 -c 'import json, sys; print(*[m["pid"] for m in json.load(sys.stdin) if m["name"] == sys.argv[1]])' "$1"; }
state() { "$QUIZ" vm list --json | grep -oP "\"name\":\"$1\",\"state\":\"\K[a-z]+" || echo none; }
is() { [[ $(state "$1") == "$2" ]]; }
begin() { # NAME PROGRAM
  clear_terminal
  typed "$QUIZ --name $1 $2; echo status=\$?"
}

# Left, and the terminal is the shell's as it was; what the program prints since is not on it.
typed 'before=$(stty -g)'
begin box "sh -c 'echo up; i=0; while [ ! -e /tmp/end ]; do i=\$((i + 1)); echo turn \$i; sleep 0.2; done; echo asks; read -r line; echo got \$line; read -r line; exit 7' 2>errors"
wait_for_screen $boot '^turn 2'
pressed 'C-]' d
wait_for_screen 20 'detached; the machine goes on: `quiz vm attach box`'
wait_for_screen 20 '^status=0'
shown=$(screen | grep -c '^turn')
expect_status 0 "$QUIZ" vm exec box sleep 1 # five turns
[[ $(screen | grep -c '^turn') == "$shown" ]] || fail "it prints to the terminal that it left"
clear_terminal
typed '[ "$before" = "$(stty -g)" ] && echo mine $((1 + 1)); jobs; ps -o stat= -p $$'
wait_for_screen 10 '^mine 2'
is box runs || fail "it $(state box)"
owner=$(owner_of box)
[[ $(ps -o ppid= -p "$owner" | tr -d ' ') != "$shell" ]] || fail "it is the shell's child"
for fd in 0 1; do [[ $(readlink "/proc/$owner/fd/$fd") == /dev/null ]] || fail "it has the stream $fd: $(readlink "/proc/$owner/fd/$fd")"; done
[[ $(readlink "/proc/$owner/fd/2") == */errors ]] || fail "its stderr is $(readlink "/proc/$owner/fd/2"), which was a file"
terminal=$(tmux_run display-message -p '#{pane_tty}')
! find "/proc/$owner/fd" -lname "$terminal" | grep . || fail "it holds the terminal"

# Entered again, with what was on the screen; and its terminal has the size of who is there.
expect_status 0 "$QUIZ" vm exec box touch /tmp/end
clear_terminal
typed "$QUIZ vm attach box; echo status=\$?"
wait_for_screen 20 '^asks'
screen_has '^turn 1$' || fail "what was on the screen before is not there"
typed 'typed later'
wait_for_screen 20 '^got typed later'
pressed 'C-]' d
wait_for_screen 20 '^status=0'

# The end without a terminal, and its status.
"$QUIZ" vm wait box &
waits=$!
clear_terminal
typed "$QUIZ vm attach box; echo status=\$?"
wait_for_screen 20 '^got typed later'
pressed Enter
wait_for_screen 20 '^status=7'
status=0
wait "$waits" || status=$?
[[ $status == 7 ]] || fail "vm wait ended with $status"
no_leftovers

# The terminal that it was left at may close.
begin box "sh -c 'echo up; exec sleep 1000'"
wait_for_screen $boot '^up'
pressed 'C-]' d
wait_for_screen 20 '^status=0'
terminal_close
expect_output inside "$QUIZ" vm exec box echo inside
owner=$(owner_of box)
kill -9 "$owner"
wait_until 5 no_qemu
expect_output alive "$QUIZ" echo alive
no_leftovers

# Before it is left: who kills one of the two kills all.
begin_terminal
for whom in front owner; do
  begin box "sh -c 'echo up; exec sleep 1000'"
  wait_for_screen $boot '^up'
  owner=$(owner_of box)
  front=$(ps -o ppid= -p "$owner" | tr -d ' ')
  [[ $(ps -o ppid= -p "$front" | tr -d ' ') == "$shell" ]] || fail "the front is not the shell's"
  kill -9 "${!whom}"
  wait_for_screen 20 '^status=137'
  wait_until 5 no_qemu
  wait_until 5 test ! -e "/proc/$owner/exe"
  typed reset
  clear_terminal
  expect_output alive "$QUIZ" echo alive
  no_leftovers
done

# Signals to what the shell knows are for the program, once each; a stopped run is a stopped job.
begin box "sh -c 'trap \"echo got USR1\" USR1; trap \"echo got TERM; exit 5\" TERM; echo up; while :; do sleep 0.1; done'"
wait_for_screen $boot '^up'
owner=$(owner_of box)
front=$(ps -o ppid= -p "$owner" | tr -d ' ')
kill -USR1 "$front"
wait_for_screen 20 '^got USR1'
kill -TSTP "$front"
wait_for_screen 20 'Stopped'
stopped() { grep -qE '^State:[[:space:]]+T' "/proc/$1/status"; }
stopped "$owner" || fail "only the front is stopped"
clear_terminal
typed 'fg; echo status=$?'
wait_until 20 eval '! stopped "$owner"'
kill -TERM "-$front" # the job, as a shell's kill sends it
wait_for_screen 20 '^status=5'
(($(screen | grep -c '^got TERM') == 1)) || fail "it was told more than once"
no_leftovers

# With a time-out, and where nothing is there to come back to.
begin box "--timeout 3 sh -c 'echo up; exec sleep 1000'"
wait_for_screen $boot '^up'
"$QUIZ" vm wait box 2>waiting &
waits=$!
pressed 'C-]' d
wait_for_screen 20 '^status=0'
status=0
wait "$waits" || status=$?
[[ $status == 124 ]] || fail "vm wait ended with $status: $(cat waiting)"
wait_until 20 no_runtime_entries
no_leftovers
