# Promise: what --dry-run prints is a command to paste: QEMU with a shell on the console; and nothing is run by quiz.
expect_status 0 "$QUIZ" --dry-run true
mv out qemu.sh
(($(wc -l <qemu.sh) == 1)) || fail "that is more than a line: $(cat qemu.sh)"
no_leftovers

mkfifo typed
bash ./qemu.sh <typed >console 2>&1 &
qemu=$!
exec {keyboard}>typed
console_has() { tr -d '\r' <console | grep -qE -- "$1"; }
wait_until 90 console_has '^# *$'
# The shell's own echo shows what is typed: the answers must differ from the questions.
echo greeting >greeting
printf 'echo "answer $((6 * 7)), $(cat "%s/greeting")"\n' "$PWD" >&"$keyboard"
wait_until 30 console_has '^answer 42, greeting$'
printf 'echo x >/etc/x && rm -r /etc/x && echo "writable $((1 + 1))"\n' >&"$keyboard"
wait_until 30 console_has '^writable 2$'
printf 'exit\n' >&"$keyboard"
status=0
wait "$qemu" || status=$?
exec {keyboard}>&-
[[ $status == 0 ]] || fail "QEMU ended with $status: $(tail -n 3 console)"

# Words and names that a shell would take apart stay whole.
mkdir "it's a \$HOME, really"
cd "it's a \$HOME, really"
expect_status 0 "$QUIZ" --dry-run --output "out, put" true
bash -n out || fail "the shell cannot read the command"
[[ ! -e 'out, put' ]] || fail "--dry-run made the output directory"
no_leftovers
