# Promise: an odd environment does not make quiz hang or crash: none, no terminal, closed streams, small limits.
# timeout: 300
expect_output fine env -i "HOME=$HOME" "XDG_RUNTIME_DIR=$XDG_RUNTIME_DIR" ${XDG_DATA_HOME:+XDG_DATA_HOME="$XDG_DATA_HOME"} "$QUIZ" echo fine
expect_output fine env -u XDG_RUNTIME_DIR "$QUIZ" echo fine
if [[ $(getent passwd "$EUID" | cut -d: -f6) == "$HOME" ]]; then
  expect_output fine env -i ${XDG_DATA_HOME:+XDG_DATA_HOME="$XDG_DATA_HOME"} "$QUIZ" echo fine
fi
expect_output fine env XDG_RUNTIME_DIR=/nonexistent "$QUIZ" echo fine
expect_output fine env TERM=nonsense LANG=xx_XX.nonsense "$QUIZ" echo fine
expect_output "$(uname -m)" setarch linux32 "$QUIZ" uname -m
expect_output fine setsid --wait "$QUIZ" echo fine
expect_output fine env --ignore-signal=CHLD --ignore-signal=PIPE --ignore-signal=HUP "$QUIZ" echo fine
expect_output fine env --block-signal "$QUIZ" echo fine
expect_output fine bash -c 'ulimit -n 64; exec "$QUIZ" echo fine'
# Files that are smaller than the guest's memory: no image can be made, and nothing is killed.
expect_output fine bash -c 'ulimit -f 100000; exec "$QUIZ" -v --memory 876 echo fine'
expect_error 'no image of this machine can be made: .*File too large'

# Closed streams. Without stdin there is nothing to read; without stdout or stderr the output is lost, the status is not.
expect_output '' bash -c 'exec "$QUIZ" sh -c "cat; echo" <&-'
expect_status 5 bash -c '"$QUIZ" sh -c "exit 5" >&-'
expect_status 5 bash -c '"$QUIZ" sh -c "exit 5" 2>&-'
expect_status 5 bash -c '"$QUIZ" sh -c "exit 5" <&- >&- 2>&-'
expect_status 5 bash -c 'exec "$QUIZ" sh -c "echo lost; echo lost; exit 5" >&-'
expect_status 5 bash -c 'exec "$QUIZ" sh -c "echo lost; exit 5" >/dev/full'
expect_error "^quiz: cannot write the program's output: No space left on device"
expect_status 125 bash -c 'exec "$QUIZ" echo lost >/dev/full'

# The program's environment: the caller's, without what only makes sense on the host.
expect_output 'value with blanks' env GREETING='value with blanks' "$QUIZ" sh -c 'echo "$GREETING"'
expect_output '' env DBUS_SESSION_BUS_ADDRESS=x SSH_AUTH_SOCK=x DISPLAY=:0 "$QUIZ" sh -c 'echo $DBUS_SESSION_BUS_ADDRESS$SSH_AUTH_SOCK$DISPLAY$XDG_RUNTIME_DIR'
expect_output 'x y' env DISPLAY=y "$QUIZ" -e NEW=x -e DISPLAY sh -c 'echo $NEW $DISPLAY'
expect_output 0027 bash -c 'umask 027; exec "$QUIZ" sh -c umask'
# A mask that takes rights from the owner is the program's; it does not make quiz leave what it cannot use itself.
mkdir masked
expect_output 0777 env XDG_CACHE_HOME="$PWD/masked/cache" XDG_CONFIG_HOME="$PWD/masked/config" bash -c 'umask 0777; exec "$QUIZ" sh -c umask'
expect_output fine env XDG_CACHE_HOME="$PWD/masked/cache" XDG_CONFIG_HOME="$PWD/masked/config" "$QUIZ" echo fine
if ! is_root; then
  # What such a mask left of an earlier program is named, with the remedy.
  mkdir -m 0600 masked/shut
  XDG_CACHE_HOME="$PWD/masked/shut" expect_refusal 'masked/shut cannot be entered: its mode is 0600' "$QUIZ" true
  expect_error 'chmod u\+rwx .*masked/shut'
  mkdir -m 0500 masked/bare
  XDG_CACHE_HOME="$PWD/masked/bare" expect_refusal 'cannot make the directory .*masked/bare/quiz' "$QUIZ" true
  expect_error 'chmod u\+rwx .*masked/bare'
fi
expect_output 321 bash -c 'ulimit -n 321; exec "$QUIZ" sh -c "ulimit -n"'

# The guest is a complete machine.
expect_output ok "$QUIZ" sh -c 'set -e
  test -c /dev/null; test -c /dev/tty; test -d /dev/pts; test -d /dev/shm; test -e /dev/fd/0
  test -r /proc/self/status; test -d /sys/kernel; test -d /sys/kernel/debug/block; test -d /sys/fs/cgroup
  echo x >/tmp/file; echo x >/run/file; echo x >/dev/shm/file
  test "$(hostname 2>/dev/null || cat /proc/sys/kernel/hostname)" != "(none)"
  test "$(cat /sys/class/net/lo/operstate)" != down
  echo ok'
no_leftovers
