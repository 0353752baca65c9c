# Promise: a running machine can be entered: vm exec is a run as any other, many at once; each end is its own, and the machine's
# is told. Nothing is left.
# timeout: 900
up() { "$QUIZ" vm list --json | grep -q "\"name\":\"$1\",\"state\":\"runs\""; }
# A program with these words runs in the machine box; none does.
in_box() { "$QUIZ" vm exec box pgrep -f "$1" >/dev/null; }
not_in_box() {
  local status=0
  in_box "$1" || status=$?
  ((status == 1))
}

expect_output 'no machine runs (`quiz vm start` starts one, and every run is one while it lasts)' "$QUIZ" vm list
expect_refusal "no machine is called 'box'" "$QUIZ" vm exec box true
expect_refusal 'vm start knows no --json' "$QUIZ" vm start --json record
expect_refusal 'vm exec knows no --dry-run' "$QUIZ" vm exec --dry-run box true
expect_status 0 "$QUIZ" vm start --dry-run
grep -q '^qemu-system-' out || fail "vm start --dry-run printed $(cat out)"
"$QUIZ" --name box sh -c 'echo begun; exec sleep 1000' >main.out 2>main.err &
main=$!
# It boots as yet, or has not even begun: whoever comes now waits.
there() { "$QUIZ" vm list --json | grep -qF '"name":"box"'; }
wait_until 60 there
expect_output 'a b|c' "$QUIZ" vm exec box printf '%s|%s\n' 'a b' c
wait_until 60 up box
[[ $(stat -c %a "$XDG_RUNTIME_DIR"/quiz/*/live) == 600 ]] || fail "the socket is not its owner's alone"

# Every manner of a run.
for status in 0 1 7 255; do expect_status "$status" "$QUIZ" vm exec box sh -c "exit $status"; done
expect_status 137 "$QUIZ" vm exec box sh -c 'kill -9 $$'
expect_status 127 "$QUIZ" vm exec box nonesuch
expect_error 'cannot run nonesuch: No such file'
expect_status 126 "$QUIZ" vm exec box /etc/passwd
expect_status 125 "$QUIZ" vm exec -C /nonesuch box true
expect_error 'no directory /nonesuch'
expect_output "$PWD" "$QUIZ" vm exec box pwd
expect_output / "$QUIZ" vm exec -C / box pwd
expect_output 'new yours' env YOURS=yours "$QUIZ" vm exec -e NEW=new box sh -c 'echo $NEW $YOURS'
expect_output 0 "$QUIZ" vm exec box id -u
expect_output "$(id -u)" "$QUIZ" vm exec --user box id -u
run "$QUIZ" vm exec box -- sh -c 'echo out; echo err >&2'
[[ $(cat out) == out && $(cat err) == err ]] || fail "the streams are mixed"
expect_status 124 "$QUIZ" vm exec --timeout 1 box sleep 900
expect_error 'did not end within 1 s'
wait_until 10 not_in_box '^sleep 900'
expect_status 0 "$QUIZ" vm exec -t box sh -c 'test -t 1'
expect_status 1 "$QUIZ" vm exec box sh -c 'test -t 1'

# 64 MiB in and out, byte by byte the same; and a reader who takes its time.
head -c 64M /dev/urandom >data
"$QUIZ" vm exec box cat <data >copy
cmp data copy || fail "the bytes are not the same"
head -c 64M data | "$QUIZ" vm exec box sha256sum - >sum
[[ $(cut -d' ' -f1 sum) == $(sha256sum data | cut -d' ' -f1) ]] || fail "the bytes of a pipe are not the same"
"$QUIZ" vm exec box cat data | (sleep 1; cat) | cmp - data || fail "a late reader gets something else"
"$QUIZ" vm exec box yes | head -n 3 >lines || true
[[ $(cat lines) == $'y\ny\ny' ]] || fail "a reader who has enough: $(head -c 100 lines)"
wait_until 10 not_in_box '^yes'
# What the program does not take is for the next one.
(printf 'one\ntwo\n'; sleep 0.1) | { "$QUIZ" vm exec box true; cat; } >rest
[[ $(cat rest) == $'one\ntwo' ]] || fail "a program that reads nothing ate: $(cat rest)"
printf 12345678 >file
{ "$QUIZ" vm exec box dd bs=1 count=4 status=none; cat; } <file >rest
[[ $(cat rest) == 12345678 ]] || fail "a file is not read on where the program stopped: $(cat rest)"

# Signals.
"$QUIZ" vm exec box sh -c 'trap "echo usr1" USR1; trap "echo term; exit 3" TERM; echo ready; while :; do sleep 0.1; done' >signals 2>&1 &
exec=$!
wait_until 20 grep -q ready signals
kill -USR1 "$exec"
wait_until 20 grep -q usr1 signals
kill -TERM "$exec"
status=0
wait "$exec" || status=$?
[[ $status == 3 && $(tail -n 1 signals) == term ]] || fail "status $status: $(cat signals)"

# Twenty at once, each with its own end.
for i in {1..20}; do
  { status=0; echo "$i" | "$QUIZ" vm exec box sh -c 'read -r n; echo "n $n"; exit $n' >"many.$i" || status=$?; echo "$status" >>"many.$i"; } &
  many[i]=$!
done
for i in {1..20}; do
  wait "${many[i]}"
  [[ $(cat "many.$i") == "n $i"$'\n'"$i" ]] || fail "of number $i came: $(cat "many.$i")"
done

# Who is killed takes the own program along, and nothing else.
"$QUIZ" vm exec box sleep 901 &
one=$!
"$QUIZ" vm exec box sleep 902 &
two=$!
wait_until 20 in_box '^sleep 901'
wait_until 20 in_box '^sleep 902'
kill -9 "$one"
wait "$one" 2>/dev/null || true
wait_until 20 not_in_box '^sleep 901'
in_box '^sleep 902' || fail "another one's program has gone, too"
kill -0 "$main" || fail "the run itself has gone"

# Nobody else's: even where the file system would let them in.
if is_root; then
  chmod o+x "$TMPDIR" "$XDG_RUNTIME_DIR" "$XDG_RUNTIME_DIR/quiz" "$XDG_RUNTIME_DIR"/quiz/*/
  chmod 666 "$XDG_RUNTIME_DIR"/quiz/*/live
  answer=$(python3 - "$XDG_RUNTIME_DIR"/quiz/*/live 2>&1 <<'PYTHON'
import os, socket, struct, sys
os.setgroups([])
os.setgid(65534)
os.setuid(65534)
door = socket.socket(socket.AF_UNIX)
door.connect(sys.argv[1])
door.settimeout(20)
try:
    door.send(struct.pack("<IHHI", 4, 0x100, 0, 1))
    print("heard", door.recv(100))
except ConnectionError:
    print("turned away")
PYTHON
  )
  [[ $answer == "turned away" || $answer == "heard b''" ]] || fail "another user: $answer"
fi

# Names.
expect_status 125 "$QUIZ" --name box true
expect_error 'a machine named box already'
expect_status 125 "$QUIZ" vm exec bxo true
expect_error "did you mean 'box'"
expect_status 125 "$QUIZ" --name 'a b' true
(mkdir -p project && cd project && "$QUIZ" sleep 1000) &
wait_until 60 up project
(cd project && "$QUIZ" sleep 1000) &
wait_until 60 up project-2
"$QUIZ" vm list >machines
(($(grep -cE '^(box|project|project-2) +runs' machines) == 3)) || fail "$(cat machines)"
expect_status 0 "$QUIZ" vm stop project
expect_status 0 "$QUIZ" vm stop --kill project-2
expect_status 125 "$QUIZ" vm stop project

# The machine's end is told to who is in it.
expect_status 122 "$QUIZ" vm exec box sh -c 'echo before; echo c >/proc/sysrq-trigger'
expect_error 'the machine box ended before sh did: .*panicked'
[[ $(cat out) == before ]] || fail "what was printed before is lost: $(cat out)"
status=0
wait "$main" || status=$?
[[ $status == 122 ]] || fail "the run ended with $status"
status=0
wait "$two" || status=$?
[[ $status == 122 ]] || fail "the other program in it ended with $status"
no_leftovers

# Its own program's end, and its owner's.
"$QUIZ" --name box sh -c 'read -r line' < <(wait_until 120 test -e release; echo) &
main=$!
wait_until 60 up box
"$QUIZ" vm wait box &
waits=$!
rm -f out
(wait_until 30 grep -qx in out; touch release) &
expect_status 123 "$QUIZ" vm exec box sh -c 'echo in; exec sleep 1000'
expect_error 'the machine box ended before sh did: its own program ended'
wait "$waits" || fail "vm wait ended with $?"
wait "$main"
"$QUIZ" --name box sleep 1000 &
main=$!
wait_until 60 up box
"$QUIZ" vm exec box sleep 1001 >/dev/null 2>err &
exec=$!
wait_until 20 in_box '^sleep 1001'
kill -9 "$main"
status=0
wait "$exec" || status=$?
[[ $status == 123 ]] || fail "the owner was killed, and exec ended with $status"
expect_error 'ended before sleep did: the quiz that owned it was killed'
wait "$main" 2>/dev/null || true
wait_until 5 no_qemu
expect_output alive "$QUIZ" echo alive
no_leftovers
