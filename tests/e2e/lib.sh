# shellcheck shell=bash
# The words the e2e scripts are written in; tests/e2e/run sources this before the script. $QUIZ is the quiz to test.
# Nothing here sleeps for a fixed time and hopes: what takes a while is polled.

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

skip() {
  echo "skipped: $*"
  exit 77
}

# debian_mirror: tests/debian_mirror.
debian_mirror() { "$E2E/../debian_mirror"; }

# wait_until SECONDS COMMAND…: polls until the command succeeds; fails the test when it does not in time.
wait_until() {
  local limit=$1 end
  shift
  end=$((SECONDS + limit + 1))
  until "$@"; do
    ((SECONDS < end)) || fail "not within $limit s: $*"
    sleep 0.05
  done
}

# tell_hang COMMAND…: what the test's processes and machines do, while a command hangs.
tell_hang() {
  local name
  echo "--- hangs: $*"
  # shellcheck disable=SC2009 # by their arguments, too
  ps -ww -e -o pid,ppid,stat,wchan:24,cputime,args | grep -E 'PID|quiz|qemu' | cut -c 1-200
  tail -c 500 out
  while read -r name; do
    echo "--- the kernel of $name"
    timeout 5 "$QUIZ" vm sysrq "$name" l || true
    timeout 5 "$QUIZ" vm sysrq "$name" w || true
    sleep 1
    timeout 5 "$QUIZ" vm log "$name" | tail -n 120 || true
  done < <(timeout 5 "$QUIZ" vm list --json | python3 -c 'import json, sys; print(*(row["name"] for row in json.load(sys.stdin)), sep="\n")')
}

# run COMMAND…: leaves its stdout in file out, its stderr in file err, its status in $status.
# Stdin is the caller's. A command that takes longer than RUN_LIMIT (60 s) is a hang.
run() {
  # Who runs this as another user has no place for evidence.
  local limit=${RUN_LIMIT:-60} hang=${E2E_EVIDENCE:-$PWD}/hang never onlooker
  (
    exec {never}<> <(:)  # read waits without a process of its own, which would outlive us
    read -r -t $((limit - limit / 3)) -u "$never" || tell_hang "$@" >"$hang" 2>&1
  ) &
  onlooker=$!
  status=0
  timeout --kill-after=5 "$limit" "$@" >out 2>err || status=$?
  kill "$onlooker" 2>/dev/null || true
  wait "$onlooker" 2>/dev/null || true
  if [[ $status == 137 || $status == 124 ]]; then tail -n 30 err >&2; fi
  # To look at a machine may wake it: that it hung is told all the same.
  if [[ -e $hang ]]; then
    cat "$hang" >&2
    rm "$hang"
    echo "it took more than two thirds of $limit s, and was looked into: status $status"
  fi
}

show_run() {
  echo "--- stdout" >&2
  head -c 2000 out >&2
  echo "--- stderr" >&2
  tail -n 40 err >&2
}

# expect_status N COMMAND…
expect_status() {
  local wanted=$1
  shift
  run "$@"
  if [[ $status != "$wanted" ]]; then
    show_run
    fail "status $status instead of $wanted: $*"
  fi
}

# expect_output TEXT COMMAND…: stdout is exactly TEXT (and a newline) and the status 0.
expect_output() {
  local wanted=$1
  shift
  expect_status 0 "$@"
  if [[ $(cat out; echo .) != "$wanted"$'\n.' ]]; then
    show_run
    fail "instead of '$wanted' came that: $*"
  fi
}

# expect_error REGEX: the last run's stderr has a line that matches, upper and lower case alike.
expect_error() {
  grep -qiE -- "$1" err || {
    show_run
    fail "stderr has no line like: $1"
  }
}

# expect_refusal REGEX COMMAND…: quiz's own failure: status 125, nothing on stdout, what happened and a hint on stderr in a
# few lines, no crash, nothing left behind.
expect_refusal() {
  local pattern=$1
  shift
  expect_status 125 "$@"
  expect_error "$pattern"
  [[ ! -s out ]] || fail "something on stdout: $(head -c 200 out)"
  ! grep -qE 'terminate called|Assertion|AddressSanitizer|runtime error|core dumped' err || fail "a crash: $(cat err)"
  (($(wc -l <err) <= 8)) || fail "more than a few lines: $(cat err)"
  no_leftovers
}

# The processes of QEMU that belong to this test, by the runtime directory or the mark in their environment.
qemu_processes() {
  local process pid program
  for process in /proc/[0-9]*; do
    pid=${process#/proc/}
    program=$(readlink "$process/exe" 2>/dev/null) || continue
    [[ ${program##*/} == qemu-system-* ]] || continue
    if grep -qsaF "$XDG_RUNTIME_DIR" "$process/cmdline" "$process/environ" || grep -qsaF "E2E_ID=$E2E_ID" "$process/environ"; then
      echo "$pid"
    fi
  done
}

# cpu_time PID: hundredths of a second of CPU that the process has used.
cpu_time() {
  local stat
  read -r stat <"/proc/$1/stat"
  read -r -a stat <<<"${stat##*) }"
  echo $((stat[11] + stat[12]))
}

no_qemu() { [[ -z $(qemu_processes) ]]; }
has_qemu() { ! no_qemu; }

runtime_entries() { find "$XDG_RUNTIME_DIR" -mindepth 2 2>/dev/null || true; }
no_runtime_entries() { [[ -z $(runtime_entries) ]]; }

# No QEMU of ours runs, the runtime directory is empty, nothing is mounted, nothing lies in TMPDIR.
no_leftovers() {
  local pid
  for pid in $(qemu_processes); do
    # A process that was killed this moment may still be on its way out.
    wait_until 2 test ! -e "/proc/$pid/exe"
  done
  no_runtime_entries || fail "left in the runtime directory: $(runtime_entries | tr '\n' ' ')"
  ! grep -F "$XDG_RUNTIME_DIR" /proc/self/mounts || fail "a mount was left"
  local stray
  stray=$(find "$TMPDIR" -mindepth 1 -maxdepth 1 ! -name run ! -name config ! -name work ! -name tmux)
  [[ -z $stray ]] || fail "left in TMPDIR: $stray"
}

# json FILE KEY…: a value of the record that --json wrote; keys go down into objects. true, false and null as in JSON.
json() {
  python3 - "$@" <<'END'
import json, sys
value = json.load(open(sys.argv[1]))
for key in sys.argv[2:]:
    value = value[key]
print(value if isinstance(value, str) else json.dumps(value))
END
}

is_root() { [[ $EUID == 0 ]]; }

# prepare_ordinary_user: $TMPDIR/user is a home of the user nobody, with quiz, the tests and a copy of the kernel store.
prepare_ordinary_user() {
  local home=$TMPDIR/work/user data=${XDG_DATA_HOME:-$HOME/.local/share}
  chmod 755 "$TMPDIR" "$TMPDIR/work"
  mkdir -p "$home/.local/share" "$home/e2e"
  cp "$QUIZ" "$home/quiz"
  cp "$E2E"/*.sh "$E2E/run" "$E2E/oops_module" "$E2E"/attack_{victims,targets,words} "$home/e2e/"
  cp -r "$E2E/hostile_checkouts" "$home/e2e/"
  [[ -d $data/quiz ]] && cp -a "$data/quiz" "$home/.local/share/"
  chown -R 65534:65534 "$home"
  mkdir -m 700 "$home/run"
  chown 65534:65534 "$home/run"
}

# as_ordinary_user COMMAND…: runs it as nobody in a clean environment, quiz being $HOME/quiz.
as_ordinary_user() {
  local home=$TMPDIR/work/user
  (cd "$home" && setpriv --reuid=65534 --regid=65534 --clear-groups env -i \
    PATH=/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin LANG="${LANG:-C.UTF-8}" \
    TERM="${TERM:-dumb}" SHELL=/bin/sh HOME="$home" QUIZ="$home/quiz" E2E_ID="$E2E_ID" XDG_RUNTIME_DIR="$home/run" "$@")
}

# again_as_nobody TESTS: as root, these tests once more as nobody.
again_as_nobody() {
  local home=$TMPDIR/work/user test
  local -a failed=()
  prepare_ordinary_user
  for test in $1; do
    echo "--- $test"
    as_ordinary_user E2E_EVIDENCE="$home/evidence/$test" "$home/e2e/run" "$test" || failed+=("$test")
  done
  ((${#failed[@]} == 0)) || fail "as an ordinary user: ${failed[*]}"
}

# --- attacks: tests/attack ------------------------------------------------------------------------------------------------

# problem TEXT: something is wrong, and what else is shall be seen in the same run. no_problems: fails if there was any.
problems=()
problem() {
  echo "PROBLEM: $*"
  problems+=("$*")
}
no_problems() { ((${#problems[@]} == 0)) || fail "$(printf '%s\n' "${problems[@]}")"; }

# E2E_LAYERS: a test with only these layers of the confinement, as in "view,landlock".
if [[ -n ${E2E_LAYERS:-} ]]; then export QUIZ_CONFINEMENT=$E2E_LAYERS; fi

# again_as_ordinary_user: as root, the whole script once more as nobody; a failure is a problem.
again_as_ordinary_user() {
  local home=$TMPDIR/work/user
  is_root || return 0
  echo "--- $E2E_NAME as an ordinary user"
  prepare_ordinary_user
  cp -a "$ATTACKERS" "$home/attack"
  chown -R 65534:65534 "$home/attack"
  as_ordinary_user E2E_EVIDENCE="$home/evidence" ATTACKERS="$home/attack" E2E_LAYERS="${E2E_LAYERS:-}" \
    E2E_SETS="${E2E_SETS:-}" "$home/e2e/run" "$E2E_NAME" || problem "as an ordinary user"
}

# make_hello_module: the sources of a kernel module that says hello, in ./module.
make_hello_module() {
  mkdir module
  cat >module/hello.c <<'END'
#include <linux/init.h>
#include <linux/module.h>
static int __init hello_init(void) { pr_info("hello from a module\n"); return 0; }
static void __exit hello_exit(void) {}
module_init(hello_init);
module_exit(hello_exit);
MODULE_LICENSE("GPL");
END
  echo 'obj-m := hello.o' >module/Makefile
}

# --- kernels for `quiz boot` ---------------------------------------------------------------------------------------------

# Debian's bzImage out of its package as the file bzImage, which `quiz kernel fetch` does not keep.
debian_bzimage() {
  apt-get -q download linux-image-amd64 >apt.log 2>&1 || skip "no linux-image-amd64 to be had from apt"
  local real
  real=$(dpkg-deb -f linux-image-amd64_*.deb Depends | sed -E 's/^(linux-image-[^ ,]+).*/\1/')
  apt-get -q download "$real" >>apt.log 2>&1 || skip "no $real to be had from apt"
  dpkg-deb --fsys-tarfile "$real"_*.deb | tar -xf - --wildcards './boot/vmlinuz-*'
  mv boot/vmlinuz-* bzImage
}

# The file initrd.cpio, whose only program says which kernel runs it, how many CPUs there are and what the command line was.
make_initrd() {
  mkdir -p initrd/dev
  cat >init.c <<'END'
#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>
int main(void) {
  struct utsname name;
  char line[512] = {0};
  mkdir("/proc", 0755);
  mount("proc", "/proc", "proc", 0, 0);
  uname(&name);
  const int fd = open("/proc/cmdline", O_RDONLY);
  if (read(fd, line, sizeof line - 1) < 0) return 1;
  printf("PROGRAM %s, %ld CPUs, %s", name.release, sysconf(_SC_NPROCESSORS_ONLN), line);
  fflush(stdout);
  sleep(1); /* the timer works */
  reboot(RB_AUTOBOOT);
  return 1;
}
END
  gcc -static -Os -o initrd/init init.c
  (cd initrd && find . -print0 | python3 "$E2E/newc" >../initrd.cpio)
}

# until_said REGEX FILE COMMAND…: runs a machine that need not end by itself until it has said that, into FILE.
until_said() {
  local wanted=$1 file=$2 pid end=$((SECONDS + 200))
  shift 2
  : >"$file"
  env --default-signal=INT "$@" >"$file" 2>"$file.err" </dev/null &
  pid=$!
  until grep -qaE -- "$wanted" "$file"; do
    if ((SECONDS > end)) || { ! kill -0 "$pid" 2>/dev/null && ! grep -qaE -- "$wanted" "$file"; }; then
      tail -n 20 "$file" "$file.err" >&2
      fail "it does not say '$wanted': $*"
    fi
    sleep 0.1
  done
  kill -INT "$pid" 2>/dev/null || true
  wait "$pid" || true
  no_leftovers
}

# --- a terminal, by tmux --------------------------------------------------------------------------------------------------

tmux_run() { env -u TMUX tmux -S "$TMPDIR/tmux" -f /dev/null "$@"; }

# terminal_open COLUMNS ROWS: a bash in a terminal of that size, its prompt being "ready>".
terminal_open() {
  tmux_run new-session -d -x "$1" -y "$2" "env PS1='ready> ' BASH_SILENCE_DEPRECATION_WARNING=1 bash --norc --noprofile"
  tmux_run set-option -g status off
  tmux_run resize-window -x "$1" -y "$2"
  wait_for_screen 10 'ready> *$'
  typed 'export -n PS1' # a shell in the guest shall have its own prompt
  clear_terminal
}

terminal_close() { tmux_run kill-server 2>/dev/null || true; }

screen() { tmux_run capture-pane -p -J -S -200; }
screen_has() { screen | grep -qE -- "$1"; }

# wait_for_screen SECONDS REGEX: a line of the screen (or of what scrolled off) matches.
wait_for_screen() {
  local end=$((SECONDS + $1 + 1))
  until screen_has "$2"; do
    if ((SECONDS >= end)); then
      screen >&2 || true
      fail "not on the screen within $1 s: $2"
    fi
    sleep 0.1
  done
}

# The last line that is not empty, as where a prompt waits.
last_line() { screen | grep -v '^ *$' | tail -n 1; }
last_line_is() { last_line | grep -qE -- "$1"; }

# typed TEXT: types it and presses Enter. pressed KEY…: keys by tmux's names (C-c).
typed() {
  tmux_run send-keys -l -- "$1"
  tmux_run send-keys Enter
}
pressed() { tmux_run send-keys "$@"; }

# clear_terminal: forgets what is on the screen, so that the next wait sees only what comes.
clear_terminal() {
  tmux_run send-keys C-l
  tmux_run clear-history
}
