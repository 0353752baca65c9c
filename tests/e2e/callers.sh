# Promise: quiz is a program like any other for whoever calls it: an ordinary user whose home is another file system and whose
# directories have blanks and commas in their names, by shells, xargs, make, find, cron, ssh.
# timeout: 600
is_root || skip "it takes root to mount a file system"
home="$TMPDIR/work/user"
mkdir -p "$home"
mount -t tmpfs -o mode=755 none "$home"
trap 'umount --lazy "$home"' EXIT
prepare_ordinary_user
cat >"$home/calls" <<'END_OF_SCRIPT'
source "$E2E/lib.sh"
export XDG_CACHE_HOME="$HOME/my cache, here" XDG_CONFIG_HOME="$HOME/my settings, here" XDG_DATA_HOME="$HOME/data, of mine"
mv "$HOME/.local/share" "$XDG_DATA_HOME"
mkdir -p "$XDG_CONFIG_HOME/quiz" "a directory, of mine"
cd "a directory, of mine"
echo 'memory = 700' >"$XDG_CONFIG_HOME/quiz/config.toml"
echo mine >file
expect_output "$PWD" "$QUIZ" pwd
expect_output mine "$QUIZ" cat file
"$QUIZ" config | grep -q "^memory = 700" || fail "the settings were not read: $("$QUIZ" config)"

echo "--- shells"
expect_output 'one two' sh -c '"$QUIZ" echo one "two"'
printf '%s\n' '"$QUIZ" true' 'echo next' '"$QUIZ" echo last' >script
expect_output $'next\nlast' bash -s <script
printf '%s\n' a b c >lines
run bash -c 'while read -r x; do "$QUIZ" echo "<$x>"; done <lines'
[[ $status == 0 && $(cat out) == $'<a>\n<b>\n<c>' ]] || { show_run; fail "a loop that reads"; }
expect_output 3 bash -c 'cat lines | "$QUIZ" wc -l'
expect_output a bash -c '"$QUIZ" cat lines | head -n 1'
expect_status 7 bash -c 'set -e; "$QUIZ" sh -c "exit 7"; echo not reached'
[[ ! -s out ]] || fail "set -e went on"

echo "--- xargs, find, make"
run bash -c 'xargs -n 1 "$QUIZ" echo <lines'
[[ $status == 0 && $(cat out) == $'a\nb\nc' ]] || { show_run; fail "xargs"; }
RUN_LIMIT=120 run bash -c 'xargs -P 3 -n 1 "$QUIZ" echo <lines'
[[ $status == 0 && $(sort out) == $'a\nb\nc' ]] || { show_run; fail "xargs -P"; }
expect_output mine find . -name file -exec "$QUIZ" cat {} ';'
printf 'all: a b c\na b c:\n\t@"$$QUIZ" echo $@\n' >Makefile
RUN_LIMIT=120 run make -s -j 3
[[ $status == 0 && $(sort out) == $'a\nb\nc' ]] || { show_run; fail "make -j"; }
! grep -q jobserver err || fail "make's jobserver: $(cat err)"

echo "--- cron, ssh, at"
expect_output "$PWD" env -i HOME="$HOME" LOGNAME=nobody SHELL=/bin/sh PATH=/usr/bin:/bin XDG_DATA_HOME="$XDG_DATA_HOME" "$QUIZ" pwd </dev/null
# sshd gives a program sockets or pipes, and no terminal.
python3 - <<'END'
import os, socket, subprocess
ours, theirs = socket.socketpair()
ran = subprocess.run([os.environ["QUIZ"], "sh", "-c", "read x; echo got $x"], stdin=theirs, stdout=subprocess.PIPE, input=None) \
    if ours.send(b"line\nrest") else None
assert ran.returncode == 0 and ran.stdout == b"got line\n", ran
END
expect_output fine setsid --wait "$QUIZ" echo fine </dev/null
END_OF_SCRIPT
as_ordinary_user E2E="$home/e2e" TMPDIR=/tmp bash -euo pipefail calls
if [[ -d /run/systemd/system ]]; then
  expect_status 0 systemd-run --quiet --wait --pipe --uid=65534 --setenv=HOME="$home" "$home/quiz" true
fi
no_leftovers
