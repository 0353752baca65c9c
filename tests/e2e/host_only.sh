# Promise: what the caller sees and the machine cannot have is not passed on, and who asks for it is told at once.
[[ -d /dev/shm ]] || skip "this host has no /dev/shm"
there=$(mktemp -d /dev/shm/quiz-e2e.XXXXXX)
trap 'rm -rf "$there"' EXIT
printf '#!/bin/sh\necho here\n' >"$there/p"
chmod 755 "$there/p"
mkdir dir
ln -s "$there/p" dir/link

# A program.
expect_status 127 "$QUIZ" "$there/p"
expect_error "cannot run $there/p: No such file"
expect_error "hint: .*/dev, /proc, /run and /sys"
expect_status 127 "$QUIZ" dir/link
expect_error "hint: .*/dev, /proc, /run and /sys"
expect_status 127 env PATH="$there:$PATH" "$QUIZ" p
expect_error "hint: .*$there/p"
cp "$there/p" dir/script
sed -i "1s|.*|#!$there/interpreter|" dir/script
cp /bin/sh "$there/interpreter"
expect_status 127 "$QUIZ" dir/script
expect_error "hint: its interpreter, $there/interpreter"
expect_output here env -C "$there" "$QUIZ" ./p
expect_status 127 "$QUIZ" "$there/nothing"
! grep -q 'hint' err || fail "a hint for what nobody sees"

# Words and variables.
expect_status 1 "$QUIZ" cat "$there/p"
expect_error "^quiz: warning: $there/p is on this host only: the machine has a /dev of its own"
expect_output /dev/shm "$QUIZ" ls -d /dev/shm
[[ ! -s err ]] || fail "a warning of what every machine has: $(cat err)"
expect_output '' env TMPDIR="$there" "$QUIZ" sh -c 'echo $TMPDIR; rm $(mktemp)'
expect_output "$there" env -C "$there" TMPDIR="$there" "$QUIZ" sh -c 'echo $TMPDIR; rm $(mktemp)'
expect_output "$there" env "$QUIZ" -e TMPDIR="$there" sh -c 'echo $TMPDIR'
expect_error "TMPDIR=$there names what is on this host only"

# Sockets, wherever they lie.
python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$PWD/agent"
expect_output '' env SSH_AUTH_SOCK="$PWD/agent" DOCKER_HOST="unix://$PWD/agent" "$QUIZ" sh -c 'echo $SSH_AUTH_SOCK$DOCKER_HOST'
expect_output "$PWD/agent" env SSH_AUTH_SOCK="$PWD/agent" "$QUIZ" -e SSH_AUTH_SOCK sh -c 'echo $SSH_AUTH_SOCK'
expect_error "SSH_AUTH_SOCK=.* names what is on this host only"
no_leftovers
