# Promise: a guest that sends garbage on the wire, or breaks quiz's own part of it, ends the run with 123 and a message:
# never a crash, never a hang.
# timeout: 300
# The wire belongs to init: nobody else gets to open it.
expect_status 0 "$QUIZ" sh -c 'for port in /dev/vport*; do test -c "$port" && ! (: >"$port") 2>/dev/null || exit 1; done'

# Root borrows init's own descriptor. An attacker writes what it is told to on the wire, and waits for what comes.
cat >attack <<'END'
import ctypes, os, struct, sys, time
libc = ctypes.CDLL(None, use_errno=True)
PIDFD_OPEN, PIDFD_GETFD = 434, 438

def init_wire():
    for fd in os.listdir("/proc/1/fd"):
        if os.readlink("/proc/1/fd/" + fd).startswith("/dev/vport"):
            return libc.syscall(PIDFD_GETFD, libc.syscall(PIDFD_OPEN, 1, 0), int(fd), 0)
    sys.exit("init has no wire")

def frame(kind, payload=b"", session=1):
    return struct.pack("<IHH", len(payload), kind, session) + payload

HELLO, EXEC, STARTED, STDOUT, CREDIT, EXIT = 1, 3, 4, 6, 9, 12  # src/wire/frame.h
ATTACKS = {
    "noise": lambda: os.urandom(1 << 16),
    "ones": lambda: b"\xff" * 4096,
    "too long": lambda: struct.pack("<IHH", (1 << 16) + 1, STDOUT, 1) + b"x" * (1 << 17),
    "unknown type": lambda: frame(999, b"x"),
    "unknown session": lambda: frame(STDOUT, b"x", 77),
    "second hello": lambda: frame(HELLO, b"x", 0),
    "second start": lambda: frame(STARTED, b"x"),
    "short exit": lambda: frame(EXIT, b"x"),
    "short credit": lambda: frame(CREDIT, b"x"),
    "more than the credit": lambda: 100 * frame(STDOUT, b"x" * 60000),
    "host's own": lambda: frame(EXEC, b"x"),
}
wire = init_wire()
data = ATTACKS[sys.argv[1]]()
os.set_blocking(wire, True)
while data: data = data[os.write(wire, data):]
time.sleep(100)
END
for attack in noise ones 'too long' 'unknown type' 'unknown session' 'second hello' 'second start' 'short exit' \
  'short credit' "host's own"; do
  expect_status 123 "$QUIZ" /usr/bin/python3 ./attack "$attack"
  expect_error '^quiz: .*the guest sent .* on the wire'
done
# Where nobody reads, the guest may not send more than it was allowed.
mkfifo unread
exec {unread}<>unread
expect_status 123 bash -c 'exec "$QUIZ" /usr/bin/python3 ./attack "more than the credit" >unread'
expect_error '^quiz: .*the guest sent .* on the wire'
exec {unread}>&-
no_leftovers

# The wire pulled out, the emulated machine's bus taken apart, init's memory overwritten.
expect_status 123 "$QUIZ" sh -c 'echo 1 >"$(readlink -f /sys/class/virtio-ports/vport*p1/device/..)/remove"; sleep 100'
expect_error '^quiz: '
expect_status 122 "$QUIZ" /usr/bin/python3 -c '
maps = [line.split() for line in open("/proc/1/maps")]
begin, end = (int(number, 16) for number in next(m for m in maps if "x" in m[1])[0].split("-"))
memory = open("/proc/1/mem", "wb", 0)
memory.seek(begin)
memory.write(b"\0" * (end - begin))'
expect_error '^quiz: .*panick'

# Floods on the console are words, and so are terminal escapes: none of them reaches the terminal as it is.
expect_status 7 "$QUIZ" --kmsg=all sh -c 'head -c 300000 /dev/urandom >/dev/ttyS0; printf "<0>\033[2J\007\n" >/dev/kmsg; exit 7'
! LC_ALL=C grep -q $'\033\|\007' err || fail "a guest's escape sequences came through"
no_leftovers
