# Promise: `quiz root build` makes a root of Debian's packages, completely or not at all; the same packages make the same image.
# timeout: 5000
# long
# Mistakes are told before anything is fetched.
expect_refusal 'does not know .ubuntu' "$QUIZ" root build ubuntu
expect_refusal "no machines of the architecture 'arm46'" "$QUIZ" root build --arch arm46
expect_refusal 'pages of 64 KiB' "$QUIZ" root build -a ppc64le --format erofs
expect_refusal "no package set 'debgu'" "$QUIZ" root build --set debgu
expect_error 'did you mean debug'
expect_refusal 'cannot be the name of a root' "$QUIZ" root build --name ../x
expect_refusal "has no command 'biuld'" "$QUIZ" root biuld
expect_refusal "no root 'nosuch'" "$QUIZ" root show nosuch
expect_refusal "no root 'nosuch'" "$QUIZ" root remove nosuch

export RUN_LIMIT=2400
# Building, in a store of this test's own.
export XDG_DATA_HOME=$PWD/data
store=$XDG_DATA_HOME/quiz/roots
mkdir data
entries() { find "$store" -mindepth 1 -maxdepth 1 ! -name .lock 2>/dev/null | sort; }
no_entries() {
  ! grep -F "$store" /proc/self/mounts || fail "a mount was left"
  [[ -z $(entries) ]] || fail "left in the store: $(entries)"
}
expect_refusal "no package 'no-such-package-at-all'" "$QUIZ" root build --package no-such-package-at-all
no_entries

# mmdebstrap fails midway, and is interrupted: nothing is left. The real one, told to fail after it has unpacked.
mkdir bin
cat >bin/mmdebstrap <<'END'
#!/bin/sh
PATH=${PATH#*:}
exec mmdebstrap --extract-hook='echo "E: broken on purpose" >&2; exit 9' "$@"
END
chmod +x bin/mmdebstrap
expect_refusal 'mmdebstrap failed: ' env PATH="$PWD/bin:$PATH" "$QUIZ" root build --set base --name broken
no_entries
sed -i "s/echo .*exit 9/touch '${PWD//\//\\/}\/unpacked'; sleep 600/" bin/mmdebstrap
PATH="$PWD/bin:$PATH" "$QUIZ" root build --set base --name broken >out 2>err &
pid=$!
wait_until 900 test -e unpacked
kill "$pid"
status=0
wait "$pid" || status=$?
[[ $status == 143 ]] || fail "interrupted, quiz ends with $status: $(cat err)"
no_entries
[[ -z $(find "$TMPDIR" -maxdepth 1 -name 'mmdebstrap*') ]] || fail "left by mmdebstrap"

# Too little room is told before anything is fetched.
if is_root && mkdir small && mount -t tmpfs -o size=64m none small 2>/dev/null; then
  expect_refusal 'are free' env XDG_DATA_HOME="$PWD/small" "$QUIZ" root build --set base
  umount small
fi

# Twice the same packages: twice the same bytes.
for name in one two; do
  expect_status 0 "$QUIZ" root build --set base --package bc --name "$name"
  grep -q "^$name is in the store" out || fail "$(cat out)"
done
cmp "$store/one/root.erofs" "$store/two/root.erofs" || fail "two builds differ"
grep -q '^bc ' "$store/one/packages" || fail "--package bc is not in it"
! grep -q '^gdb ' "$store/one/packages" || fail "--set base has more than base"
expect_status 0 "$QUIZ" root remove one two
no_entries
[[ -z $(find "$TMPDIR" -maxdepth 1 -name 'mmdebstrap*') ]] || fail "left by mmdebstrap"
no_leftovers
