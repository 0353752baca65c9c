# Promise: what a machine uses is told by vm stats and vm top, which ends at q and leaves the terminal as it was; vm nmi reaches
# its kernel.
# timeout: 300
command -v tmux >/dev/null || skip "no tmux"
trap '(($? == 0)) || screen >&2; terminal_close' EXIT

expect_output box "$QUIZ" -p blockdev:count=1:size=64M vm start --name box
expect_status 0 "$QUIZ" vm exec box dd if=/dev/zero of=/dev/quizb0 bs=1M count=8 oflag=direct
expect_status 0 "$QUIZ" vm stats box --json
python3 - out <<'END' || fail "no such figures: $(cat out)"
import json, sys
stats = json.load(open(sys.argv[1]))
disk = next(d for d in stats["disks"] if d["name"] == "quizb0")
sys.exit(not (stats["name"] == "box" and disk["written_bytes"] >= 8 << 20 and disk["writes"] > 0
              and stats["cpu_s"] > 0 and stats["memory"] > 10 << 20))
END
expect_status 0 "$QUIZ" vm stats box
for line in 'cpu +[0-9.]+ s' 'memory +[0-9]+ MB' 'disk +quizb0: .* written in [0-9]+'; do
  grep -qE "^$line$" out || fail "no line $line: $(cat out)"
done
[[ $("$QUIZ" vm list --json) == *"\"architecture\":\"$(uname -m)\""* ]] || fail "no architecture: $("$QUIZ" vm list --json)"

expect_status 0 "$QUIZ" vm top
grep -qE '^box +stays +[0-9]+ +[0-9.]+ s +[0-9]+ MB' out || fail "what it uses once: $(cat out)"
terminal_open 100 20
typed "echo before; $QUIZ vm top; echo status=\$?"
wait_for_screen 30 '^box +stays +[0-9]+ '
pressed q
wait_for_screen 20 '^status=0'
screen_has '^before' || fail "the screen is not what it was"

# A kernel that panics at it says so.
expect_status 0 "$QUIZ" vm exec box sh -c 'echo 1 >/proc/sys/kernel/unknown_nmi_panic'
"$QUIZ" vm wait box 2>waiting &
waits=$!
expect_status 0 "$QUIZ" vm nmi box
status=0
wait "$waits" || status=$?
[[ $status == 122 ]] || fail "wait ended with $status: $(cat waiting)"
no_leftovers
