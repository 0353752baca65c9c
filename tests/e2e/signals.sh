# Promise: a signal sent to quiz is for the program; a program that does not obey is ended all the same.
# timeout: 300
# start COMMAND…: quiz in the background, in a group of its own; $quiz is its process. Waits until the program says "ready".
# (bash would have what it starts in the background ignore SIGINT and SIGQUIT.)
start() {
  : >out
  setsid env --default-signal=INT,QUIT "$@" >out 2>err </dev/null &
  quiz=$!
  wait_until 60 grep -q ready out
}
# ended N: quiz ends with that status.
ended() {
  local status=0
  wait "$quiz" || status=$?
  [[ $status == "$1" ]] || { show_run; fail "status $status instead of $1"; }
}

start "$QUIZ" sh -c 'trap "echo got INT; exit 3" INT; echo ready; while :; do sleep 0.1; done'
kill -INT "$quiz"
ended 3
grep -q 'got INT' out || fail "the program did not get SIGINT"

start "$QUIZ" sh -c 'for s in HUP TERM QUIT USR1 USR2; do trap "echo got $s" $s; done; echo ready; while :; do sleep 0.1; done'
for signal in USR1 USR2 QUIT HUP; do
  kill -s "$signal" "$quiz"
  wait_until 60 grep -q "got $signal" out
done
# That was a SIGHUP: five seconds later it is over, obeyed or not.
ended 129
no_leftovers

start "$QUIZ" sh -c 'echo ready; exec sleep 1000'
kill -TERM "$quiz"
ended 143

# Two of SIGINT within a second kill the machine.
start "$QUIZ" sh -c 'trap "" INT; echo ready; while :; do sleep 1; done'
# Sent until it has ended: two that come at the same moment are one.
interrupted() { ! kill -INT "$quiz" 2>/dev/null; }
wait_until 60 interrupted
ended 130
no_leftovers

# While the machine comes up there is no program yet: the first one ends it.
setsid "$QUIZ" sleep 1000 >out 2>err </dev/null &
quiz=$!
wait_until 60 has_qemu
kill -TERM "$quiz"
ended 143
no_leftovers

# nohup, trap '' INT: what the caller wants ignored is ignored.
start env --ignore-signal=HUP,INT "$QUIZ" sh -c 'echo ready; sleep 2; echo survived'
kill -HUP "$quiz"
kill -INT "$quiz"
kill -INT "$quiz"
ended 0
grep -q survived out || fail "the program did not survive signals that were to be ignored"

# Stopped and continued, the whole run goes on where it was, and its clock with it.
start "$QUIZ" sh -c 'echo ready; i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done; echo went on'
kill -TSTP "$quiz"
stopped() { grep -qE '^State:[[:space:]]+T' "/proc/$quiz/status"; }
wait_until 60 stopped
kill -CONT "$quiz"
ended 0
grep -q "went on" out || fail "it did not go on"
no_leftovers
