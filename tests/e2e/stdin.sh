# Promise: of a stdin that others read after it, a run takes what its program asks for, as a program outside would.
# timeout: 600
asks() { expect_output "$1" bash -c "$2"; }

# Who does not read leaves everything.
asks $'before\nnext' 'printf "%s\n" "echo before" "\"$QUIZ\" true" "echo next" | bash -s'
asks $'1\n2\n3' 'printf "%s\n" 1 2 3 | while read -r line; do "$QUIZ" echo "$line"; done'
asks rest 'echo rest | { "$QUIZ" sh -c "exit 0"; cat; }'
# Nor does who only sleeps, or polls something else.
asks rest 'echo rest | { "$QUIZ" sleep 1; cat; }'
asks rest 'echo rest | { "$QUIZ" python3 -c "import select; select.select([], [], [], 1)"; cat; }'
asks rest 'echo rest | { "$QUIZ" python3 -c "import os, select; r, w = os.pipe(); select.select([r], [], [], 1)"; cat; }'

# Who reads gets it, whichever way it waits, and the end of it.
asks x 'echo x | "$QUIZ" cat'
asks '' 'true | "$QUIZ" cat; echo'
asks x 'echo x | "$QUIZ" sh -c "read -r line; echo \$line"'
asks x 'echo x | "$QUIZ" sh -c "sleep 1; sh -c cat"'
asks x 'echo x | "$QUIZ" python3 -c "import select, sys; select.select([0], [], []); print(sys.stdin.read().strip())"'
asks x 'echo x | "$QUIZ" python3 -c "import select, sys
poll = select.poll(); poll.register(0, select.POLLIN); poll.poll(); print(sys.stdin.read().strip())"'
asks x 'echo x | "$QUIZ" python3 -c "import select, sys
poll = select.epoll(); poll.register(0, select.EPOLLIN); poll.poll(); print(sys.stdin.read().strip())"'
asks x '(sleep 2; echo x) | "$QUIZ" cat'
asks $'1\n2' '(echo 1; sleep 1; echo 2) | "$QUIZ" cat'
head -c 3M /dev/urandom >bytes
# shellcheck disable=SC2002  # a pipe is what is tested
cat bytes | "$QUIZ" cat >copy
cmp bytes copy || fail "another content"
# What stays in the pipe is the next one's: the first read of a program takes no more than one page of it.
asks 64000 'head -c 64000 /dev/zero >zeros; mkfifo pipe; cat zeros >pipe & { "$QUIZ" head -c 1; cat; } <pipe | wc -c | {
  read -r count; ((count >= 64000 - 4096)) && echo 64000; }'

# By a socket, as from sshd.
python3 - "$QUIZ" <<'END' || fail "from a socket"
import socket, subprocess, sys
ours, theirs = socket.socketpair()
ours.sendall(b"left\n")
assert subprocess.run([sys.argv[1], "true"], stdin=theirs).returncode == 0
assert theirs.recv(10) == b"left\n"
ours.sendall(b"asked\n")
ours.shutdown(socket.SHUT_WR)
assert subprocess.run([sys.argv[1], "cat"], stdin=theirs, stdout=subprocess.PIPE).stdout == b"asked\n"
END

# The other ways.
asks '' 'echo x | { "$QUIZ" --stdin=eager sleep 1; cat; echo; }'
asks x 'echo x | { "$QUIZ" --stdin=none cat; cat; }'
asks 'ready' 'echo x | "$QUIZ" --stdin=eager python3 -c "import select, time
for i in range(100):
    if select.select([0], [], [], 0)[0]: print(\"ready\"); break
    time.sleep(0.1)"'
