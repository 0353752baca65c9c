# Promise: --init chooses who is PID 1, and the program's status, streams and signals are the same with each.
# needs: root
# timeout: 1500
export RUN_LIMIT=300
declare -A first=([quiz]=init [tini]=tini [systemd]=systemd)
for init in quiz tini systemd; do
  expect_status 7 "$QUIZ" -r debian --init "$init" sh -c 'exit 7'
  expect_output "${first[$init]}" "$QUIZ" -r debian --init "$init" cat /proc/1/comm
done
for init in tini systemd; do
  expect_status 127 "$QUIZ" -r debian --init "$init" no-such-program
  expect_error 'cannot run no-such-program'
  expect_status 143 "$QUIZ" -r debian --init "$init" sh -c 'kill $$'
  echo input | expect_output 'INPUT' "$QUIZ" -r debian --init "$init" tr a-z A-Z
  # An orphan's end is the init's business.
  expect_output reaped "$QUIZ" -r debian --init "$init" sh -c '
    (sh -c "exec sleep 0.1" & echo $! >/tmp/orphan) ; orphan=$(cat /tmp/orphan)
    while test -e /proc/$orphan; do sleep 0.1; done; echo reaped'
done
# A terminal, and a signal from outside.
expect_status 0 "$QUIZ" -t -r debian --init tini sh -c 'test -t 1 && test -e /dev/tty && : >/dev/tty'
"$QUIZ" -r debian --init tini sh -c 'trap "echo got it; exit 3" TERM; echo ready; while :; do sleep 0.1; done' >out 2>err &
pid=$!
wait_until 120 grep -q ready out
kill "$pid"
status=0
wait "$pid" || status=$?
if [[ $status != 3 ]] || ! grep -q 'got it' out; then fail "status $status after SIGTERM: $(cat out err)"; fi

# Under systemd the program is in a unit, and the root's services are there.
expect_output quiz.service "$QUIZ" -r debian --init systemd sh -c 'grep -o "[^/]*service" /proc/self/cgroup'
expect_output active "$QUIZ" -r debian --init systemd systemctl is-active multi-user.target

expect_refusal 'needs a root other' "$QUIZ" --init systemd true
expect_refusal "'upstart' is not" "$QUIZ" --init upstart true
mkdir -p small/bin
cp /bin/sh small/bin
expect_refusal 'has no tini' "$QUIZ" -r ./small --init tini true
no_leftovers
